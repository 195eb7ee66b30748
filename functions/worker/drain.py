"""Claims waiting sessions, grades them and saves the grades. The heuristic grades where no model is set or the model fails.

The database decides who grades what: a claim is exclusive for the length of its lease, and only the first save of a session's
newest claim counts. So a process keeps nothing that must survive: it may be killed at any point, and two may overlap.
"""

import asyncio
import math
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from config import GraderSettings
from grading.attempts import Attempt, accepted, failed
from grading.heuristic import grader as heuristic
from grading.rubric import RUBRIC
from grading.transcript import has_rep_words, read_transcript
from logs import log, log_unexpected
from worker.queue import Claim, Queue, Saved
from worker.room import Room
from worker.threads import Threads

if TYPE_CHECKING:
    from grading.model.grader import ModelGrader

HEURISTIC_SECONDS = 2.0
"""A session that no model is asked about is usually graded and saved within this time."""
SWEPT_AT_ONCE = 100
MOST_CLAIMS = 100
"""Sessions that a single claim may take, by the database's rule."""
MOST_WAKE_UPS = 1000
"""Wake-ups kept at once. Beyond, a wake-up's session is graded in its turn like every other."""
SAVE_WAITS = (0.3, 1.0)
"""Seconds before each further try to save. Saving twice is harmless: the second changes nothing."""


@dataclass
class Counts:
    """The work of one drain, in sessions. `late` saves came after another grade or an erasure; `more` says that some were
    left waiting."""

    swept: dict[str, int] = field(default_factory=lambda: {"completed": 0, "failed": 0})
    claimed: int = 0
    graded: dict[str, int] = field(default_factory=lambda: {"model": 0, "heuristic": 0})
    unscored: int = 0
    late: int = 0
    errors: int = 0
    more: bool = False

    def as_json(self) -> dict[str, Any]:
        """Ready for an answer."""
        return asdict(self)


class Worker:
    """One per process: its drains share the room and the breaker."""

    def __init__(self, queue: Queue, settings: GraderSettings) -> None:
        self._queue = queue
        self._settings = settings
        self._room = Room(settings.grader_concurrency, settings.grader_transcript_bytes)
        self._threads = Threads()
        self._claiming = asyncio.Lock()
        self._woken: dict[int | None, None] = {}
        self._wake_up_came = asyncio.Event()
        self._background: set[asyncio.Task[None]] = set()
        self._looking = False
        self._stopping = False
        self._model = _model_grader(settings) if settings.asks_model else None

    async def drain(self) -> Counts:
        """Sweeps, grades what waits within the budget of the settings, and says how much that was."""
        counts = Counts()
        ends_at = time.monotonic() + self._settings.grader_budget_seconds
        await self._sweep(counts)
        await self._finish_all(await self._begin_waiting(counts, ends_at))
        return counts

    def wake(self, session_id: int | None) -> bool:
        """Grades in the background: this session first, then what else waits. False when the process is stopping."""
        if self._stopping:
            return False
        if len(self._woken) < MOST_WAKE_UPS:
            self._woken[session_id] = None
        self._wake_up_came.set()
        if not self._looking:
            self._looking = True
            task = asyncio.create_task(self._serve_wake_ups())
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        return True

    def stop(self) -> None:
        """Takes no more sessions, and leaves those in hand a few seconds before the heuristic grades them."""
        self._stopping = True
        if self._model is not None:
            self._model.hurry(self._settings.grader_stop_seconds)

    async def finished(self) -> None:
        """Returns when the background has no session in hand."""
        if self._background:
            await asyncio.wait(self._background)

    async def close(self) -> None:
        """Waits for the background, then closes the model's connections."""
        await self.finished()
        self._threads.close()
        if self._model is not None:
            await self._model.close()

    async def _serve_wake_ups(self) -> None:
        """Grades what waits. A wake-up that comes while this only finishes sessions starts a task of its own."""
        counts = Counts()
        try:
            at_work = await self._begin_waiting(counts, math.inf)
        finally:
            self._looking = False
        await self._finish_all(at_work)
        log("INFO", "wake-ups served", **counts.as_json())

    async def _begin_waiting(self, counts: Counts, ends_at: float) -> set[asyncio.Task[None]]:
        """Claims batch after batch until little is left waiting, and begins to grade. -> the tasks not finished yet"""
        at_work: set[asyncio.Task[None]] = set()
        while await self._turn_to_claim(ends_at):
            try:
                claims, more_may_wait = await self._claim(counts)
            finally:
                self._claiming.release()
            at_work = {task for task in at_work if not task.done()}
            at_work |= {asyncio.create_task(self._finish(claim, ends_at, counts)) for claim in claims}
            if self._woken or (claims and more_may_wait):
                continue
            if not more_may_wait:
                return at_work
            if not at_work:  # Those that wait belong to users whose sessions another drain or process has in hand.
                break
            await self._next_change(at_work)
        counts.more = True
        return at_work

    async def _finish_all(self, at_work: set[asyncio.Task[None]]) -> None:
        if at_work:
            await asyncio.wait(at_work)

    async def _next_change(self, at_work: set[asyncio.Task[None]]) -> None:
        """Returns when one of these sessions is finished, or a wake-up came."""
        wake_up = asyncio.create_task(self._wake_up_came.wait())
        try:
            await asyncio.wait([*at_work, wake_up], return_when=asyncio.FIRST_COMPLETED)
        finally:
            wake_up.cancel()

    async def _sweep(self, counts: Counts) -> None:
        try:
            counts.swept = await self._queue.sweep(SWEPT_AT_ONCE)
        except Exception as error:
            _count(counts, error, during="sweep")

    async def _turn_to_claim(self, ends_at: float) -> bool:
        """True, holding the claiming lock, once there is a place for a session that can be finished in time.

        A process claims one batch at a time: two would count on the same room.
        """
        left = ends_at - time.monotonic() - self._needed_seconds()
        if left <= 0 or self._stopping:
            return False
        try:
            async with asyncio.timeout(None if math.isinf(left) else left):
                await self._claiming.acquire()
                try:
                    await self._room.free()
                except asyncio.CancelledError:
                    self._claiming.release()
                    raise
        except TimeoutError:
            return False
        if self._stopping:
            self._claiming.release()
        return not self._stopping

    async def _claim(self, counts: Counts) -> tuple[list[Claim], bool]:
        """Claims one batch that fits the room. -> the claims, and whether more sessions may wait

        When long transcripts have used up the bytes, only users without a session in hand get one more.
        """
        room = self._room
        places, free_bytes = min(room.free_places, MOST_CLAIMS), room.free_bytes
        per_user = room.most_per_user if free_bytes else 1
        session_id = next(iter(self._woken), None)
        self._woken.pop(session_id, None)
        self._wake_up_came.clear()
        try:
            claims = await self._queue.claim(
                places, self._settings.grader_lease_seconds, session_id, max(1, free_bytes), per_user
            )
        except Exception as error:
            _count(counts, error, during="claim")
            self._woken.clear()  # The schedule finds their sessions.
            return [], False
        for claim in claims:
            room.enter(claim.user_id)
            self._woken.pop(claim.session_id, None)
        counts.claimed += len(claims)
        is_full = len(claims) >= places or sum(claim.bytes for claim in claims) >= free_bytes
        return claims, is_full or room.has_full_user

    async def _finish(self, claim: Claim, ends_at: float, counts: Counts) -> None:
        """Grades and saves one session. An error ends here; the session comes back when its lease runs out."""
        try:
            await self._room.take_bytes(claim.bytes)
            try:
                await self._grade(claim, ends_at, counts)
            finally:
                self._room.give_bytes(claim.bytes)
        except Exception as error:
            _count(counts, error, session_id=claim.session_id)
        finally:
            self._room.leave(claim.user_id)

    async def _grade(self, claim: Claim, ends_at: float, counts: Counts) -> None:
        transcript = await self._queue.transcript(claim)
        if transcript is None:
            counts.late += 1
            return
        attempts = await self._attempts(claim, transcript, ends_at - time.monotonic())
        saved = await self._save(claim, attempts)
        last = attempts[-1]
        if not saved["saved"]:
            counts.late += 1
        elif last["outcome"] == "accepted":
            counts.graded[last["grader"]] += 1
        else:
            counts.unscored += 1
        _tell(claim, attempts, saved)

    async def _attempts(self, claim: Claim, transcript: object, seconds: float) -> list[Attempt]:
        """All attempts on this session. The last one holds the grade, or says why the session has none."""
        attempts: list[Attempt] = []
        if self._model is not None and not claim.heuristic_only:
            attempts = await self._by_model(self._model, claim, transcript, seconds)
        if not attempts or attempts[-1]["outcome"] != "accepted":
            attempts.append(await self._threads.run(claim.bytes, _by_heuristic, transcript))
        return attempts

    async def _by_model(self, model: "ModelGrader", claim: Claim, transcript: object, seconds: float) -> list[Attempt]:
        """The model's attempts; none where there is nothing for it to judge."""
        lines = await self._threads.run(claim.bytes, read_transcript, transcript)
        if not has_rep_words(lines):
            return []
        try:
            return await model.grade(lines, claim.user_id, seconds, partial(self._threads.run, claim.bytes))
        except Exception as error:
            log_unexpected(error, session_id=claim.session_id)
            return [failed("model", RUBRIC.version, "other", 0, model=self._settings.openai_model)]

    async def _save(self, claim: Claim, attempts: list[Attempt]) -> Saved:
        for wait in SAVE_WAITS:
            try:
                return await self._queue.save(claim, attempts)
            except Exception as error:
                log("WARNING", "save failed", session_id=claim.session_id, error=type(error).__name__)
            await asyncio.sleep(wait)
        return await self._queue.save(claim, attempts)

    def _needed_seconds(self) -> float:
        """The time that a session claimed now may need."""
        asks_model = self._model is not None and not self._model.down
        return self._settings.grader_deadline_seconds if asks_model else HEURISTIC_SECONDS


def _model_grader(settings: GraderSettings) -> "ModelGrader":
    """Imported only here: loading the SDK takes a second, and a grader without a key does not need it."""
    from grading.model.grader import ModelGrader

    return ModelGrader(settings)


def _by_heuristic(transcript: object) -> Attempt:
    started = time.monotonic()
    grade = heuristic.grade(transcript, on_error=log_unexpected)
    latency_ms = round((time.monotonic() - started) * 1000)
    if grade is None:
        return failed("heuristic", RUBRIC.version, "no_conversation", latency_ms)
    return accepted("heuristic", RUBRIC.version, grade, latency_ms)


def _count(counts: Counts, error: Exception, **about: object) -> None:
    counts.errors += 1
    log_unexpected(error, **about)


def _tell(claim: Claim, attempts: list[Attempt], saved: Saved) -> None:
    log(
        "INFO",
        "session graded" if saved["saved"] else "grade not saved",
        session_id=claim.session_id,
        grader=attempts[-1]["grader"],
        faults=[attempt["error_class"] for attempt in attempts if attempt["error_class"]],
        reason=saved["reason"],
    )
