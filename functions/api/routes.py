"""The routes of the users' function, matched by Starlette."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.routing import Match, Route

import http_request as read
from api import audio, docs, handlers, hooks
from api.handlers import Call

Handler = Callable[[Call], Awaitable[Response]]

SESSIONS = "/training-sessions"


class Endpoint(Route):
    """A Starlette route for one method, with the query parameters that it knows."""

    def __init__(
        self,
        method: str,
        path: str,
        handler: Handler,
        query: Mapping[str, read.Check] | None = None,
        *,
        needs_token: bool = True,
    ) -> None:
        super().__init__(path, handler, methods=[method])
        self.handler = handler
        self.query = query or {}
        self.needs_token = needs_token


def _open(path: str, handler: Handler, method: str = "GET") -> list[Endpoint]:
    """An endpoint that needs no token, at the root and below any prefix."""
    return [Endpoint(method, prefix + path, handler, needs_token=False) for prefix in ("", "/{prefix:path}")]


SESSION_ENDPOINTS = [
    Endpoint("GET", "/", handlers.list_page, handlers.PAGE),
    Endpoint("POST", "/", handlers.create),
    Endpoint("GET", "/system", handlers.system),
    Endpoint("GET", "/progress", handlers.progress, handlers.CALENDAR),
    Endpoint("GET", "/{id}", handlers.get),
    Endpoint("PATCH", "/{id}", handlers.append),
    Endpoint("DELETE", "/{id}", handlers.delete),
    Endpoint("POST", "/{id}/complete", handlers.complete),
    Endpoint("POST", "/{id}/voice-token", handlers.start_voice),
    Endpoint("POST", "/{id}/homeowner-turn", handlers.take_homeowner_turn),
    Endpoint("GET", "/{id}/audio", audio.recording),
]
"""Below any prefix that ends in /training-sessions. Starlette answers HEAD where GET is."""

OPEN_ENDPOINTS = [
    *_open("/healthz", handlers.health),
    *_open("/openapi.json", docs.openapi),
    *_open("/docs", docs.page),
    *_open("/docs/{file}", docs.asset),
    *_open("/hooks/elevenlabs", hooks.elevenlabs_event, "POST"),
]


@dataclass(frozen=True, slots=True)
class Found:
    """The endpoint of a path and a method. Without an endpoint: the path knows only `methods`. Without methods: 404."""

    endpoint: Endpoint | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    methods: str = ""
    """For the header Allow."""
    base: str = ""
    """The path up to and with /training-sessions."""
    action: str = ""
    """The part of the path after the session's id, such as /complete."""


def find_route(path: str, method: str) -> Found:
    """The endpoint for a path below any prefix. A slash at the end of the path changes nothing."""
    prefix, sessions, rest = path.rpartition(SESSIONS)
    if sessions and rest[:1] in ("", "/"):
        found = _match(SESSION_ENDPOINTS, rest.rstrip("/") or "/", method)
        if found.methods:
            id_ = found.params.get("id", "")
            action = rest.rstrip("/").removeprefix(f"/{id_}") if id_ else ""
            return Found(found.endpoint, found.params, found.methods, prefix + sessions, action)
    return _match(OPEN_ENDPOINTS, path.rstrip("/") or "/", method)


def _match(endpoints: list[Endpoint], path: str, method: str) -> Found:
    scope = {"type": "http", "path": path, "method": method}
    chosen: Endpoint | None = None
    template, params, methods = "", {}, []
    for endpoint in endpoints:
        match, child = endpoint.matches(scope)
        if match is Match.NONE or (template and endpoint.path != template):
            continue  # only the first path that fits counts: /system is not an id
        template, params = endpoint.path, child["path_params"]
        methods += sorted(endpoint.methods or (), key=lambda name: name == "HEAD")
        if match is Match.FULL:
            chosen = endpoint
    if not methods:
        return Found()
    allowed = [*(name for name in methods if name != "HEAD"), *(["HEAD"] if "HEAD" in methods else []), "OPTIONS"]
    return Found(chosen, params, ", ".join(allowed))
