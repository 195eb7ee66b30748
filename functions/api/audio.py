"""The recording of a session, streamed from the voice provider to the session's owner. Nothing of it is stored here."""

import re
from collections.abc import AsyncIterator

import aiohttp
import orjson
from starlette.responses import Response, StreamingResponse

from api.handlers import Call
from errors import ApiError
from http_response import PRIVATE, empty_response
from voice.provider import NotFound, Trouble
from voice.providers import accounts

CHUNK = 64 * 1024
PASSED_ON = ("Content-Length", "Content-Range")

_ONE_RANGE = re.compile(r"bytes=(?!-$)(\d{0,15})-(\d{0,15})")


async def recording(call: Call) -> Response:
    """GET /api/training-sessions/123/audio, with Range. 404 recording_not_found where the provider has none."""
    answer = await call.database.call("get_training_recording", {"session_id": call.session_id}, call.token)
    source = orjson.loads(answer.body)
    account = accounts(call.settings, call.database.client()).get(source["provider"])
    if account is None:
        raise ApiError(503, "voice_not_configured", "This server has no key of the voice provider.")
    asked = call.request.headers.get("range", "")
    wanted = _ONE_RANGE.fullmatch(asked)
    try:
        upstream = await account.audio(source["conversation_id"], asked if wanted else None)
    except NotFound:
        raise ApiError(404, "recording_not_found", "The voice provider has no recording of this session.") from None
    except Trouble:
        message = "The voice provider does not answer."
        raise ApiError(503, "voice_unavailable", message, headers={"Retry-After": "5"}) from None
    return _streamed(upstream, wanted, call.request.method == "HEAD")


def _streamed(upstream: aiohttp.ClientResponse, wanted: re.Match[str] | None, is_head: bool) -> Response:
    """The provider's answer as ours. Where the provider ignores Range, the part is cut here."""
    status, skip = upstream.status, 0
    headers = {**PRIVATE, "Accept-Ranges": "bytes"}
    headers |= {name: upstream.headers[name] for name in PASSED_ON if name in upstream.headers}
    length = upstream.headers.get("Content-Length", "")
    left = int(length) if length.isdecimal() else None
    if status == 200 and wanted and left:
        first, last = _bounds(wanted, left)
        if first > last:
            upstream.close()
            return empty_response(416, {"Content-Range": f"bytes */{left}"})
        headers |= {"Content-Range": f"bytes {first}-{last}/{left}", "Content-Length": str(last - first + 1)}
        status, skip, left = 206, first, last - first + 1
    if status == 416 or is_head:
        upstream.close()
        return empty_response(status, headers)
    kind = upstream.headers.get("Content-Type", "")
    media_type = kind if kind.startswith("audio/") else "application/octet-stream"
    return StreamingResponse(_part(upstream, skip, left), status, headers, media_type)


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    """The first and the last byte, by RFC 9110, section 14.1.2; the first after the last where there are none."""
    first, last = wanted[1], wanted[2]
    if not first:  # the last so many bytes
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    return int(first), min(int(last) if last else size - 1, size - 1)


async def _part(upstream: aiohttp.ClientResponse, skip: int, left: int | None) -> AsyncIterator[bytes]:
    try:
        async for chunk in upstream.content.iter_chunked(CHUNK):
            chunk, skip = chunk[skip:], max(0, skip - len(chunk))
            if left is not None:
                chunk = chunk[:left]
                left -= len(chunk)
            if chunk:
                yield chunk
            if left == 0:
                return
    finally:
        upstream.close()
