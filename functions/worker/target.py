"""The grader's HTTP entry: `POST` with the grader's secret, for the wake-up (with a session's id) and the
schedule (without)."""

import asyncio
import hmac
import signal
import threading
from types import FrameType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from config import GraderSettings
from errors import ApiError, method_not_allowed
from http_request import MAX_ID, json_body, optional, request_id, whole_number
from http_response import error_response, json_response
from logs import log, log_unexpected
from worker.chores import Chores
from worker.drain import Worker
from worker.queue import Queue

WAKE_UP = {"session_id": optional(whole_number(1, MAX_ID))}


class Grader:
    """Answers the grader target's requests. One per process."""

    def __init__(self, settings: GraderSettings) -> None:
        self._secret = settings.grader_secret.encode()
        queue = Queue(settings.rest_url, settings.secret_key)
        self._worker = Worker(queue, settings)
        self._chores = Chores(queue.call, settings)
        self._listens = False

    async def __call__(self, request: Request) -> Response:
        """200 with the counts of what was graded; every error in the one shape, none of them a traceback."""
        self._stop_on_sigterm()
        id_ = request_id(request)
        try:
            response = json_response(200, await self._answer(request, id_))
        except ApiError as error:
            response = error_response(error)
        except Exception as error:
            log_unexpected(error, request_id=id_)
            response = error_response(ApiError(500, "internal", "The grader failed. What was waiting still waits."))
        response.headers["X-Request-Id"] = id_
        return response

    async def _answer(self, request: Request, id_: str) -> dict[str, Any]:
        if request.scope["path"].rstrip("/").endswith("/healthz"):
            if request.method not in ("GET", "HEAD"):
                raise method_not_allowed("GET, HEAD")
            return {"status": "ok"}
        if request.method != "POST":
            raise method_not_allowed("POST")
        self._authenticate(request)
        wake_up = await json_body(request, WAKE_UP)
        chores = asyncio.create_task(self._chores.run())
        counts = (await self._worker.drain(wake_up.get("session_id"))).as_json()
        await chores
        await self._chores.run()  # webhooks of the sessions just graded
        log("INFO", "drain", request_id=id_, **counts)
        return counts

    def _authenticate(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        presented = request.headers.get("x-grader-secret") or (token.strip() if scheme.lower() == "bearer" else "")
        if not self._secret or not hmac.compare_digest(presented.encode(), self._secret):
            raise ApiError(
                401,
                "not_authenticated",
                "This needs the grader's secret, in X-Grader-Secret or as a Bearer token.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _stop_on_sigterm(self) -> None:
        """Lets the worker finish quickly when the process is told to stop; whoever listened before still
        hears it.

        Done on a request, not at import: the server puts its own handlers in place in between.
        """
        if self._listens or threading.current_thread() is not threading.main_thread():
            return
        self._listens = True
        loop = asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGTERM)

        def hear(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._worker.stop)
            if callable(before):
                before(number, frame)

        signal.signal(signal.SIGTERM, hear)
