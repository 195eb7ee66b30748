"""Grades a transcript with a model, within one deadline over all its calls.

After a fault of the server there is at most one more call, if it fits; after an answer that the transcript does not
support, one more; and one without the optional parameters where the server may have refused them. Where the model
and the heuristic differ widely, two more answers are asked for. All outcomes are attempts; nothing is raised but
cancellation from outside.
"""

import asyncio
import hashlib
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from config import GraderSettings
from grading.attempts import Attempt, accepted, failed
from grading.grade import Grade
from grading.heuristic import grader as heuristic
from grading.model.breaker import Breaker
from grading.model.check import Checked, check
from grading.model.errors import REPAIRED, RETRIED, ErrorClass
from grading.model.fit import Fitted, fit
from grading.model.judgement import Judgement, read_judgement
from grading.model.looks import FURTHER_LOOKS, middle, needs_another_look, with_confidence
from grading.model.prompt import instructions, prompt_hash, repair_request, transcript_data
from grading.model.replies import Reply
from grading.model.server import ModelServer
from grading.rubric import RUBRIC, Rubric
from grading.transcript import Line
from logs import log, log_unexpected

Run = Callable[..., Awaitable[Any]]

RETRY_SECONDS = 0.3
"""Wait before the second call where the server names no time."""
RETRY_SHARE = 0.25
"""A second call must have at least this share of the deadline left after the wait."""


@dataclass(frozen=True)
class _Answer:
    """A grade and what its call cost."""

    grade: Grade
    latency_ms: int
    call: dict[str, Any]


@dataclass
class _Work:
    """One transcript on its way to a grade. `trail` holds the failed attempts, `answers` the grades so far."""

    lines: Sequence[Line]
    user_hash: str
    limit: asyncio.Timeout
    run: Run
    """Calls a function beside the event loop."""
    mark: str = ""
    data: str = ""
    fitted: Fitted = field(default_factory=lambda: Fitted((), 0, 0))
    trail: list[Attempt] = field(default_factory=list)
    answers: list[_Answer] = field(default_factory=list)
    by_heuristic: Grade | None = None


class ModelGrader:
    """One per process: it holds the connections, and what it has learnt about the model being down."""

    def __init__(self, settings: GraderSettings, rubric: Rubric = RUBRIC) -> None:
        self._settings = settings
        self._rubric = rubric
        self._server = ModelServer(settings)
        self._breaker = Breaker()
        self._running: set[asyncio.Timeout] = set()
        self._stop_at: float | None = None
        self._instructions = instructions(rubric, settings.grader_scene)
        self._prompt_hash = prompt_hash(rubric, Judgement.model_json_schema(), settings.grader_scene)
        self._model_names = {settings.openai_model}

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
        self, lines: Sequence[Line], user_id: str, seconds: float | None = None, run: Run = asyncio.to_thread
    ) -> list[Attempt]:
        """The attempts made on these lines, at least one; the last one is accepted if the model gave a grade.

        `seconds` shortens the deadline of the settings. Only a hash of `user_id` leaves the process. `run` calls a
        function beside the event loop: shortening a long transcript takes about a second.
        """
        permit = self._breaker.admit()
        if permit is None:
            return [self._failed("skipped_outage", 0)]
        user_hash = hashlib.sha256(f"training-sessions:{user_id}".encode()).hexdigest()
        limit = asyncio.timeout_at(self._deadline(seconds))
        work = _Work(lines, user_hash, limit, run)
        trail: list[Attempt] = []
        try:
            try:
                async with limit:
                    self._running.add(limit)
                    await self._judge(work)
            except TimeoutError:
                pass
            except Exception as error:
                log_unexpected(error)
                work.trail.append(self._failed("other", 0))
            trail = [*work.trail, *self._conclude(work)]
        finally:
            self._running.discard(limit)
            trail = trail or [self._failed(self._out_of_time(), 0)]
            self._breaker.record(permit, trail[-1]["error_class"])
        return trail

    async def _judge(self, work: _Work) -> None:
        """Fills `work` with an answer, and with further ones where the heuristic differs widely from the first."""
        work.fitted = await work.run(fit, work.lines, self._settings.grader_transcript_tokens, log_unexpected)
        work.mark = secrets.token_hex(8)
        work.data = transcript_data(work.fitted, work.mark)
        # The heuristic works while the model is asked, so its time adds nothing to the session's.
        second_opinion = asyncio.create_task(_second_opinion(work))
        try:
            await self._answer(work, look=0, chances=1)
            if not work.answers:
                return
            work.by_heuristic = await second_opinion
        finally:
            second_opinion.cancel()  # An opinion that has not begun leaves the thread to others.
        if needs_another_look(work.answers[0].grade, work.by_heuristic):
            async with asyncio.TaskGroup() as further:
                for look in range(1, FURTHER_LOOKS + 1):
                    further.create_task(self._answer(work, look, chances=0))

    async def _answer(self, work: _Work, look: int, chances: int) -> None:
        """Adds one answer to `work`, or only failed attempts. `chances`: how often a fault may be retried and how
        often an answer may be repaired."""
        retries = repairs = chances
        ask, plain = work.data, False
        while True:
            reply, latency_ms = await self._call(work, ask, look, plain)
            checked: Checked = await work.run(self._read, reply, work)
            call = {**self._about(reply.model), **_cost(reply)}
            if checked.grade is not None:
                work.answers.append(_Answer(checked.grade, latency_ms, call))
                return
            fault = checked.fault or "other"
            work.trail.append(failed("model", self._rubric.version, fault, latency_ms, **call))
            if fault in REPAIRED and repairs:
                repairs -= 1
                ask = work.data + repair_request(fault, checked.unfounded, checked.false_quotes, work.mark)
            elif fault in RETRIED and retries and (wait := self._wait(reply, work.limit)) is not None:
                retries -= 1
                plain = plain or reply.plainer_may_help
                await asyncio.sleep(wait)
            elif fault == "bad_request" and reply.plainer_may_help and not plain:
                plain = True
            else:
                return

    async def _call(self, work: _Work, ask: str, look: int, plain: bool) -> tuple[Reply, int]:
        """One reply and how long it took; a call that the deadline ends leaves its attempt in the trail."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            reply = await self._server.ask(self._instructions, ask, work.user_hash, look=look, plain=plain)
        except asyncio.CancelledError:
            work.trail.append(self._failed(self._out_of_time(), _milliseconds(loop.time() - started)))
            raise
        return reply, _milliseconds(loop.time() - started)

    def _read(self, reply: Reply, work: _Work) -> Checked:
        if reply.fault is not None:
            return Checked(None, reply.fault)
        try:
            judgement = read_judgement(reply.text)
        except ValidationError:
            return Checked(None, "wrong_shape")
        return check(judgement, work.lines, work.mark, self._rubric)

    def _conclude(self, work: _Work) -> list[Attempt]:
        """The attempts of the answers: the middle one last and accepted, the others as `not_used`."""
        if not work.answers:
            return []
        grades = [answer.grade for answer in work.answers]
        chosen = middle(grades)
        whole = work.fitted.kept == work.fitted.total
        grade = with_confidence(grades, work.by_heuristic, whole=whole)
        rows = [self._row(work, answer, answer.grade) for answer in work.answers]
        beside = [{**row, "outcome": "not_used"} for place, row in enumerate(rows) if place != chosen]
        return [*beside, self._row(work, work.answers[chosen], grade)]

    def _row(self, work: _Work, answer: _Answer, grade: Grade) -> Attempt:
        grade = replace(grade, notes=(*work.fitted.notes, *grade.notes))
        return accepted("model", self._rubric.version, grade, answer.latency_ms, **answer.call)

    def _about(self, answered_by: str | None) -> dict[str, Any]:
        """The fields of an attempt about its model and prompt. A model's name that is new to this process is logged, once."""
        if answered_by is not None and answered_by not in self._model_names:
            self._model_names.add(answered_by)
            log("WARNING", "another model answers", asked=self._settings.openai_model, answered=answered_by)
        return {"model": answered_by or self._settings.openai_model, "prompt_hash": self._prompt_hash}

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

    def _failed(self, fault: ErrorClass, latency_ms: int) -> Attempt:
        return failed("model", self._rubric.version, fault, latency_ms, **self._about(None))


async def _second_opinion(work: _Work) -> Grade | None:
    grade: Grade | None = await work.run(_by_heuristic, work.lines)
    return grade


def _by_heuristic(lines: Sequence[Line]) -> Grade | None:
    """The heuristic's grade to compare with. Its failure costs the comparison, not the model's grade."""
    try:
        return heuristic.grade(
            [{"sequence": each.sequence, "speaker": each.speaker, "text": each.text} for each in lines]
        )
    except Exception as error:
        log_unexpected(error)
        return None


def _cost(reply: Reply) -> dict[str, Any]:
    return {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out, "request_id": reply.request_id}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
