"""Oversized, deeply nested and endless requests are refused, and other users' requests are answered as before."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import psutil
import pytest

from attack.field import CANARY, Field

KIB = 1024
WRITES = [
    ("POST", ""),
    ("PATCH", "/{id}"),
    ("POST", "/{id}/complete"),
    ("POST", "/{id}/voice-token"),
    ("POST", "/{id}/homeowner-turn"),
]
DEEP = {
    "arrays": b"[" * 100_000 + b"]" * 100_000,
    "arrays, unclosed": b"[" * 200_000,
    "objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
}
QUICK_SECONDS = 5.0


def workers(field: Field) -> set[int]:
    """The processes that serve. gunicorn replaces one that crashes."""
    return {child.pid for child in psutil.Process(field.stack.parts["functions"].pid).children()}


@pytest.fixture
def still_serving(field: Field) -> Iterator[None]:
    """Afterwards the same processes answer the next request as if nothing had been."""
    before = workers(field)
    yield
    assert workers(field) == before
    started = time.monotonic()
    assert field.api("user", "GET", f"/api/training-sessions/{field.session()}").status_code == 200
    assert time.monotonic() - started < QUICK_SECONDS


pytestmark = pytest.mark.usefixtures("still_serving")


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("kib", [257, 1900])
def test_an_oversized_body_is_413(field: Field, method: str, path: str, kib: int) -> None:
    body = b'{"agent_name": "' + CANARY.encode() * (kib * KIB // len(CANARY)) + b'"}'
    path = "/api/training-sessions" + path.format(id=field.session())
    response = field.api("user", method, path, content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_a_body_far_too_large_is_413_or_hung_up_on(field: Field) -> None:
    headers = {"Authorization": f"Bearer {field.tokens['user']}", "Content-Type": "application/json"}
    url = field.stack.url("functions") + "/api/training-sessions"
    with suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        assert httpx.post(url, content=b"x" * (8 << 20), headers=headers).status_code == 413


def test_an_endless_body_is_cut_off(field: Field) -> None:
    """Sent in chunks without a declared length, to the function itself."""
    address = httpx.URL(field.stack.url("functions"))
    head = f"POST /api/training-sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {field.tokens['user']}\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0
    with socket.create_connection((address.host, address.port or 80), timeout=QUICK_SECONDS) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        try:
            while sent < 64 * KIB * KIB:
                connection.sendall(chunk)
                sent += len(chunk)
        except TimeoutError:
            pytest.fail("it neither read on nor hung up")
        except OSError:
            return  # hung up on
    pytest.fail(f"it took {sent} bytes")


def test_a_malformed_chunk_is_400_through_the_gateway(field: Field) -> None:
    address = httpx.URL(field.stack.url("gateway"))
    head = f"POST /api/training-sessions HTTP/1.1\r\nHost: {address.host}:{address.port}\r\nConnection: close\r\n"
    head += f"Authorization: Bearer {field.tokens['user']}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((address.host, address.port or 80), timeout=QUICK_SECONDS) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\nnot a size\r\n{{}}\r\n0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400"), answer
    assert '"code": "invalid_json"' in answer


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_deeply_nested_body_is_400(field: Field, method: str, path: str, body: bytes) -> None:
    path = "/api/training-sessions" + path.format(id=field.session())
    response = field.api("user", method, path, content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("depth", [100, 900])
@pytest.mark.parametrize("where", ["text", "extra", "timestamp"])
def test_nesting_that_is_still_json_is_refused_or_ignored_in_a_line(field: Field, depth: int, where: str) -> None:
    nested: Any = []
    for _ in range(depth):
        nested = [nested]
    line = {"speaker": "user", "text": "Hello", where: nested}
    response = field.api("user", "PATCH", f"/api/training-sessions/{field.session()}", json={"transcript_line": line})
    assert response.status_code == (200 if where == "extra" else 422), response.text


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
def test_a_deeply_nested_body_at_the_data_api_comes_back_quickly(field: Field, body: bytes) -> None:
    content = b'{"session_id": 1, "lines": ' + body + b"}"
    started = time.monotonic()
    response = field.data_api(
        "user", "POST", "rpc/append_transcript", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code >= 400
    assert time.monotonic() - started < QUICK_SECONDS


def test_an_oversized_body_at_the_data_api_is_413(field: Field) -> None:
    body = {"session_id": 1, "lines": "x" * (3000 * KIB)}
    assert field.data_api("user", "POST", "rpc/append_transcript", json=body).status_code == 413


def test_a_thousand_tiny_lines_are_refused_before_they_are_read(field: Field) -> None:
    lines = [{"speaker": "user", "text": "x"}] * 2000
    path = f"/api/training-sessions/{field.session()}"
    for response in (
        field.api("user", "PATCH", path, json={"transcript_lines": lines}),
        field.data_api("user", "POST", "rpc/append_transcript", json={"session_id": 1, "lines": lines}),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "invalid_field")


@pytest.mark.parametrize("part", ["gateway", "functions"])
def test_monstrous_headers_are_refused(field: Field, part: str) -> None:
    for headers in ({"X-Long": "x" * 2_000_000}, {f"X-{n}": "x" * 1000 for n in range(2000)}):
        try:
            response = httpx.get(f"{field.stack.url(part)}/api/training-sessions", headers=headers)
        except httpx.TransportError:
            continue  # hung up on
        assert 400 <= response.status_code < 500
