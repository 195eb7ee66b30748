"""Grades a talk with a model, within one deadline over all its calls.

At most one more call after a fault of the server, if it fits, and one after an answer that rests on invented
words. Whatever happens comes back as attempts; nothing is raised but cancellation from outside.
"""

import asyncio
import hashlib
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from config import GraderSettings
from grading.attempts import Attempt, accepted, failed
from grading.grade import Grade
from grading.model.breaker import Breaker
from grading.model.check import Checked, check
from grading.model.errors import RETRIED, ErrorClass
from grading.model.fit import Fitted, fit
from grading.model.judgement import Judgement, read_judgement
from grading.model.prompt import instructions, prompt_hash, repair_request, talk_data
from grading.model.server import ModelServer, Reply
from grading.rubric import RUBRIC, Rubric
from grading.transcript import Line
from logs import log_unexpected

Run = Callable[..., Awaitable[Any]]

RETRY_SECONDS = 0.3
"""Wait before the second call where the server names no time."""
RETRY_SHARE = 0.25
"""A second call must have at least this share of the deadline left after the wait."""


@dataclass(frozen=True)
class _Read:
    """What a reply is worth: a checked judgement, or why there is none."""

    checked: Checked
    fault: ErrorClass | None


class ModelGrader:
    """One per process: it holds the connections, and what it has learnt about the model being down."""

    def __init__(self, settings: GraderSettings, rubric: Rubric = RUBRIC) -> None:
        self._settings = settings
        self._rubric = rubric
        self._server = ModelServer(settings)
        self._breaker = Breaker()
        self._running: set[asyncio.Timeout] = set()
        self._stop_at: float | None = None
        self._instructions = instructions(rubric)
        self._about = {
            "model": settings.openai_model,
            "prompt_hash": prompt_hash(rubric, Judgement.model_json_schema()),
        }

    @property
    def down(self) -> bool:
        """Whether the model counts as down, so that most sessions will not wait for it."""
        return self._breaker.open

    def hurry(self, seconds: float) -> None:
        """Leaves all calls, those in flight too, no more than these seconds."""
        self._stop_at = asyncio.get_running_loop().time() + seconds
        for limit in self._running:
            limit.reschedule(min(self._stop_at, limit.when() or self._stop_at))

    async def close(self) -> None:
        """Closes the connections."""
        await self._server.close()

    async def grade(
        self,
        talk: Sequence[Line],
        user_id: str,
        seconds: float | None = None,
        run: Run = asyncio.to_thread,
    ) -> list[Attempt]:
        """The attempts made on this talk, at least one; the last one is accepted if the model gave a grade.

        `seconds` shortens the deadline of the settings. Only a hash of `user_id` leaves the process. `run` calls a
        function beside the event loop: shortening a long talk takes about a second.
        """
        permit = self._breaker.admit()
        if permit is None:
            return [self._failed("skipped_outage", 0)]
        trail: list[Attempt] = []
        try:
            async with asyncio.timeout_at(self._deadline(seconds)) as limit:
                self._running.add(limit)
                try:
                    await self._judge(trail, talk, user_id, limit, run)
                finally:
                    self._running.discard(limit)
        except TimeoutError:
            pass
        except Exception as error:
            log_unexpected(error)
            trail.append(self._failed("other", 0))
        finally:
            trail = trail or [self._failed(self._out_of_time(), 0)]
            self._breaker.record(permit, trail[-1]["error_class"])
        return trail

    async def _judge(
        self,
        trail: list[Attempt],
        talk: Sequence[Line],
        user_id: str,
        limit: asyncio.Timeout,
        run: Run,
    ) -> None:
        fitted = await run(fit, talk, self._settings.grader_transcript_tokens)
        mark = secrets.token_hex(8)
        data = ask = talk_data(fitted, mark)
        user_hash = hashlib.sha256(f"training-sessions:{user_id}".encode()).hexdigest()
        retries = repairs = 1
        while True:
            reply, latency_ms = await self._call(trail, ask, user_hash)
            read = await run(self._read, reply, talk, mark)
            if read.checked.grade is not None:
                trail.append(self._accepted(read.checked.grade, fitted, reply, latency_ms))
                return
            fault = read.fault or "other"
            trail.append(self._failed(fault, latency_ms, reply))
            if fault == "invented_quotes" and repairs:
                repairs -= 1
                ask = data + repair_request(read.checked.false_quotes, mark)
            elif fault in RETRIED and retries and (wait := self._wait(reply, limit)) is not None:
                retries -= 1
                await asyncio.sleep(wait)
            else:
                return

    async def _call(self, trail: list[Attempt], ask: str, user_hash: str) -> tuple[Reply, int]:
        """One reply and how long it took; a call that the deadline ends leaves its attempt in the trail."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            reply = await self._server.ask(self._instructions, ask, user_hash)
        except asyncio.CancelledError:
            trail.append(self._failed(self._out_of_time(), _milliseconds(loop.time() - started)))
            raise
        return reply, _milliseconds(loop.time() - started)

    def _read(self, reply: Reply, talk: Sequence[Line], mark: str) -> _Read:
        nothing = Checked(None, ())
        if reply.fault is not None:
            return _Read(nothing, reply.fault)
        try:
            judgement = read_judgement(reply.text)
        except ValidationError:
            return _Read(nothing, "wrong_shape")
        checked = check(judgement, talk, mark, self._rubric)
        return _Read(checked, None if checked.grade else "invented_quotes")

    def _wait(self, reply: Reply, limit: asyncio.Timeout) -> float | None:
        """Seconds to wait before one more call, or None where that no longer fits."""
        wait = RETRY_SECONDS if reply.retry_after is None else reply.retry_after
        wait += random.uniform(0, RETRY_SECONDS)  # noqa: S311 - spreads calls that were turned away together
        left = (limit.when() or 0.0) - asyncio.get_running_loop().time()
        return wait if left - wait >= RETRY_SHARE * self._settings.grader_deadline_seconds else None

    def _deadline(self, seconds: float | None) -> float:
        most = self._settings.grader_deadline_seconds
        deadline = asyncio.get_running_loop().time() + (most if seconds is None else min(most, seconds))
        return deadline if self._stop_at is None else min(deadline, self._stop_at)

    def _out_of_time(self) -> ErrorClass:
        return "timeout" if self._stop_at is None else "stopped"

    def _accepted(self, grade: Grade, fitted: Fitted, reply: Reply, latency_ms: int) -> Attempt:
        grade = replace(grade, notes=(*fitted.notes, *grade.notes))
        return accepted("model", self._rubric.version, grade, latency_ms, **self._about, **_cost(reply))

    def _failed(self, fault: ErrorClass, latency_ms: int, reply: Reply | None = None) -> Attempt:
        return failed("model", self._rubric.version, fault, latency_ms, **self._about, **_cost(reply or Reply()))


def _cost(reply: Reply) -> dict[str, Any]:
    return {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out, "request_id": reply.request_id}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
