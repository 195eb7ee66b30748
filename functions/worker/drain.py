"""Takes waiting sessions, grades them and saves: by the model where there is one, by the heuristic whenever
it fails.

The database decides who grades what: a claim is exclusive for the length of its lease, and only its holder's
first save counts. So nothing here has to be remembered; a process may be killed at any point, and two may
overlap.
"""

import asyncio
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from config import GraderSettings
from grading.attempts import Attempt, accepted, failed
from grading.heuristic import grader as heuristic
from grading.rubric import RUBRIC
from grading.transcript import has_rep_words, read_transcript
from logs import log, log_unexpected
from worker.queue import Claim, Queue, Saved

if TYPE_CHECKING:
    from grading.model.grader import ModelGrader

HEURISTIC_SECONDS = 2.0
"""A session that no model is asked about is graded and saved within this time."""
SWEPT_AT_ONCE = 100
MOST_CLAIMS = 100
"""Sessions a single claim may take, by the database's rule."""
SAVE_WAITS = (0.3, 1.0)
"""Seconds before each further try to save. Saving twice is harmless: the second changes nothing."""


@dataclass
class Counts:
    """What one drain did, in sessions. `late` saves came after another grade; `more` says that some were left
    waiting."""

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
    """One per process: its drains share the places at the model and what is known about the model being
    down."""

    def __init__(self, queue: Queue, settings: GraderSettings) -> None:
        self._queue = queue
        self._settings = settings
        self._places = asyncio.Semaphore(settings.grader_concurrency)
        self._stopping = False
        self._model = _model_grader(settings) if settings.asks_model else None

    async def drain(self, session_id: int | None = None) -> Counts:
        """Grades what waits, within the budget of the settings, and says how much that was.

        With a session's id: that session, or if it no longer waits the one that has waited longest, and no
        more.
        """
        counts = Counts()
        ends_at = time.monotonic() + self._settings.grader_budget_seconds
        if session_id is None:
            await self._sweep(counts)
        at_work: set[asyncio.Task[None]] = set()
        while not self._stopping:
            left = ends_at - time.monotonic() - self._needed_seconds()
            places = await self._take_places(1 if session_id is not None else MOST_CLAIMS, left)
            if not places:
                counts.more = True
                break
            if self._stopping:
                self._give_back(places)
                break
            claims = await self._claim(places, session_id, counts)
            self._give_back(places - len(claims))
            at_work |= {asyncio.create_task(self._finish(claim, ends_at, counts)) for claim in claims}
            if not claims or session_id is not None:
                break
            if len(claims) < places:
                # Little is waiting, or talks so long that a claim has no room for more. They fill the memory, too:
                # these are finished before others are taken.
                await asyncio.wait(at_work)
        counts.more |= self._stopping
        if at_work:
            await asyncio.wait(at_work)
        return counts

    def stop(self) -> None:
        """Takes no more sessions, and leaves those in hand a few seconds before the heuristic grades them."""
        self._stopping = True
        if self._model is not None:
            self._model.hurry(self._settings.grader_stop_seconds)

    async def close(self) -> None:
        """Closes the model's connections."""
        if self._model is not None:
            await self._model.close()

    async def _sweep(self, counts: Counts) -> None:
        try:
            counts.swept = await self._queue.sweep(SWEPT_AT_ONCE)
        except Exception as error:
            _count(counts, error, during="sweep")

    async def _take_places(self, most: int, seconds: float) -> int:
        """Places at work, at least one as soon as one is free; 0 if none is in time."""
        if seconds <= 0:
            return 0
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError:
            return 0
        taken = 1
        while taken < most and not self._places.locked():
            await self._places.acquire()
            taken += 1
        return taken

    def _give_back(self, places: int) -> None:
        for _ in range(places):
            self._places.release()

    async def _claim(self, count: int, session_id: int | None, counts: Counts) -> list[Claim]:
        try:
            claims = await self._queue.claim(count, self._settings.grader_lease_seconds, session_id)
        except Exception as error:
            _count(counts, error, during="claim")
            return []
        counts.claimed += len(claims)
        return claims

    async def _finish(self, claim: Claim, ends_at: float, counts: Counts) -> None:
        """Grades and saves one session. Whatever goes wrong stays here; the lease brings the session back."""
        try:
            attempts = await self._attempts(claim, ends_at - time.monotonic())
            saved = await self._save(claim, attempts)
            last = attempts[-1]
            if not saved["saved"]:
                counts.late += 1
            elif last["outcome"] == "accepted":
                counts.graded[last["grader"]] += 1
            else:
                counts.unscored += 1
            _tell(claim, attempts, saved)
        except Exception as error:
            _count(counts, error, session_id=claim.session_id)
        finally:
            self._places.release()

    async def _attempts(self, claim: Claim, seconds: float) -> list[Attempt]:
        """Everything that was tried on this session; the last attempt holds its grade, or says that there is
        none."""
        attempts: list[Attempt] = []
        if self._model is not None and not claim.heuristic_only:
            attempts = await self._by_model(self._model, claim, seconds)
        if not attempts or attempts[-1]["outcome"] != "accepted":
            attempts.append(await asyncio.to_thread(_by_heuristic, claim.transcript))
        return attempts

    async def _by_model(self, model: "ModelGrader", claim: Claim, seconds: float) -> list[Attempt]:
        """The model's attempts; none where there is nothing for it to judge."""
        talk = await asyncio.to_thread(read_transcript, claim.transcript)
        if not has_rep_words(talk):
            return []
        try:
            return await model.grade(talk, claim.user_id, seconds)
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

    def _asks_model(self) -> bool:
        return self._model is not None and not self._model.down

    def _needed_seconds(self) -> float:
        """What a session taken now may take."""
        return self._settings.grader_deadline_seconds if self._asks_model() else HEURISTIC_SECONDS


def _model_grader(settings: GraderSettings) -> "ModelGrader":
    """Imported only here: without a key nobody pays for loading the SDK, which takes a second."""
    from grading.model.grader import ModelGrader

    return ModelGrader(settings)


def _by_heuristic(transcript: object) -> Attempt:
    started = time.monotonic()
    grade = heuristic.grade(transcript)
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
