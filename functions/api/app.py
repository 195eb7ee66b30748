"""From a request to its handler and back: the route, old ids, errors, CORS, the request id and the log entry."""

import re
import time
import uuid
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

import http_request as read
from api.database import DataApi
from api.handlers import Call
from api.routes import find_route
from config import ApiSettings
from errors import ApiError, method_not_allowed, session_not_found
from http_response import cors_headers, empty_response, error_response, preflight_response
from logs import log, log_unexpected


class Api:
    """The users' function. Call it with a request; it never raises."""

    def __init__(self, settings: ApiSettings, database: DataApi) -> None:
        self._settings = settings
        self._database = database

    async def __call__(self, request: Request) -> Response:
        started = time.perf_counter()
        request_id = read.request_id(request)
        code = None
        try:
            response = await self._answer(request)
        except ApiError as error:
            code = error.code
            response = error_response(error)
        except Exception as error:
            log_unexpected(error, request_id=request_id)
            code = "internal"
            response = error_response(ApiError(500, code, "Something went wrong here. Nothing was stored."))
        response.headers["X-Request-Id"] = request_id
        for name, value in cors_headers(request.headers.get("origin"), self._settings.allowed_origins).items():
            response.headers[name] = f"{response.headers[name]}, {value}" if name in response.headers else value
        log(
            "ERROR" if response.status_code >= 500 else "INFO",
            "request",
            request_id=request_id,
            method=request.method,
            path=request.scope["path"][:200],
            status=response.status_code,
            code=code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return response

    async def _answer(self, request: Request) -> Response:
        found = find_route(request.scope["path"], request.method)
        if not found.methods:
            raise ApiError(404, "not_found", "There is nothing at this path.")
        if request.method == "OPTIONS":
            return preflight_response(found.methods, request.headers.get("access-control-request-headers"))
        endpoint = found.endpoint
        if endpoint is None:
            raise method_not_allowed(found.methods)
        token = read.bearer_token(request) if endpoint.needs_token else ""
        query = read.query_values(request, endpoint.query)
        base = quote(re.sub("^//+", "/", found.base))  # "//name/..." in Location would be another host
        id_ = found.params.get("id")
        if id_ is not None and not id_.isdecimal():
            return await self._redirect(id_, token, base, found.action)
        session_id = 0 if id_ is None else _session_id(id_)
        return await endpoint.handler(Call(request, self._settings, self._database, token, session_id, base, query))

    async def _redirect(self, old_id: str, token: str, base: str, action: str) -> Response:
        """308 from a UUID of the old system to its owner's session."""
        try:
            old_id = str(uuid.UUID(old_id))
        except ValueError:
            raise session_not_found() from None
        answer = await self._database.call("resolve_legacy_sessions", {"legacy_ids": [old_id]}, token)
        session_id = orjson.loads(answer.body).get(old_id)
        if session_id is None:
            raise session_not_found()
        return empty_response(308, {"Location": f"{base}/{session_id}{action}"})


def _session_id(text: str) -> int:
    """Parses the id of a path; anything else is `session_not_found`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and 0 < int(text) <= read.MAX_ID):
        raise session_not_found()
    return int(text)
