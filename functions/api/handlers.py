"""One handler a route: validate, call the SQL function of the same purpose, return its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

import http_request as read
from api.database import DataApi, RpcAnswer
from api.homeowner import LONGEST_SPEECH, check_model_key, homeowner_turn
from api.voice import allowed_agent, check_voice_key, voice_token
from config import ApiSettings
from errors import ApiError, database_unavailable, invalid_field
from http_response import empty_response, json_response

PAGE: Mapping[str, read.Check] = {
    "limit": read.query_number(100),
    "max_count": read.query_number(100),
    "before": read.query_number(read.MAX_ID),
    "agent_name": read.text(),
}
"""The query of a page. `max_count` is the SQL function's name for `limit`; either is accepted."""

DEFAULT_LIMIT = 20

CALENDAR: Mapping[str, read.Check] = {"time_zone": read.text()}
"""The query of progress: whose days a streak counts."""

LINES: dict[str, read.Check] = {"transcript_lines": read.lines, "lines": read.lines}
"""Two names for several lines: the older one, and the one of the SQL functions."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way to a handler: the caller's token, the session, the prefix, the checked query."""

    request: Request
    settings: ApiSettings
    database: DataApi
    token: str
    session_id: int
    base_path: str
    query: Mapping[str, Any]


async def create(call: Call) -> Response:
    fields = {"agent_name": read.text(), "agent_id": read.optional(read.text())}
    body = await read.json_body(call.request, fields)
    if "agent_name" not in body:
        raise invalid_field("agent_name", "is required")
    key = call.request.headers.get("idempotency-key")
    if key is not None:
        body["idempotency_key"] = read.text(in_header=True)("Idempotency-Key", key)
    answer = await call.database.call("create_training_session", body, call.token)
    session_id = orjson.loads(answer.body)["id"]
    return json_response(201, answer.body, {"Location": f"{call.base_path}/{session_id}"})


async def append(call: Call) -> Response:
    body = await read.json_body(call.request, {"transcript_line": read.line, **LINES})
    field, lines = _only_one(body, "transcript_line")
    if field is None:
        raise invalid_field("transcript_line", "or transcript_lines or lines must be given")
    answer = await _with_lines(call, "append_transcript", field, {"lines": lines})
    return json_response(200, answer.body)


async def complete(call: Call) -> Response:
    duration = {"duration_seconds": read.optional(read.whole_number(0, 86400))}
    body = await read.json_body(call.request, duration | {name: read.optional(each) for name, each in LINES.items()})
    seconds = body.pop("duration_seconds", None)
    field, lines = _only_one(body, "transcript_lines")
    params = {"duration_seconds": seconds, "lines": lines or []}
    answer = await _with_lines(call, "complete_training_session", field or "lines", params)
    return json_response(200, answer.body)


async def get(call: Call) -> Response:
    known = read.known_etags(call.request)
    answer = await call.database.call("get_training_session", {"session_id": call.session_id}, call.token, known)
    headers = {"ETag": answer.etag} if answer.etag else {}
    return empty_response(304, headers) if answer.not_modified else json_response(200, answer.body, headers)


async def list_page(call: Call) -> Response:
    field, limit = _only_one({name: call.query[name] for name in ("limit", "max_count") if name in call.query}, "limit")
    params = {
        "max_count": limit or DEFAULT_LIMIT,
        "before": call.query.get("before"),
        "agent_name": call.query.get("agent_name"),
    }
    try:
        answer = await call.database.call("list_training_sessions", params, call.token)
    except ApiError as error:
        raise in_the_callers_words(error, "max_count", field or "limit") from None
    return json_response(200, answer.body)


async def progress(call: Call) -> Response:
    answer = await call.database.call("get_training_progress", dict(call.query), call.token)
    return json_response(200, answer.body)


async def system(call: Call) -> Response:
    answer = await call.database.call("session_system", {}, call.token)
    return json_response(200, {"system": orjson.loads(answer.body)})


async def delete(call: Call) -> Response:
    await call.database.call("delete_training_session", {"session_id": call.session_id}, call.token)
    return empty_response(204)


async def start_voice(call: Call) -> Response:
    await read.json_body(call.request, {})
    started = await call.database.call("start_training_voice", {"session_id": call.session_id}, call.token)
    check_voice_key(call.settings)
    agent_id = allowed_agent(call.settings, orjson.loads(started.body)["agent_id"])
    voice = await voice_token(call.settings, call.database.client(), agent_id)
    if conversation_id := voice.get("conversation_id"):
        params = {"session_id": call.session_id, "conversation_id": conversation_id}
        await call.database.call("bind_training_conversation", params, call.token)
    return json_response(200, voice)


async def take_homeowner_turn(call: Call) -> Response:
    body = await read.json_body(call.request, {"said": read.text(LONGEST_SPEECH)})
    if "said" not in body:
        raise invalid_field("said", "is required")
    taken = await call.database.call("take_homeowner_turn", {"session_id": call.session_id}, call.token)
    check_model_key(call.settings)
    turn = orjson.loads(taken.body)
    answer = await homeowner_turn(call.settings, call.database.client(), turn, body["said"], call.session_id)
    return json_response(200, answer)


async def health(call: Call) -> Response:
    if not await call.database.answers():
        raise database_unavailable()
    return json_response(200, {"status": "ok", "database": "ok"})


async def _with_lines(call: Call, function: str, field: str, params: dict[str, Any]) -> RpcAnswer:
    """Calls an SQL function that takes `lines`; its errors name the lines as the caller does."""
    try:
        return await call.database.call(function, {"session_id": call.session_id, **params}, call.token)
    except ApiError as error:
        theirs = "lines[0]" if field == "transcript_line" else "lines"
        raise in_the_callers_words(error, theirs, field) from None


def _only_one(given: Mapping[str, Any], name: str) -> tuple[str | None, Any]:
    """The one field of several names for the same thing, and its value; (None, None) without any."""
    if len(given) > 1:
        raise invalid_field(name, f"was given as {' and as '.join(given)}; give only one of them")
    return next(iter(given.items()), (None, None))


def in_the_callers_words(error: ApiError, theirs: str, field: str) -> ApiError:
    """An error of an SQL function with its name of a field replaced by the name in the request."""
    if error.details is not None and error.details.startswith(theirs):
        error.details = error.details.replace(theirs, field, 1)
        error.message = error.message.replace(theirs, field, 1)
    return error
