"""Answers: always JSON, never cached by anything between us and the user, readable by the configured origins."""

from collections.abc import Mapping

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from errors import ApiError, method_not_allowed

REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id, apikey, x-client-info"
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
    """What lets a page of `origin` read the answer; nothing for an origin that is not configured."""
    if not allowed:
        return {}
    if origin is None or not (origin in allowed or "*" in allowed):
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "ETag, Location, Retry-After, X-Request-Id",
    }


def preflight_response(methods: str) -> Response:
    """204 to a browser's OPTIONS; the origin's permission is added by cors_headers."""
    return empty_response(
        204,
        {
            "Allow": methods,
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": "86400",
        },
    )
