"""Answers: always JSON, never cached by anything between us and the user, readable by the configured origins."""

import re
from collections.abc import Mapping

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from errors import ApiError, method_not_allowed

REQUESTED_LIMIT = 4_000
"""Characters of Access-Control-Request-Headers."""

_HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(?: *, *[\w!#$%&'*+.^`|~-]+)*", re.ASCII)

PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """`body` is a JSON value, or bytes that already are JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(content, status, {**PRIVATE, **(headers or {})}, "application/json")


def empty_response(status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(None, status, {**PRIVATE, **(headers or {})})


def error_response(error: ApiError) -> Response:
    return json_response(error.status, error.body(), error.headers)


async def framework_error(request: Request, error: Exception) -> Response:
    """The framework's own 404 and 405 in our shape."""
    if isinstance(error, HTTPException) and error.status_code == 404:
        return error_response(ApiError(404, "not_found", "There is nothing at this path."))
    if isinstance(error, HTTPException) and error.status_code == 405:
        return error_response(method_not_allowed((error.headers or {}).get("Allow", "")))
    return error_response(ApiError(500, "internal", "The request could not be served."))


def cors_headers(origin: str | None, allowed: frozenset[str]) -> dict[str, str]:
    """The headers that let a page of `origin` read the answer; empty for an origin that is not configured."""
    if not allowed:
        return {}
    if origin is None or not (origin in allowed or "*" in allowed):
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "ETag, Location, Retry-After, X-Request-Id",
    }


def preflight_response(methods: str, requested: str | None) -> Response:
    """204 to a browser's OPTIONS. The headers it asks for are allowed by name; cors_headers adds the origin's permission."""
    headers = {"Allow": methods, "Access-Control-Allow-Methods": methods, "Access-Control-Max-Age": "86400"}
    if requested and len(requested) <= REQUESTED_LIMIT and _HEADER_NAMES.fullmatch(requested):
        headers |= {"Access-Control-Allow-Headers": requested, "Vary": "Access-Control-Request-Headers"}
    return empty_response(204, headers)
