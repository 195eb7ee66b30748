"""Promise 3 in SQL: no user reads or changes another user's session, or writes their own scores."""

import psycopg
import pytest
from grading_calls import claim, end_sessions, save
from psycopg import errors

from support import MIGRATIONS, Database, Refused, line

CLIENT_FUNCTIONS = {
    "append_transcript", "bind_training_conversation", "complete_training_session", "create_training_session",
    "delete_training_session", "get_training_progress", "get_training_recording", "get_training_session", "list_training_sessions",
    "resolve_legacy_sessions", "session_system", "start_training_voice", "take_homeowner_turn",
}  # fmt: skip
HOOK_FUNCTIONS = {"receive_voice_record"}
"""What every role may call, and what answers only with a secret."""
SERVICE_FUNCTIONS = {
    "add_webhook",
    "claim_voice_work",
    "claim_webhooks",
    "list_webhooks",
    "note_voice_erasure",
    "note_voice_poll",
    "note_webhook",
    "remove_webhook",
    "replay_webhooks",
    "save_voice_reconciliation",
    "store_voice_record",
    "test_webhook",
    "webhook_outcome",
    "claim_training_sessions",
    "get_claimed_training_session",
    "regrade_training_sessions",
    "save_training_grade",
    "sweep_training_sessions",
}


@pytest.fixture
def hosted(database: Database) -> Database:
    """The migrated database over default privileges as generous as hosted Supabase's have been."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("drop schema training cascade")
        connection.execute(
            "drop table public.training_sessions, public.training_grades, public.provider_transcripts, public.users cascade"
        )
        for kind in ("tables", "functions", "sequences"):
            connection.execute(
                f"alter default privileges in schema public grant all on {kind} to anon, authenticated, service_role"
            )
        names = connection.execute(
            "select format('drop function %s', oid::regprocedure) from pg_proc where pronamespace = 'public'::regnamespace"
        ).fetchall()
        for (statement,) in names:
            connection.execute(statement)
        for migration in MIGRATIONS:
            connection.execute(migration.read_bytes())
    return database


@pytest.mark.parametrize("where", ["database", "hosted"])
def test_each_role_executes_exactly_its_own_functions(where: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(where)
    for role, expected in (
        ("anon", HOOK_FUNCTIONS),
        ("authenticated", CLIENT_FUNCTIONS),
        ("service_role", SERVICE_FUNCTIONS),
    ):
        allowed = database.sql(
            "select proname from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege(%s, oid, 'execute')",
            role,
        )
        assert set(allowed) == expected, role


@pytest.mark.parametrize("where", ["database", "hosted"])
def test_no_client_role_writes_a_table_and_anon_sees_none(where: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(where)
    rights = database.sql(
        """select r.rolname, c.relnamespace::regnamespace || '.' || c.relname, p
             from pg_class c, pg_roles r, unnest(array['select','insert','update','delete','truncate','references','trigger']) p
            where c.relkind in ('r', 'v', 'm', 'f', 'p') and c.relnamespace in ('public'::regnamespace, 'training'::regnamespace)
              and r.rolname in ('anon', 'authenticated', 'service_role') and has_table_privilege(r.oid, c.oid, p)"""
    )
    assert set(rights) == {
        ("authenticated", "public.provider_transcripts", "select"),
        ("authenticated", "public.training_grades", "select"),
        ("authenticated", "public.training_sessions", "select"),
        ("authenticated", "public.users", "select"),
        ("service_role", "public.grading_health", "select"),
        ("service_role", "public.provider_transcripts", "select"),
        ("service_role", "public.voice_health", "select"),
        ("service_role", "training.provider_erasures", "select"),
        ("service_role", "training.voice_conversations", "select"),
        ("service_role", "training.voice_hooks", "select"),
        ("service_role", "training.voice_sessions", "select"),
        ("service_role", "training.webhook_deliveries", "select"),
        ("service_role", "public.training_grades", "select"),
        ("service_role", "public.training_sessions", "select"),
        ("service_role", "training.grading_claims", "select"),
        ("service_role", "training.usage", "select"),
        *(("service_role", "public.users", right) for right in ("select", "insert", "update", "delete")),
    }


def test_every_private_function_is_closed_to_anon_and_a_definer_has_an_empty_search_path(database: Database) -> None:
    open_to_anon = database.sql(
        """select proname from pg_proc where pronamespace = 'training'::regnamespace
            and has_schema_privilege('anon', 'training', 'usage')"""
    )
    assert open_to_anon == []
    loose = database.sql(
        """select oid::regprocedure::text from pg_proc
            where pronamespace in ('public'::regnamespace, 'training'::regnamespace)
              and not coalesce('search_path=""' = any (proconfig), false)"""
    )
    assert loose == []


def test_a_rep_sees_their_own_rows_only(database: Database) -> None:
    with database.rep() as rep, database.rep() as other:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        assert rep.rows("select id from public.training_sessions") == [session_id]
        assert other.rows("select id from public.training_sessions") == []
        assert other.rows("select id from public.training_grades") == []
        for function, params in (
            ("append_transcript", {"lines": [line(1)]}),
            ("complete_training_session", {}),
            ("get_training_session", {}),
            ("get_training_recording", {}),
            ("delete_training_session", {}),
            ("bind_training_conversation", {"conversation_id": "conv_1"}),
            ("start_training_voice", {}),
            ("take_homeowner_turn", {}),
        ):
            with pytest.raises(Refused) as theirs:
                other.rpc(function, session_id=session_id, **params)
            with pytest.raises(Refused) as missing:
                other.rpc(function, session_id=999_999, **params)
            assert str(theirs.value) == str(missing.value)
            assert (theirs.value.status, theirs.value.code) == (404, "session_not_found")


def test_a_rep_with_a_grade_of_their_own_sees_no_grade_of_another(database: Database) -> None:
    with database.rep() as rep, database.rep() as other, database.grader() as grader:
        mine, theirs = (end_sessions(database, 1, each.user_id)[0] for each in (rep, other))
        for claimed in claim(grader, max_count=2):
            save(grader, claimed)
        assert rep.rows("select session_id from public.training_grades") == [mine]
        assert other.rows("select session_id from public.training_grades") == [theirs]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.training_sessions (user_id, agent_name, started_at, created_at, last_activity_at) values (auth.uid(), 'A', now(), now(), now())",
        "update public.training_sessions set overall_score = 100",
        "update public.training_sessions set rapport_score = 100, graded_by = 'model'",
        "update public.training_sessions set status = 'completed'",
        "update public.training_sessions set virtual_earnings = 1000000",
        "update public.training_sessions set transcript = '[]'",
        "delete from public.training_sessions",
        "truncate public.training_sessions",
        "insert into public.training_grades (session_id, claim_number, outcome, grader, created_at) values (1, 1, 'accepted', 'model', now())",
        "delete from public.training_grades",
        "select * from training.settings",
        "select * from training.grading_claims",
        "update training.rollout set percentage = 0",
        "select * from training.rollout_users",
        "select training.adopt_legacy_sessions(gen_random_uuid())",
        "select * from public.grading_health",
        "select * from public.voice_health",
        "select * from training.webhook_endpoints",
        "select training.store_voice_record('{}', 'hook')",
        "select training.receive_voice_record('{}', '')",
        "select public.receive_voice_record('{}', '')",
        "select public.claim_voice_work(array['elevenlabs'])",
        "select training.erase_at_provider(array[1])",
        "update public.provider_transcripts set turns = '[]'",
        "delete from public.provider_transcripts",
        "select public.claim_training_sessions()",
        "select public.sweep_training_sessions()",
        "select training.save_grade(1, gen_random_uuid(), '[]')",
        "select training.end_session(s, 'ended', now(), 1) from public.training_sessions s",
        "select training.configure_grader('http://example.com', 'x')",
    ],
)
def test_a_rep_cannot_get_around_the_functions(database: Database, statement: str) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        before = database.sql("select s::text from public.training_sessions s where id = %s", session_id)
        with pytest.raises((errors.InsufficientPrivilege, errors.GeneratedAlways)):
            rep.connection.execute(statement)
        assert database.sql("select s::text from public.training_sessions s where id = %s", session_id) == before


CALLS = {
    "append_transcript": """1, '[{"speaker": "user", "text": "Hi"}]'""",
    "bind_training_conversation": "1, 'conversation'",
    "start_training_voice": "1",
    "take_homeowner_turn": "1",
    "complete_training_session": "1",
    "create_training_session": "'Austin'",
    "delete_training_session": "1",
    "get_training_progress": "",
    "get_training_recording": "1",
    "get_training_session": "1",
    "list_training_sessions": "",
    "resolve_legacy_sessions": "array[gen_random_uuid()]",
    "session_system": "",
}


@pytest.mark.parametrize("function", sorted(CLIENT_FUNCTIONS))
@pytest.mark.parametrize("subject", [None, "not a uuid"])
def test_a_token_without_a_user_is_401(database: Database, function: str, subject: str | None) -> None:
    with database.role("authenticated", subject) as stranger, pytest.raises(Refused) as refused:
        stranger.call(f"select public.{function}({CALLS[function]})")
    assert (refused.value.status, refused.value.code) == (401, "not_authenticated")
