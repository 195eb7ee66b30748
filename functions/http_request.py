"""Reads a request: the token, the JSON body, the query. A value that does not fit is an ApiError that names the field."""

import asyncio
import codecs
import difflib
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from errors import ApiError, invalid_field, not_authenticated

BODY_LIMIT = 256 * 1024
"""Bytes."""

HANG_UP_FACTOR = 16
"""A body of more than this many times its limit is not read to its end."""

BODY_SECONDS = 15.0
"""For the whole body to arrive."""

TOKEN_LIMIT = 16 * 1024
"""Characters. PostgREST closes the connection on more than 50 KiB of headers, which looks like an outage."""

ETAGS_LIMIT = 1024
"""Characters of If-None-Match that are read; an ETag of ours has about forty."""

MAX_ID = 2**63 - 1

WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space by ECMAScript, as browsers, JSON Schema and the SQL functions use it; Python's own set differs."""

IGNORED_QUERY = frozenset({"forceFunctionRegion"})
"""Added by supabase-js to calls of functions in a chosen region."""

LINE_KEYS = ("sequence", "speaker", "text", "timestamp", "correction")

Check = Callable[[str, Any], Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def request_id(request: Request) -> str:
    """The caller's X-Request-Id where it can stand in a log as it is, or a new one."""
    given = request.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def bearer_token(request: Request) -> str:
    """The caller's JWT, as it came. PostgREST verifies it; here only its form is checked."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    well_formed = token.count(".") == 2 and token.isascii() and " " not in token and len(token) <= TOKEN_LIMIT
    if scheme.lower() != "bearer" or not well_formed:
        raise not_authenticated()
    return token


def known_etags(request: Request) -> str | None:
    """If-None-Match as it came; None where it is too long to name one of our ETags."""
    known = request.headers.get("if-none-match")
    return known if known is None or len(known) <= ETAGS_LIMIT else None


async def json_body(request: Request, fields: Mapping[str, Check]) -> dict[str, Any]:
    """The body's known `fields`, each through its check; an empty body is `{}`. 400, 408, 413, 415 or 422 otherwise."""
    raw = await limited_body(request, BODY_LIMIT)
    if not raw:
        return {}
    _require_plain_json(request)
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        utf_16_or_32 = b"\0" in raw[:4] or raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        hint = "Send the body as UTF-8." if utf_16_or_32 else None
        message = f"The body is not JSON (at character {error.pos})."
        raise ApiError(400, "invalid_json", message, hint=hint) from None
    if not isinstance(body, dict):
        raise invalid_field("body", "must be a JSON object")
    return _checked(body, fields, "field")


def _require_plain_json(request: Request) -> None:
    """415 for another media type, a compressed body, or a character set other than UTF-8."""
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^\s";]+)', parameters, re.IGNORECASE)
    hint = None
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        hint = "Send the body without Content-Encoding."
    elif charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        hint = "Send the body as UTF-8."
    elif content_type.strip().lower() == "application/json":
        return
    raise ApiError(415, "unsupported_media_type", "Send the body as application/json.", hint=hint)


def query_values(request: Request, fields: Mapping[str, Check]) -> dict[str, Any]:
    """The query's known `fields`, each through its check; 422 for an unknown or repeated one."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in IGNORED_QUERY:
            continue
        if name in given:
            raise invalid_field(name[:100], "is given more than once")
        given[name] = value
    return _checked(given, fields, "query parameter")


def _checked(given: Mapping[str, Any], fields: Mapping[str, Check], kind: str) -> dict[str, Any]:
    for name in given:
        if name not in fields:
            close = difflib.get_close_matches(name, fields, 1)
            known = f"known are {', '.join(fields)}" if fields else "none is known"
            hint = f"Did you mean {close[0]}?" if close else None
            raise invalid_field(name[:100], f"is not a {kind} here; {known}", hint)
    return {name: fields[name](name, value) for name, value in given.items()}


async def limited_body(request: Request, limit: int) -> bytes:
    """The body of at most `limit` bytes, or 413 or 408.

    A sender reads the refusal only after it has sent the body. So a body that is too large is read to its end, and
    the connection is closed only when the body is far too large or too slow.
    """
    hang_up_limit = HANG_UP_FACTOR * limit
    declared = request.headers.get("content-length", "0")
    size = int(declared) if declared.isdecimal() and int(declared) > hang_up_limit else 0
    body = bytearray()
    hang_up = {"Connection": "close"}
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    body += chunk
                elif size > hang_up_limit:
                    break
    except (TimeoutError, ClientDisconnect):
        raise ApiError(408, "body_timeout", "The body did not arrive in time.", headers=hang_up) from None
    if size > limit:
        message = f"A body may have at most {limit // 1024} KiB."
        headers = hang_up if size > hang_up_limit else None
        raise ApiError(413, "body_too_large", message, hint="Send fewer lines at once.", headers=headers)
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
    """An array of lines. The database checks each line and names its wrong field. NUL is refused here: PostgreSQL would
    refuse the whole value and log the words beside it."""
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


def query_number(most: int) -> Check:
    """A whole number from 1 to `most`, in digits."""

    def check(name: str, value: Any) -> int:
        if not (value.isascii() and value.isdecimal() and len(value) < 20):
            raise invalid_field(name, f"must be a whole number from 1 to {most}")
        number: int = whole_number(1, most)(name, int(value))
        return number

    return check
