"""The grader's HTTP entry, a POST. A wake-up is answered at once and graded in the background; the schedule's call waits
and is answered with counts."""

import asyncio
import hmac
import signal
import threading
import time
from collections.abc import Coroutine
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
from worker.signature import is_signed

WAKE_UP = {"session_id": optional(whole_number(1, MAX_ID))}


class Grader:
    """Answers the grader target's requests. One per process."""

    def __init__(self, settings: GraderSettings) -> None:
        self._secret = settings.grader_secret.encode()
        queue = Queue(settings.rest_url, settings.secret_key)
        self._worker = Worker(queue, settings)
        self._chores = Chores(queue.call, settings)
        self._listens = False
        self._finishing: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[object]] = set()
        self._after_grading = False

    async def __call__(self, request: Request) -> Response:
        """202 to a wake-up, 200 with counts to the schedule; every error in the one shape and without a traceback."""
        self._stop_on_sigterm()
        id_ = request_id(request)
        try:
            response = await self._answer(request, id_)
        except ApiError as error:
            response = error_response(error)
        except Exception as error:
            log_unexpected(error, request_id=id_)
            response = error_response(ApiError(500, "internal", "The grader failed. What was waiting still waits."))
        response.headers["X-Request-Id"] = id_
        return response

    async def _answer(self, request: Request, id_: str) -> Response:
        if request.scope["path"].rstrip("/").endswith("/healthz"):
            if request.method not in ("GET", "HEAD"):
                raise method_not_allowed("GET, HEAD")
            return json_response(200, {"status": "ok"})
        if request.method != "POST":
            raise method_not_allowed("POST")
        has_secret = self._has_secret(request)
        signature = request.headers.get("x-grader-signature", "")
        if not has_secret and not signature:
            raise _not_authenticated()
        session_id: int | None = (await json_body(request, WAKE_UP)).get("session_id")
        if has_secret and session_id is None:
            return await self._drain(id_)
        if not has_secret and not is_signed(signature, session_id, self._secret, time.time()):
            raise _not_authenticated()
        return self._wake(session_id)

    async def _drain(self, id_: str) -> Response:
        chores = asyncio.create_task(self._chores.run())
        counts = (await self._worker.drain()).as_json()
        await chores
        await self._chores.run()  # the webhooks of the sessions that were just graded
        log("INFO", "drain", request_id=id_, **counts)
        return json_response(200, counts)

    def _wake(self, session_id: int | None) -> Response:
        if not self._worker.wake(session_id):
            raise ApiError(503, "internal", "The grader is stopping. The schedule grades what waits.")
        self._in_background(self._chores.run())  # returns at once where a run is under way
        if not self._after_grading:
            self._after_grading = True
            self._in_background(self._chores_after_grading())
        return json_response(202, {"status": "accepted"})

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)  # asyncio itself keeps only a weak reference
        task.add_done_callback(self._background.discard)

    async def _chores_after_grading(self) -> None:
        """Sends the webhooks of the sessions that a wake-up got graded."""
        try:
            await self._worker.finished()
        finally:
            self._after_grading = False
        await self._chores.run()

    def _has_secret(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        presented = request.headers.get("x-grader-secret") or (token.strip() if scheme.lower() == "bearer" else "")
        return bool(self._secret) and hmac.compare_digest(presented.encode(), self._secret)

    def _stop_on_sigterm(self) -> None:
        """On SIGTERM, lets the worker finish quickly, and calls the server's own handler once the background is done.

        Done on a request, not at import: the server sets its own handlers in between.
        """
        if self._listens or threading.current_thread() is not threading.main_thread():
            return
        self._listens = True
        loop = asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGTERM)

        async def finish(number: int) -> None:
            self._worker.stop()
            await self._worker.finished()
            if callable(before):
                before(number, None)

        def begin(number: int) -> None:
            self._finishing = loop.create_task(finish(number))

        def on_signal(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(begin, number)

        signal.signal(signal.SIGTERM, on_signal)


def _not_authenticated() -> ApiError:
    return ApiError(
        401,
        "not_authenticated",
        "This needs the grader's secret, in X-Grader-Secret or as a Bearer token, or a wake-up's signature.",
        headers={"WWW-Authenticate": "Bearer"},
    )
