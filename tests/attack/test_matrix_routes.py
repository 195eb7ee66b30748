"""Every role × every route of the code × every verb, over the gateway. A new route fails the test until it stands here."""

from typing import Any

import httpx
import pytest

from attack.field import CANARY, ROLES, STRANGERS, Field
from endpoint_cases import SERVED

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

SESSIONS = "/api/training-sessions"
SUCCESS: dict[tuple[str, str], int] = {
    (SESSIONS, "GET"): 200,
    (SESSIONS, "POST"): 201,
    (f"{SESSIONS}/system", "GET"): 200,
    (f"{SESSIONS}/progress", "GET"): 200,
    (f"{SESSIONS}/{{id}}", "GET"): 200,
    (f"{SESSIONS}/{{id}}", "PATCH"): 200,
    (f"{SESSIONS}/{{id}}", "DELETE"): 204,
    (f"{SESSIONS}/{{id}}/complete", "POST"): 200,
    (f"{SESSIONS}/{{id}}/voice-token", "POST"): 503,  # the attacked stack has no ElevenLabs key
    (f"{SESSIONS}/{{id}}/homeowner-turn", "POST"): 503,  # nor a model
    (f"{SESSIONS}/{{id}}/audio", "GET"): 404,  # and no session there was spoken
    ("/api/hooks/elevenlabs", "POST"): 401,  # without ElevenLabs' signature
    ("/healthz", "GET"): 200,
    ("/api/openapi.json", "GET"): 200,
    ("/api/docs", "GET"): 200,
    ("/api/docs/{file}", "GET"): 200,
}
"""How each route answers the one who may use it."""
BODIES: dict[tuple[str, str], Any] = {
    (SESSIONS, "POST"): {"agent_name": CANARY},
    (f"{SESSIONS}/{{id}}", "PATCH"): {"transcript_line": {"speaker": "user", "text": CANARY}},
    (f"{SESSIONS}/{{id}}/complete", "POST"): {"duration_seconds": 9},
    (f"{SESSIONS}/{{id}}/voice-token", "POST"): {},
    (f"{SESSIONS}/{{id}}/homeowner-turn", "POST"): {"said": "Hello"},
}


def expected_status(template: str, verb: str, role: str) -> int:
    if verb == "OPTIONS":
        return 204
    success = SUCCESS.get((template, "GET" if verb == "HEAD" else verb))
    if success is None:
        return 405
    if not template.startswith(SESSIONS):
        return success
    if role in STRANGERS or role == "anon":
        return 401
    if role == "service":
        return 403
    return 404 if role == "other" and "{id}" in template else success


def test_every_route_has_its_expectation() -> None:
    assert {(template, verb) for template, verbs in SERVED.items() for verb in verbs} == set(SUCCESS)


@pytest.mark.parametrize("template", sorted(SERVED))
def test_each_role_gets_the_expected_answer_of_each_route(field: Field, template: str) -> None:
    breaches = []
    for verb in VERBS:
        path = template.format(id=field.session(), file="start.js")
        body = BODIES.get((template, verb))
        for role in ROLES:
            before = field.fingerprint()
            response = field.api(role, verb, path, json=body) if body is not None else field.api(role, verb, path)
            expected = expected_status(template, verb, role)
            if response.status_code != expected:
                wrong = f"expected {expected}"
            elif response.status_code >= 400 and (before != field.fingerprint() or CANARY in response.text):
                wrong = "and yet something changed or was shown"
            elif role not in field.people and template.startswith(SESSIONS) and CANARY in response.text:
                wrong = "which shows words"
            elif role == "other" and field.people["user"] in response.text:
                wrong = "which is user's"
            elif verb == "HEAD" and response.content:
                wrong = "with a body"
            elif "{id}" in template and response.headers.get("cache-control") != "private, no-store":
                wrong = "which a user may keep"
            else:
                continue
            breaches.append(f"{role} {verb} {template}: {response.status_code} {response.text[:200]}, {wrong}")
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("role", [*ROLES, "grader"])
def test_the_grader_opens_to_its_secret_only(field: Field, role: str) -> None:
    field.reps["user"].rpc("complete_training_session", session_id=field.session())
    secret = {"X-Grader-Secret": field.stack.settings.grader_secret} if role == "grader" else {}
    for verb in VERBS:
        before = field.fingerprint()
        response = field.api("anon" if role == "grader" else role, verb, "/grader", headers=secret)
        if verb != "POST":
            assert response.status_code == 405, (verb, response.text)
        elif role == "grader":
            assert response.status_code == 200
            assert response.json()["graded"]["heuristic"] >= 1
            continue
        else:
            assert response.status_code == 401, response.text
        assert field.fingerprint() == before


@pytest.mark.parametrize("secret", ["", "x", "X-Grader-Secret", "null", "é"])
def test_no_other_secret_opens_the_grader(field: Field, secret: str) -> None:
    for name, value in (("X-Grader-Secret", secret), ("Authorization", f"Bearer {secret}".strip())):
        response = httpx.post(field.stack.url("grader"), headers=[(name.encode(), value.encode())])
        assert response.status_code == 401, response.text
