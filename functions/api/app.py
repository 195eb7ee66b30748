"""From a request to its handler and back: routes, methods, old ids, errors, CORS, the request id and the log entry."""

import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

import http_request as read
from api import handlers
from api.database import Database
from api.handlers import Call
from config import ApiSettings
from errors import ApiError, method_not_allowed, session_not_found
from http_response import cors_headers, empty_response, error_response, preflight_response
from logs import log, log_unexpected

Handler = Callable[[Call], Awaitable[Response]]

ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "": {"GET": handlers.list_page, "POST": handlers.create},
    "/system": {"GET": handlers.system},
    "/{id}": {"GET": handlers.get, "PATCH": handlers.append, "DELETE": handlers.delete},
    "/{id}/complete": {"POST": handlers.complete},
    "/{id}/voice-token": {"POST": handlers.start_voice},
    "healthz": {"GET": handlers.health},
    "openapi.json": {"GET": handlers.openapi},
}
"""Those with a slash stand below any prefix that ends in /training-sessions. HEAD is answered where GET is."""

_PATH = re.compile(
    r"(?P<base>.*/training-sessions)(?:/(?P<id>[^/]+)(?P<action>/[^/]+)?)?/?|(?:.*/)?(?P<open>healthz|openapi\.json)"
)


class Api:
    """The user-facing function. Call it with a request; it never raises."""

    def __init__(self, settings: ApiSettings, database: Database) -> None:
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
        response.headers.update(cors_headers(request.headers.get("origin"), self._settings.allowed_origins))
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
        match = _PATH.fullmatch(request.scope["path"])
        template = _template(match) if match else None
        methods = ROUTES.get(template) if template is not None else None
        if match is None or template is None or methods is None:
            raise ApiError(404, "not_found", "There is nothing at this path.")
        allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
        if request.method == "OPTIONS":
            return preflight_response(allowed)
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            raise method_not_allowed(allowed)
        token = "" if match["open"] else read.bearer_token(request)
        base = quote(re.sub("^//+", "/", match["base"] or ""))  # "//name/..." in Location would be another host
        if "{id}" in template and not match["id"].isdecimal():
            return await self._redirect(match["id"], token, base, match["action"] or "")
        session_id = _session_id(match["id"]) if "{id}" in template else 0
        return await handler(Call(request, self._settings, self._database, token, session_id, base))

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


def _template(match: re.Match[str]) -> str:
    """The key of ROUTES a path belongs to, if there is one."""
    if match["open"] or f"/{match['id']}" in ROUTES:
        return match["open"] or f"/{match['id']}{match['action'] or ''}"
    return "/{id}" * bool(match["id"]) + (match["action"] or "")


def _session_id(text: str) -> int:
    """An id as it stands in a path. What cannot be one is a session nobody has."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and 0 < int(text) <= read.MAX_ID):
        raise session_not_found()
    return int(text)
