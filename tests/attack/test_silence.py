"""What the attacked stack has logged, in all the tests before this one and in those of its own, names no secret and no word.

Alphabetically the last of this folder, so that everything has been run when the logs are read.
"""

import httpx
import pytest

from attack.field import CANARY, ROLES, Field

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def noise(field: Field) -> None:
    """Every way of putting words and secrets where a log might pick them up."""
    session_id = field.session()
    path = f"/api/training-sessions/{session_id}"
    spoken = [
        {"speaker": CANARY, "text": CANARY},
        {"speaker": "user", "text": CANARY + "\0"},
        {"speaker": "user", "text": CANARY, "sequence": 1},
        {"speaker": "user", "text": CANARY, "timestamp": CANARY},
        {"speaker": "user", "text": CANARY * 1000},
        CANARY,
    ]
    for line in spoken:
        field.api("user", "PATCH", path, json={"transcript_line": line})
        field.data_api("user", "POST", "rpc/append_transcript", json={"session_id": session_id, "lines": [line]})
    for body in (f'{{"{CANARY}": 1}}', f'{{"agent_name": "{CANARY}"', f'"{CANARY}"'):
        field.api("user", "POST", "/api/training-sessions", content=body, headers=JSON)
        field.data_api("user", "POST", "rpc/create_training_session", content=body, headers=JSON)
    field.api("user", "GET", "/api/training-sessions", params={"agent_name": CANARY, "apikey": field.stack.keys.secret})
    field.data_api("user", "GET", "training_sessions", params={"agent_name": f"eq.{CANARY}", "nonsense": CANARY})
    for role in ROLES:
        field.api(role, "GET", path, headers={"X-Request-Id": f"{CANARY}!", "Referer": f"http://{CANARY}.example"})
    httpx.post(field.stack.url("grader"), headers={"X-Grader-Secret": "almost " + field.stack.settings.grader_secret})


@pytest.mark.usefixtures("noise")
def test_no_log_has_a_word_or_a_secret(field: Field) -> None:
    logs = field.stack.log_text()
    assert '"request"' in logs, "there is something to read"
    settings = field.stack.settings
    secrets = {
        "a word": CANARY,
        "the secret key": field.stack.keys.secret,
        "the JWT secret": field.stack.keys.jwt_secret,
        "the grader's secret": settings.grader_secret,
        "the superuser's password": settings.postgres_password,
        "PostgREST's password": settings.authenticator_password,
        **{f"the token of {role}": token for role, token in field.tokens.items()},
        **{f"the signature of {role}": token.split(".")[2] for role, token in field.tokens.items() if token[-1] != "."},
    }
    assert [name for name, secret in secrets.items() if secret in logs] == []
