"""Runs the heuristic beside the event loop: in two threads, one for long talks and one for all others.

The heuristic takes milliseconds for an ordinary talk and about a second for the longest. With a thread of their own,
long talks delay no short one, and at most two talks are read at a time, however many sessions wait.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from grading.attempts import Attempt, accepted, failed
from grading.heuristic import grader as heuristic
from grading.rubric import RUBRIC
from worker.room import SMALL_BYTES


class HeuristicPool:
    """The two threads. One pool per process."""

    def __init__(self) -> None:
        self._short = ThreadPoolExecutor(1, thread_name_prefix="heuristic-short")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="heuristic-long")

    async def grade(self, transcript: object, size: int) -> Attempt:
        """The heuristic's attempt at a transcript of `size` bytes of JSON."""
        pool = self._long if size > SMALL_BYTES else self._short
        return await asyncio.get_running_loop().run_in_executor(pool, _grade, transcript)

    def close(self) -> None:
        """Ends the threads after what they have begun."""
        self._short.shutdown(wait=False, cancel_futures=True)
        self._long.shutdown(wait=False, cancel_futures=True)


def _grade(transcript: object) -> Attempt:
    started = time.monotonic()
    grade = heuristic.grade(transcript)
    latency_ms = round((time.monotonic() - started) * 1000)
    if grade is None:
        return failed("heuristic", RUBRIC.version, "no_conversation", latency_ms)
    return accepted("heuristic", RUBRIC.version, grade, latency_ms)
