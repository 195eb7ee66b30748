"""Work on transcripts beside the event loop: in two threads, one for long talks and one for all others.

The heuristic takes milliseconds for an ordinary talk and about a second for the longest; so does shortening a talk for the
model. With a thread of their own, long talks delay no short one, and at most two talks are worked on at a time, however
many sessions are in hand.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from worker.room import SMALL_BYTES

_Result = TypeVar("_Result")


class Threads:
    """The two threads. One pair per process."""

    def __init__(self) -> None:
        self._short = ThreadPoolExecutor(1, thread_name_prefix="short-talks")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="long-talks")

    async def run(self, size: int, work: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of `work` on a transcript of `size` bytes of JSON."""
        pool = self._long if size > SMALL_BYTES else self._short
        return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *arguments))

    def close(self) -> None:
        """Ends the threads after what they have begun."""
        self._short.shutdown(wait=False, cancel_futures=True)
        self._long.shutdown(wait=False, cancel_futures=True)
