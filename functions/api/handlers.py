"""One handler a route: validate, call the SQL function of the same purpose, return its JSON."""

from dataclasses import dataclass
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response

import http_request as read
from api.database import Database
from api.voice import voice_token
from config import ApiSettings
from errors import ApiError, database_unavailable, invalid_field
from http_response import empty_response, json_response

OPENAPI = Path(__file__).parent / "openapi.json"


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way to a handler: who calls (`token`), on which session, below which prefix."""

    request: Request
    settings: ApiSettings
    database: Database
    token: str
    session_id: int
    base_path: str


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
    body = await read.json_body(call.request, {"transcript_line": read.line, "transcript_lines": read.lines})
    if len(body) != 1:
        raise invalid_field("transcript_line", "or transcript_lines must be given, and only one of them")
    [(field, lines)] = body.items()
    params = {"session_id": call.session_id, "lines": lines}
    try:
        answer = await call.database.call("append_transcript", params, call.token)
    except ApiError as error:
        raise _in_the_callers_words(error, field) from None
    return json_response(200, answer.body)


async def complete(call: Call) -> Response:
    fields = {
        "duration_seconds": read.optional(read.whole_number(0, 86400)),
        "transcript_lines": read.optional(read.lines),
    }
    body = await read.json_body(call.request, fields)
    params = {
        "session_id": call.session_id,
        "duration_seconds": body.get("duration_seconds"),
        "lines": body.get("transcript_lines") or [],
    }
    try:
        answer = await call.database.call("complete_training_session", params, call.token)
    except ApiError as error:
        raise _in_the_callers_words(error, "transcript_lines") from None
    return json_response(200, answer.body)


async def get(call: Call) -> Response:
    known = read.known_etags(call.request)
    answer = await call.database.call("get_training_session", {"session_id": call.session_id}, call.token, known)
    headers = {"ETag": answer.etag} if answer.etag else {}
    if answer.body == b"null":
        return empty_response(304, headers)
    return json_response(200, answer.body, headers)


async def list_page(call: Call) -> Response:
    agent_name = call.request.query_params.get("agent_name")
    params = {
        "max_count": read.query_number(call.request, "limit", 100, 20),
        "before": read.query_number(call.request, "before", read.MAX_ID),
        "agent_name": None if agent_name is None else read.text()("agent_name", agent_name),
    }
    answer = await call.database.call("list_training_sessions", params, call.token)
    return json_response(200, answer.body)


async def system(call: Call) -> Response:
    answer = await call.database.call("session_system", {}, call.token)
    return json_response(200, {"system": orjson.loads(answer.body)})


async def delete(call: Call) -> Response:
    await call.database.call("delete_training_session", {"session_id": call.session_id}, call.token)
    return empty_response(204)


async def start_voice(call: Call) -> Response:
    await read.json_body(call.request, {})
    session = orjson.loads(
        (await call.database.call("get_training_session", {"session_id": call.session_id}, call.token)).body
    )
    if session["status"] != "active":
        raise ApiError(409, "session_not_active", "The session has ended.")
    voice = await voice_token(call.settings, call.database.client(), session["agent_id"])
    if conversation_id := voice.get("conversation_id"):
        params = {"session_id": call.session_id, "conversation_id": conversation_id}
        await call.database.call("bind_training_conversation", params, call.token)
    return json_response(200, voice)


async def health(call: Call) -> Response:
    if not await call.database.answers():
        raise database_unavailable()
    return json_response(200, {"status": "ok", "database": "ok"})


async def openapi(call: Call) -> Response:
    return json_response(200, OPENAPI.read_bytes())


def _in_the_callers_words(error: ApiError, field: str) -> ApiError:
    """The SQL functions call the lines `lines`; the HTTP path says `transcript_line` or `transcript_lines[0]`."""
    if error.details is not None and error.details.startswith("lines"):
        theirs = "lines[0]" if field == "transcript_line" else "lines"
        error.details = error.details.replace(theirs, field, 1)
        error.message = error.message.replace(theirs, field, 1)
    return error
