"""Trying ids tells nothing: the answer is the same for another user's, an erased and a missing session."""

import uuid
from typing import Any

import httpx
import pytest

from attack.field import Field

OF_THE_MOMENT = {"date", "x-request-id"}

OVER_HTTP: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("HEAD", "", None),
    ("PATCH", "", {"transcript_line": {"sequence": 1, "speaker": "user", "text": "Hello"}}),
    ("DELETE", "", None),
    ("POST", "/complete", {}),
    ("POST", "/voice-token", {}),
    ("POST", "/homeowner-turn", {"said": "Hello"}),
]
OVER_RPC: list[tuple[str, dict[str, Any]]] = [
    ("get_training_session", {}),
    ("append_transcript", {"lines": [{"sequence": 1, "speaker": "user", "text": "Hello"}]}),
    ("complete_training_session", {}),
    ("delete_training_session", {}),
    ("bind_training_conversation", {"conversation_id": "conversation"}),
    ("take_homeowner_turn", {}),
]


def strangers_ids(field: Field) -> dict[str, int]:
    """Ids that `other` has no business with."""
    erased = field.session()
    field.reps["user"].rpc("delete_training_session", session_id=erased)
    return {"never was": 2_000_000_000, "beyond": 2**63 - 1, "another user's": field.session(), "erased": erased}


def seen(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in response.headers.items() if name not in OF_THE_MOMENT}
    return response.status_code, headers, response.content


def only(answers: dict[str, Any]) -> Any:
    first = next(iter(answers.values()))
    assert all(answer == first for answer in answers.values()), answers
    return first


@pytest.mark.parametrize(("verb", "action", "body"), OVER_HTTP)
def test_over_http_an_id_tells_nothing(field: Field, verb: str, action: str, body: Any) -> None:
    more = {} if body is None else {"json": body}
    answers = {
        name: seen(field.api("other", verb, f"/api/training-sessions/{session_id}{action}", **more))
        for name, session_id in strangers_ids(field).items()
    }
    assert only(answers)[0] == 404


@pytest.mark.parametrize(("function", "arguments"), OVER_RPC)
def test_over_rpc_an_id_tells_nothing(field: Field, function: str, arguments: dict[str, Any]) -> None:
    answers = {
        name: seen(field.data_api("other", "POST", f"rpc/{function}", json={"session_id": session_id, **arguments}))
        for name, session_id in strangers_ids(field).items()
    }
    assert only(answers)[0] == 404


def test_old_ids_tell_nothing(field: Field) -> None:
    old_ids = {"never was": str(uuid.uuid4()), "another user's": field.legacy_session()}
    for action in ("", "/complete"):
        verb = "POST" if action else "GET"
        answers = {
            name: seen(field.api("other", verb, f"/api/training-sessions/{old_id}{action}", follow_redirects=False))
            for name, old_id in old_ids.items()
        }
        assert only(answers)[0] == 404
    answers = {
        name: seen(field.data_api("other", "POST", "rpc/resolve_legacy_sessions", json={"legacy_ids": [old_id]}))
        for name, old_id in old_ids.items()
    }
    assert only(answers)[2] == b"{}"


def test_paging_before_another_users_session(field: Field) -> None:
    """`before` takes any id; whose it is must not show in the page."""
    field.session("other")
    answers = {}
    for name, session_id in (("another user's", field.session()), ("never was", 2_000_000_000)):
        answers[name] = seen(field.api("other", "GET", f"/api/training-sessions?limit=100&before={session_id}"))
    assert only(answers)[0] == 200


def test_an_idempotency_key_of_another_user_makes_an_own_session(field: Field) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"agent_name": "Austin"}
    first, second = (field.api(role, "POST", "/api/training-sessions", json=body, headers=key) for role in field.people)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
