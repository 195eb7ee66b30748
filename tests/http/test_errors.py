"""Errors that no request can bring about on purpose: what the caller and the log get, and what they do not."""

import asyncio
import json
from typing import Any

import httpx
import orjson
import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.app import Api
from api.database import DataApi, translate
from config import ApiSettings
from support import assert_error

CANARY = "xylophone-canary"


class Broken(DataApi):
    async def call(self, *_about: Any, **_more: Any) -> Any:
        raise RuntimeError(CANARY)


def test_an_unforeseen_error_is_a_500_and_a_log_entry_without_its_text(capfd: pytest.CaptureFixture[str]) -> None:
    settings = ApiSettings("http://database.invalid/rest/v1", "sb_publishable_key")
    api = Api(settings, Broken(settings.rest_url, settings.publishable_key))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        response = await api(Request(scope, receive))
        await response(scope, receive, send)

    async def ask() -> httpx.Response:
        headers = {"Authorization": "Bearer a.b.c", "X-Request-Id": "call-500"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(serve), base_url="http://functions") as client:
            return await client.get("/api/training-sessions/1", headers=headers)

    response = asyncio.run(ask())
    assert_error(response, 500, "internal")
    assert response.headers["x-request-id"] == "call-500"
    logged = capfd.readouterr().out
    [unexpected, request] = [json.loads(text) for text in logged.splitlines()]
    assert (unexpected["error"], unexpected["request_id"]) == ("RuntimeError", "call-500")
    assert "test_errors.py" in unexpected["where"][-1]
    assert (request["severity"], request["status"], request["code"]) == ("ERROR", 500, "internal")
    assert CANARY not in response.text + logged


@pytest.mark.parametrize(
    ("status", "code", "message", "shown"),
    [
        (403, "42501", f"permission denied for table {CANARY}", (403, "forbidden")),
        (401, "42501", f"permission denied for function {CANARY}", (401, "not_authenticated")),
        (400, "22023", f'role "{CANARY}" does not exist', (403, "forbidden")),
        (400, "22P05", f"unsupported Unicode escape sequence {CANARY}", (422, "invalid_field")),
        (404, "PGRST202", f"Could not find the function {CANARY}", (503, "database_unavailable")),
        (409, "23505", f"duplicate key value violates {CANARY}", (503, "database_unavailable")),
        (500, "57014", f"canceling statement {CANARY}", (503, "database_unavailable")),
    ],
)
def test_the_databases_own_errors_are_told_without_its_words(
    status: int, code: str, message: str, shown: tuple[int, str]
) -> None:
    told = {"code": code, "message": message, "details": f"Key {CANARY}", "hint": f"Grant {CANARY}"}
    error = translate(status, orjson.dumps(told))
    assert (error.status, error.code) == shown
    assert CANARY not in json.dumps(error.body())
