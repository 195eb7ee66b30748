"""Every role × every relation and function of the catalog × every verb, over the Data API. What stands in the tables below
is all that is allowed; an object that is missing there fails the test until it is added."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx

from attack.field import CANARY, ROLES, STRANGERS, Field

VERBS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")
WRITES = {"POST", "PATCH", "PUT", "DELETE"}

READERS = {
    "public.training_sessions": {"user", "other", "service"},
    "public.training_grades": {"user", "other", "service"},
    "public.users": {"user", "other", "service"},
    "public.grading_health": {"service"},
    "public.provider_transcripts": {"user", "other", "service"},
    "public.voice_health": {"service"},
    "training.grading_claims": set[str](),
    "training.rollout": set[str](),
    "training.standings": set[str](),
    "training.rollout_users": set[str](),
    "training.settings": set[str](),
    "training.usage": set[str](),
    **{
        f"training.{name}": set[str]()
        for name in (
            "legacy_originals",
            "legacy_quarantine",
            "provider_erasures",
            "voice_conversations",
            "voice_hooks",
            "voice_sessions",
            "webhook_deliveries",
            "webhook_endpoints",
        )
    },
}
"""Who reads which relation: people their own rows, `service` all."""
KEYED = {"public.training_sessions", "public.training_grades", "public.provider_transcripts"}
"""Their key is one that only the database may give."""
WRITERS = {"public.users": {"service"}}
ROWS: dict[str, Callable[[Field], dict[str, Any]]] = {
    "training_sessions": lambda f: {"user_id": f.people["user"], "agent_name": CANARY, "rapport_score": 100},
    "training_grades": lambda f: {"session_id": 1, "outcome": "accepted", "grader": "model", "virtual_earnings": 9e9},
    "users": lambda f: {"id": str(uuid.uuid4())},
    "grading_health": lambda f: {"waiting": 0},
    "voice_health": lambda f: {"reconciling": 0},
    "provider_transcripts": lambda f: {"provider": "elevenlabs", "conversation_id": "c", "turns": []},
    "legacy_originals": lambda f: {"session_id": 1, "columns": {}},
    "legacy_quarantine": lambda f: {"legacy_id": str(uuid.uuid4()), "reason": "x", "original": "{}"},
    "provider_erasures": lambda f: {"provider": "elevenlabs"},
    "voice_conversations": lambda f: {"provider": "elevenlabs"},
    "voice_hooks": lambda f: {"provider": "elevenlabs"},
    "voice_sessions": lambda f: {"session_id": 1},
    "webhook_deliveries": lambda f: {"message_id": "m"},
    "webhook_endpoints": lambda f: {"url": "http://attacker.example"},
    "grading_claims": lambda f: {"session_id": 1, "lease_until": "2100-01-01"},
    "rollout": lambda f: {"is_off": True},
    "standings": lambda f: {"user_id": f.people["user"], "agent_name": "Austin"},
    "rollout_users": lambda f: {"user_id": f.people["user"], "system": "live_sessions"},
    "usage": lambda f: {"user_id": f.people["user"], "day": "2026-01-01", "model_grades": 0},
    "settings": lambda f: {"name": "grader_url", "value": "http://attacker.example"},
}
"""What each relation would be written with."""

Arguments = Callable[[Field], dict[str, Any]]

CLIENT_FUNCTIONS: dict[str, Arguments] = {
    "append_transcript": lambda f: {"session_id": f.session(), "lines": [{"speaker": "user", "text": CANARY}]},
    "bind_training_conversation": lambda f: {"session_id": f.session(), "conversation_id": f"c{f.session()}"},
    "complete_training_session": lambda f: {"session_id": f.session()},
    "create_training_session": lambda f: {"agent_name": CANARY},
    "delete_training_session": lambda f: {"session_id": f.session()},
    "get_training_recording": lambda f: {"session_id": f.spoken_session()},
    "get_training_session": lambda f: {"session_id": f.session()},
    "get_training_progress": lambda f: {},
    "list_training_sessions": lambda f: {},
    "resolve_legacy_sessions": lambda f: {"legacy_ids": [f.legacy_session()]},
    "session_system": lambda f: {},
    "start_training_voice": lambda f: {"session_id": f.session()},
    "take_homeowner_turn": lambda f: {"session_id": f.session()},
}
HOOK_FUNCTIONS: dict[str, Arguments] = {
    "receive_voice_record": lambda f: {"record": {"conversation_id": "c", "turns": []}, "token": CANARY},
}
"""What anybody may call, and what refuses them without the hook's token."""
SERVICE_FUNCTIONS: dict[str, Arguments] = {
    "add_webhook": lambda f: {
        "url": "https://example.com/",
        "secret": f"whsec_{'A' * 43}=",
        "events": ["session.graded"],
    },
    "claim_voice_work": lambda f: {"providers": ["elevenlabs"]},
    "claim_webhooks": lambda f: {"max_count": 1},
    "list_webhooks": lambda f: {},
    "note_voice_erasure": lambda f: {"provider": "elevenlabs", "conversation_id": "c"},
    "note_voice_poll": lambda f: {"provider": "elevenlabs", "conversation_id": "c"},
    "note_webhook": lambda f: {"id": 1, "tries": 1},
    "remove_webhook": lambda f: {"id": 1_000_000},
    "replay_webhooks": lambda f: {"id": 1_000_000},
    "save_voice_reconciliation": lambda f: {
        "session_id": f.session(),
        "version": "1",
        "changes": 1,
        "lines": [{"sequence": 1}],
        "unplaced": 0,
        "timings": None,
    },
    "store_voice_record": lambda f: {
        "record": {"provider": "elevenlabs", "conversation_id": f"c{f.session()}", "status": "done", "turns": []},
    },
    "test_webhook": lambda f: {"id": 1_000_000},
    "webhook_outcome": lambda f: {"id": 1},
    "claim_training_sessions": lambda f: {"max_count": 1},
    "get_claimed_training_session": lambda f: {
        "session_id": f.session(),
        "claim_id": "00000000-0000-4000-8000-000000000000",
    },
    "regrade_training_sessions": lambda f: {"agent_name": "nobody", "dry_run": False},
    "save_training_grade": lambda f: {
        "session_id": f.session(),
        "claim_id": "00000000-0000-4000-8000-000000000000",
        "attempts": [{"outcome": "accepted", "grader": "model"}],
    },
    "sweep_training_sessions": lambda f: {"max_count": 1},
}
PRIVATE_RIGHTS = {
    "authenticated": {
        "append_transcript", "bind_conversation", "complete_session", "create_session", "delete_session", "get_recording", "get_session",
        "list_sessions", "progress", "resolve_legacy_sessions", "session_system", "start_voice", "take_homeowner_turn",
    },
    "service_role": {
        "bad_settings", "claim_sessions", "get_claimed_session", "save_grade", "sweep", "regrade", "claim_voice_work",
        "store_voice_record", "save_reconciliation", "note_voice_poll", "note_voice_erasure", "claim_webhooks", "note_webhook",
        "add_webhook", "remove_webhook", "list_webhooks", "test_webhook", "replay_webhooks", "webhook_outcome",
    },
    "anon": set[str](),
}  # fmt: skip
"""What the thin public wrappers and the view need to call, as their caller."""
READ_ONLY = {
    "get_claimed_training_session",
    "get_training_progress",
    "get_training_recording",
    "get_training_session",
    "list_training_sessions",
    "list_webhooks",
    "resolve_legacy_sessions",
    "session_system",
    "webhook_outcome",
}
"""They write nothing here, so that GET works too."""
RETURN_NOTHING = {"delete_training_session", "note_voice_erasure", "note_voice_poll", "note_webhook"}
WITH_JSON = {"append_transcript", "save_training_grade", "store_voice_record"}
"""Take an array of objects, which GET brings as a text."""
ABOUT_A_SESSION = {"append_transcript", "bind_training_conversation", "complete_training_session",
                   "delete_training_session", "get_training_recording", "get_training_session", "start_training_voice",
                   "take_homeowner_turn"}  # fmt: skip


def relations(field: Field) -> list[str]:
    """All tables, views and the like outside the system's schemas."""
    return field.database.sql(
        """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname !~ '^(pg_|information_schema)' order by 1"""
    )


def functions(field: Field, schema: str) -> list[str]:
    return field.database.sql(
        "select distinct proname::text from pg_proc where pronamespace = to_regnamespace(%s) order by 1", schema
    )


def relation_status(relation: str, verb: str, role: str) -> set[int]:
    """The statuses with which this cell may be answered."""
    if role in STRANGERS:
        return {401}
    if verb == "PUT" and relation != "public.users":
        # PostgREST knows no key to name a row by; or the key is one that only the database may give.
        return {400} if relation in KEYED else {405}
    if relation.startswith("training."):
        return {404}
    if relation in ("public.grading_health", "public.voice_health") and verb in WRITES:
        return {400}  # PostgREST asks for the written row, which a view like this cannot return to anybody
    allowed = WRITERS if verb in WRITES else READERS
    if role in allowed.get(relation, set()):
        return {200, 201, 204}
    return {401} if role == "anon" else {403}


def function_status(function: str, verb: str, role: str) -> int:
    if role in STRANGERS or role == "anon":
        return 401
    if function in HOOK_FUNCTIONS:
        return 403
    if (function in SERVICE_FUNCTIONS) != (role == "service"):
        return 403
    if verb == "GET" and function in WITH_JSON:
        return 422
    if verb == "GET" and function not in READ_ONLY:
        return 405
    if role == "other" and function in ABOUT_A_SESSION:
        return 404
    return 204 if function in RETURN_NOTHING else 200


def test_every_object_of_the_catalog_has_its_expectation(field: Field) -> None:
    assert set(relations(field)) == set(READERS)
    assert set(functions(field, "public")) == {*CLIENT_FUNCTIONS, *SERVICE_FUNCTIONS, *HOOK_FUNCTIONS}


def test_each_role_gets_the_expected_answer_of_each_relation(field: Field) -> None:
    breaches = []
    for relation in relations(field):
        name = relation.split(".")[1]
        for verb in VERBS:
            for role in ROLES:
                before = field.fingerprint()
                expected = relation_status(relation, verb, role)
                response = _request(field, role, verb, name)
                cell = f"{role} {verb} {relation}: {response.status_code} {response.text[:200]}"
                if response.status_code not in expected:
                    breaches.append(f"{cell}, expected {expected}")
                elif response.status_code >= 400 and (before != field.fingerprint() or CANARY in response.text):
                    breaches.append(f"{cell}, and yet something changed or was shown")
                elif verb == "GET" and response.status_code < 300 and role in field.people:
                    breaches += _of_others(field, role, name, response)
    assert not breaches, "\n".join(breaches)


def _request(field: Field, role: str, verb: str, name: str) -> httpx.Response:
    """Changes aim at the first row, which is one of `user`; in users at a missing id, since `service` may."""
    row = ROWS[name](field)
    if verb not in ("PATCH", "DELETE", "PUT"):
        return field.data_api(role, verb, name, json=row if verb == "POST" else None)
    key = {"id": 1} if f"public.{name}" in KEYED else dict([next(iter(row.items()))])
    [(column, value)] = key.items()
    return field.data_api(role, verb, f"{name}?{column}=eq.{value}", json=row | (key if verb == "PUT" else {}))


def _of_others(field: Field, role: str, name: str, response: httpx.Response) -> list[str]:
    [another_user] = set(field.people) - {role}
    rows = response.json()
    if len(rows) != field.owned(role, name) or field.people[another_user] in response.text:
        return [f"{role} sees {len(rows)} rows of {name}, {field.owned(role, name)} of them their own"]
    return []


def test_relations_of_the_private_schema_cannot_be_named(field: Field) -> None:
    for role in ("anon", "user", "service"):
        for relation in relations(field):
            profile = {"Accept-Profile": "training", "Content-Profile": "training"}
            for verb in ("GET", "POST"):
                response = field.data_api(role, verb, relation.split(".")[1], headers=profile, json=None)
                assert response.status_code == 406, (role, verb, relation, response.text)


def test_each_role_gets_the_expected_answer_of_each_function(field: Field) -> None:
    breaches = []
    every = CLIENT_FUNCTIONS | SERVICE_FUNCTIONS | HOOK_FUNCTIONS
    for function in functions(field, "public"):
        for verb in ("POST", "GET"):
            arguments = every[function](field)
            for role in ROLES:
                before = field.fingerprint()
                response = _call(field, role, verb, function, arguments)
                expected = function_status(function, verb, role)
                cell = f"{role} {verb} {function}: {response.status_code} {response.text[:200]}"
                if response.status_code != expected:
                    breaches.append(f"{cell}, expected {expected}")
                elif response.status_code >= 400 and (before != field.fingerprint() or CANARY in response.text):
                    breaches.append(f"{cell}, and yet something changed or was shown")
                elif role == "other" and field.people["user"] in response.text:
                    breaches.append(f"{cell}, which is user's")
    assert not breaches, "\n".join(breaches)


def _call(field: Field, role: str, verb: str, function: str, arguments: dict[str, Any]) -> httpx.Response:
    if verb == "POST":
        return field.data_api(role, "POST", f"rpc/{function}", json=arguments)
    texts = {name: _text(value) for name, value in arguments.items()}
    return field.data_api(role, "GET", f"rpc/{function}", params=texts)


def _text(value: Any) -> str:
    if isinstance(value, list) and isinstance(value[0], str):
        return "{" + ",".join(value) + "}"
    return str(value) if isinstance(value, int | str) else httpx.Request("POST", "/", json=value).read().decode()


def test_private_functions_cannot_be_called(field: Field) -> None:
    for function in functions(field, "training"):
        if function in functions(field, "public"):
            continue
        for role in ROLES:
            response = field.data_api(role, "POST", f"rpc/{function}", json={})
            assert response.status_code == (401 if role in STRANGERS else 404), (role, function, response.text)


def test_private_functions_are_executable_by_the_roles_that_wrap_them_only(field: Field) -> None:
    for role, expected in PRIVATE_RIGHTS.items():
        rights = field.database.sql(
            """select distinct proname::text from pg_proc
                where pronamespace = 'training'::regnamespace and has_function_privilege(%s, oid, 'execute')""",
            role,
        )
        assert set(rights) == expected, role


def test_the_data_apis_own_document_shows_each_role_its_own_functions_only(field: Field) -> None:
    for role, expected in (
        ("anon", set(HOOK_FUNCTIONS)),
        ("user", set(CLIENT_FUNCTIONS)),
        ("service", set(SERVICE_FUNCTIONS)),
    ):
        document = field.data_api(role, "GET", "").json()
        shown = {path.removeprefix("/rpc/") for path in document["paths"] if path.startswith("/rpc/")}
        assert shown == expected, role


def test_embedding_and_filters_lead_to_no_row_of_another_user(field: Field) -> None:
    theirs = field.people["user"]
    for query in (
        f"training_sessions?user_id=eq.{theirs}",
        f"training_sessions?or=(user_id.eq.{theirs},id.gt.0)&user_id=eq.{theirs}",
        f"users?select=*,training_sessions(*)&id=eq.{theirs}",
        f"training_grades?select=*,training_sessions!inner(*)&training_sessions.user_id=eq.{theirs}",
        f"training_sessions?select=id,training_grades(*)&user_id=eq.{theirs}",
        f"training_sessions?transcript=like.*{CANARY}*&user_id=eq.{theirs}",
    ):
        response = field.data_api("other", "GET", query)
        assert response.status_code in (200, 400, 404), response.text
        assert response.status_code != 200 or response.json() == [], query
        assert CANARY not in response.text
