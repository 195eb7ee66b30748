"""The voice provider's hook: verify, store, answer. Reconciling is the worker's, woken by the database."""

import asyncio
import time

import orjson
from starlette.responses import Response

import http_request as read
from api.handlers import Call
from errors import ApiError, invalid_field
from http_response import json_response
from logs import log
from voice import elevenlabs
from voice.record import MAX_ID
from voice.token import store_token

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes. Long conversations exceed the limit of the other routes."""

_LARGE_AT_ONCE = asyncio.Semaphore(4)
"""Bodies over the other routes' limit that are in memory at once."""


async def elevenlabs_event(call: Call) -> Response:
    """POST /api/hooks/elevenlabs. 200 once the transcript is stored; events without one are acknowledged."""
    secrets = call.settings.elevenlabs_webhook_secrets
    if not secrets:
        raise ApiError(503, "voice_not_configured", "This server has no ELEVENLABS_WEBHOOK_SECRET.")
    if not elevenlabs.is_recent(call.request.headers, time.time()):
        raise _invalid_signature()
    size = call.request.headers.get("content-length", "")
    if size.isdecimal() and int(size) <= read.BODY_LIMIT:
        return await _store(call, secrets)
    async with _LARGE_AT_ONCE:
        return await _store(call, secrets)


async def _store(call: Call, secrets: tuple[str, ...]) -> Response:
    body = await read.limited_body(call.request, BODY_LIMIT)
    if not elevenlabs.is_signed(call.request.headers, body, secrets, time.time()):
        raise _invalid_signature()
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "invalid_json", f"The body is not JSON (at character {error.pos}).") from None
    if not isinstance(event, dict):
        raise invalid_field("body", "must be a JSON object")
    try:
        record = elevenlabs.read_event(event)
    except ValueError:
        raise invalid_field("data.conversation_id", f"must be a text of 1 to {MAX_ID} characters") from None
    if record is not None:
        params = {"record": record.as_json(), "token": store_token(secrets[0])}
        try:
            await call.database.call_as_anyone("receive_voice_record", params)
        except ApiError as error:
            if error.code != "not_authenticated":
                raise
            log("ERROR", "the database does not know the hook's token: run ./scripts/deploy")
            message = "The database does not take records from this server."
            raise ApiError(503, "voice_not_configured", message, hint=error.hint) from None
    return json_response(200, {"received": True})


def _invalid_signature() -> ApiError:
    return ApiError(401, "invalid_signature", "The signature is missing, wrong, or older than 30 minutes.")
