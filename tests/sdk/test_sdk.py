"""The SDK path as an app would use it: supabase-py and postgrest-py through the gateway, with the project's publishable key."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from postgrest import APIError, SyncPostgrestClient
from supabase import Client, ClientOptions, create_client

from support import Stack, User, line, transcript_lines


@contextmanager
def client_of(stack: Stack, key: str, token: str | None = None) -> Iterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(timeout=10) as pool:
        yield create_client(stack.gateway_url, key, ClientOptions(headers=headers, httpx_client=pool))


@pytest.fixture
def mine(stack: Stack, user: User) -> Iterator[Client]:
    with client_of(stack, stack.keys.publishable, user.token) as client:
        yield client


@pytest.fixture
def theirs(stack: Stack, other: User) -> Iterator[Client]:
    with client_of(stack, stack.keys.publishable, other.token) as client:
        yield client


def rpc(client: Client, function: str, **params: Any) -> Any:
    return client.rpc(function, params).execute().data


def rows(client: Client, table: str, columns: str = "*") -> Any:
    return client.table(table).select(columns).execute().data


def refused(client: Client, function: str, **params: Any) -> tuple[str | None, str | None]:
    with pytest.raises(APIError) as error:
        rpc(client, function, **params)
    return error.value.code, error.value.details


def test_a_session_by_supabase_py_is_recorded_and_graded(stack: Stack, mine: Client) -> None:
    session = rpc(mine, "create_training_session", agent_name="Austin", idempotency_key="sdk-1")
    assert rpc(mine, "create_training_session", agent_name="Austin", idempotency_key="sdk-1") == session
    session_id = session["id"]
    appended = rpc(mine, "append_transcript", session_id=session_id, lines=transcript_lines(4))
    assert appended == {"id": session_id, "line_count": 4, "last_sequence": 4, "duplicates": 0, "missing": []}
    ended = rpc(mine, "complete_training_session", session_id=session_id, duration_seconds=60, lines=transcript_lines())
    assert ended == {"id": session_id, "status": "completed", "redirect_to": f"/analytics/{session_id}", "missing": []}
    stack.grade(session_id)

    [row] = rows(mine, "training_sessions", "id, status, overall_score, transcript")
    shown = rpc(mine, "get_training_session", session_id=session_id)
    assert row == {name: shown[name] for name in row}
    assert (shown["grading"]["state"], shown["duration_seconds"], len(shown["transcript"])) == ("graded", 60, 6)
    [grade] = rows(mine, "training_grades", "grader, outcome, scores")
    assert grade["outcome"] == "accepted"
    assert rpc(mine, "list_training_sessions", max_count=5)["sessions"][0]["id"] == session_id
    rpc(mine, "delete_training_session", session_id=session_id)
    assert rows(mine, "training_sessions") == []


def test_a_user_sees_nothing_of_another_user(mine: Client, theirs: Client) -> None:
    session_id = rpc(mine, "create_training_session", agent_name="Austin")["id"]
    for table in ("training_sessions", "training_grades"):
        assert rows(theirs, table) == []
    for function, params in (
        ("append_transcript", {"lines": [line(1)]}),
        ("complete_training_session", {}),
        ("get_training_session", {}),
        ("delete_training_session", {}),
    ):
        assert refused(theirs, function, session_id=session_id, **params) == ("session_not_found", None)


@pytest.mark.parametrize(
    "values",
    [
        {"overall_score": 100},
        {"rapport_score": 100},
        {"status": "completed"},
        {"virtual_earnings": 9},
        {"transcript": []},
    ],
)
def test_a_rep_cannot_write_the_row(mine: Client, values: dict[str, Any]) -> None:
    session_id = rpc(mine, "create_training_session", agent_name="Austin")["id"]
    with pytest.raises(APIError) as error:
        mine.table("training_sessions").update(values).eq("id", session_id).execute()
    assert error.value.code in ("42501", "428C9")  # no right; a generated column
    with pytest.raises(APIError) as error:
        mine.table("training_sessions").insert({"agent_name": "Austin", **values}).execute()
    assert error.value.code in ("42501", "428C9")
    with pytest.raises(APIError, match="42501"):
        mine.table("training_sessions").delete().eq("id", session_id).execute()


def test_errors_have_the_codes_of_the_http_path(mine: Client) -> None:
    session_id = rpc(mine, "create_training_session", agent_name="Austin")["id"]
    rpc(mine, "append_transcript", session_id=session_id, lines=[line(1, "These")])
    assert refused(mine, "append_transcript", session_id=session_id, lines=[line(1, "Others")]) == (
        "line_conflict",
        "sequence 1",
    )
    assert refused(mine, "append_transcript", session_id=session_id, lines=[line(2), {"speaker": "x"}]) == (
        "invalid_field",
        "lines[1].speaker",
    )
    assert refused(mine, "append_transcript", session_id=session_id, lines=line(2)) == ("invalid_field", "lines")
    assert refused(mine, "create_training_session", agent_name=" ") == ("invalid_field", "agent_name")
    assert refused(mine, "complete_training_session", session_id=session_id, duration_seconds=-1) == (
        "invalid_field",
        "duration_seconds",
    )
    rpc(mine, "complete_training_session", session_id=session_id)
    assert refused(mine, "append_transcript", session_id=session_id, lines=[line(2)]) == ("session_not_active", None)


@pytest.fixture
def postgrest(stack: Stack, user: User) -> Iterator[SyncPostgrestClient]:
    """postgrest-py with one shared pool and headers given at birth, as a server would use it."""
    with httpx.Client(base_url=f"{stack.gateway_url}/rest/v1", http2=False, timeout=10) as pool:
        headers = {"apikey": stack.keys.publishable, "Authorization": f"Bearer {user.token}"}
        yield SyncPostgrestClient(f"{stack.gateway_url}/rest/v1", headers=headers, http_client=pool)


def test_postgrest_py_pages_filters_and_sees_the_status(postgrest: SyncPostgrestClient) -> None:
    created: list[Any] = [
        postgrest.rpc("create_training_session", {"agent_name": name}).execute().data for name in ("A", "B", "A")
    ]
    page = (
        postgrest.table("training_sessions")
        .select("id")
        .eq("agent_name", "A")
        .order("id", desc=True)
        .limit(1)
        .execute()
    )
    assert page.data == [{"id": created[2]["id"]}]
    params: dict[str, Any] = {"session_id": 2**62, "lines": [line(1)]}
    with pytest.raises(APIError) as error:
        postgrest.rpc("append_transcript", params).execute()
    assert error.value.code == "session_not_found"


def test_the_keys_are_roles_as_on_a_hosted_project(stack: Stack) -> None:
    with client_of(stack, stack.keys.publishable) as anon:
        assert refused(anon, "create_training_session", agent_name="Austin")[0] == "42501"
        with pytest.raises(APIError, match="42501"):
            anon.table("training_sessions").select("id").execute()
    with client_of(stack, stack.keys.secret) as service:
        assert rpc(service, "sweep_training_sessions") == {"completed": 0, "failed": 0}
        assert refused(service, "append_transcript", session_id=1, lines=[line(1)])[0] == "42501"
