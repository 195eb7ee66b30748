"""supabase/functions/training-sessions under the real deno: what it passes on, and what it answers when it cannot."""

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from run.local.ports import free_port
from support import Stack, User, assert_error, line, until

ROOT = Path(__file__).parent.parent.parent
DENO = ROOT / "web" / "node_modules" / ".bin" / "deno"
SOURCE = ROOT / "supabase" / "functions" / "training-sessions" / "index.ts"
PUBLIC = "/functions/v1/training-sessions"


@contextmanager
def deno_function(target: str, folder: Path) -> Iterator[str]:
    """The function on a port of its own, allowed what the platform allows it; its address."""
    port = free_port()
    env = {
        **os.environ,
        "TRAINING_SESSIONS_URL": target,
        "DENO_SERVE_ADDRESS": f"tcp:127.0.0.1:{port}",
        "NO_COLOR": "1",
    }
    with (folder / "deno.log").open("wb") as log:
        process = subprocess.Popen(
            [DENO, "run", "--no-lock", "--allow-net", "--allow-env", str(SOURCE)],
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            until(lambda: process.poll() is not None or b"Listening" in (folder / "deno.log").read_bytes(), 30)
            assert process.poll() is None, (folder / "deno.log").read_text()
            # The platform strips /functions/v1 before the request arrives.
            yield f"http://127.0.0.1:{port}/training-sessions"
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # npm's deno is a script, and the server is its child.
            process.wait(10)


@pytest.fixture(scope="module")
def invoke_url(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with deno_function(f"{stack.functions_url}/api/training-sessions/", tmp_path_factory.mktemp("deno")) as url:
        yield url


def test_a_whole_session_passes_through(invoke_url: str, user: User) -> None:
    created = user.http.post(invoke_url, json={"agent_name": "Maria"}, headers={"Idempotency-Key": "one-click"})
    assert created.status_code == 201
    session_id = created.json()["id"]
    assert created.headers["location"] == f"{PUBLIC}/{session_id}"
    again = user.http.post(invoke_url, json={"agent_name": "Maria"}, headers={"Idempotency-Key": "one-click"})
    assert again.json()["id"] == session_id
    appended = user.http.patch(f"{invoke_url}/{session_id}", json={"transcript_lines": [line(1, "Grüezi 👋")]})
    assert appended.json()["line_count"] == 1
    assert user.http.post(f"{invoke_url}/{session_id}/complete", json={}).json()["status"] == "completed"
    whole = user.http.get(f"{invoke_url}/{session_id}")
    assert whole.json()["transcript"][0]["text"] == "Grüezi 👋"
    assert user.http.get(invoke_url, params={"limit": "1"}).json()["sessions"][0]["id"] == session_id
    deleted = user.http.delete(f"{invoke_url}/{session_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_an_etag_is_asked_with_and_answered(invoke_url: str, user: User) -> None:
    session_id = user.start()
    first = user.http.get(f"{invoke_url}/{session_id}")
    second = user.http.get(f"{invoke_url}/{session_id}", headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 304
    assert first.headers["cache-control"] == "private, no-store"


def test_an_old_uuid_leads_to_the_address_callers_see(invoke_url: str, stack: Stack, user: User) -> None:
    old, session_id = str(uuid.uuid4()), user.start()
    stack.database.sql("update public.training_sessions set legacy_id = %s where id = %s", old, session_id)
    answer = user.http.get(f"{invoke_url}/{old}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{PUBLIC}/{session_id}")


def test_errors_pass_through_unchanged(invoke_url: str, user: User) -> None:
    assert_error(httpx.get(invoke_url), 401, "not_authenticated")
    assert_error(user.http.get(f"{invoke_url}/999999999"), 404, "session_not_found")
    assert_error(user.http.post(invoke_url, json={"agent_name": ""}), 422, "invalid_field", "agent_name")
    assert user.http.put(f"{invoke_url}/1", json={}).headers["allow"]


def test_cors_and_the_request_id_are_the_python_functions(invoke_url: str) -> None:
    preflight = httpx.options(
        invoke_url, headers={"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.headers["access-control-allow-origin"] == "https://app.example.com"
    assert (
        httpx.get(invoke_url, headers={"X-Request-Id": "from-the-caller"}).headers["x-request-id"] == "from-the-caller"
    )


def test_an_unreachable_function_is_a_503_in_the_one_error_shape(tmp_path: Path) -> None:
    with deno_function(f"http://127.0.0.1:{free_port()}/training-sessions", tmp_path) as url:
        assert_error(httpx.get(url), 503, "database_unavailable")
