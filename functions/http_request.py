"""Reading a request: the token, the JSON body, the query. What does not fit is an ApiError that names the field."""

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from errors import ApiError, invalid_field, not_authenticated

BODY_LIMIT = 256 * 1024
"""Bytes."""

HANG_UP_LIMIT = 16 * BODY_LIMIT
"""Bytes."""

BODY_SECONDS = 15.0
"""For the whole body to arrive."""

TOKEN_LIMIT = 16 * 1024
"""Characters. PostgREST hangs up on headers of more than 50 KiB in all, and that would look like an outage."""

ETAGS_LIMIT = 1024
"""Characters of If-None-Match that are looked at; one of ours has about forty."""

MAX_ID = 2**63 - 1

WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""As browsers and JSON Schema know it (ECMAScript's), and so the database; Python's own is another."""

LINE_KEYS = ("sequence", "speaker", "text", "timestamp", "correction")

Check = Callable[[str, Any], Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def request_id(request: Request) -> str:
    """The caller's X-Request-Id where it can stand in a log as it is, or a new one."""
    given = request.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def bearer_token(request: Request) -> str:
    """The caller's JWT, as it came. PostgREST verifies it; here it only has to be there."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    well_formed = token.count(".") == 2 and token.isascii() and " " not in token and len(token) <= TOKEN_LIMIT
    if scheme.lower() != "bearer" or not well_formed:
        raise not_authenticated()
    return token


def known_etags(request: Request) -> str | None:
    """If-None-Match as it came; none where it is too long to be about ours."""
    known = request.headers.get("if-none-match")
    return known if known is None or len(known) <= ETAGS_LIMIT else None


async def json_body(request: Request, fields: Mapping[str, Check]) -> dict[str, Any]:
    """The body's known `fields`, each through its check; an empty body is `{}`. 400, 408, 413, 415 or 422 otherwise."""
    raw = await _limited_body(request)
    if not raw:
        return {}
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError(415, "unsupported_media_type", "Send the body as application/json.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "invalid_json", f"The body is not JSON (at character {error.pos}).") from None
    if not isinstance(body, dict):
        raise invalid_field("body", "must be a JSON object")
    for name in body:
        if name not in fields:
            raise invalid_field(name[:100], f"is not a field here; known are {', '.join(fields)}")
    return {name: fields[name](name, value) for name, value in body.items()}


async def _limited_body(request: Request) -> bytes:
    """The body, or 413 or 408. A sender hears the refusal only after sending: so a body that is too large is read to
    its end, and hung up on only when it is far too large or too slow."""
    declared = request.headers.get("content-length", "0")
    size = int(declared) if declared.isdecimal() and int(declared) > HANG_UP_LIMIT else 0
    body = bytearray()
    hang_up = {"Connection": "close"}
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= BODY_LIMIT:
                    body += chunk
                elif size > HANG_UP_LIMIT:
                    break
    except (TimeoutError, ClientDisconnect):
        raise ApiError(408, "body_timeout", "The body did not arrive in time.", headers=hang_up) from None
    if size > BODY_LIMIT:
        message = "A body may have at most 256 KiB; send fewer lines at once."
        raise ApiError(413, "body_too_large", message, headers=hang_up if size > HANG_UP_LIMIT else None)
    return bytes(body)


def text(limit: int = 200, *, in_header: bool = False) -> Check:
    """A text of 1 to `limit` characters that is not blank, trimmed; in a header, of printable ASCII."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip(WHITE_SPACE) or len(value) > limit or "\0" in value:
            raise invalid_field(name, f"must be a text of 1 to {limit} characters")
        if in_header and not (value.isascii() and value.isprintable()):
            raise invalid_field(name, "must be of printable ASCII")
        return value.strip(WHITE_SPACE)

    return check


def optional(check: Check) -> Check:
    """The check, or null."""
    return lambda name, value: None if value is None else check(name, value)


def whole_number(least: int, most: int) -> Check:
    def check(name: str, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 95.0 is a whole number in JSON
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise invalid_field(name, f"must be a whole number from {least} to {most}")
        return value

    return check


def lines(name: str, value: Any) -> list[Any]:
    """An array of lines. The database checks each and names what is wrong in it; NUL it could not even receive, and
    would log what stands beside it."""
    if not isinstance(value, list):
        raise invalid_field(name, "must be an array of lines")
    return [line(f"{name}[{index}]", each)[0] for index, each in enumerate(value)]


def line(name: str, value: Any) -> list[Any]:
    """One line, as an array of one, without what voice SDKs add of their own."""
    if not isinstance(value, dict):
        raise invalid_field(name, "must be an object with speaker and text")
    known = {key: value[key] for key in LINE_KEYS if key in value}
    for key, each in known.items():
        if isinstance(each, list | dict):
            raise invalid_field(f"{name}.{key}", "must be a single value")
        if isinstance(each, str) and "\0" in each:
            raise invalid_field(f"{name}.{key}", "must not contain the NUL character")
    return [known]


def query_number(request: Request, name: str, most: int, default: int | None = None) -> int | None:
    """A whole number from 1 to `most` in the query string."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        raise invalid_field(name, f"must be a whole number from 1 to {most}")
    number: int = whole_number(1, most)(name, int(value))
    return number
