"""Work on transcripts beside the event loop: in two threads, one for long transcripts and one for all others.

The heuristic takes milliseconds for an ordinary transcript and about a second for the longest. So does shortening a transcript
for the model. Long transcripts have their own thread, so they do not delay short ones. At most two are worked on at a time.
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
        self._short = ThreadPoolExecutor(1, thread_name_prefix="short-transcripts")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="long-transcripts")

    async def run(self, size: int, work: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of `work` on a transcript of `size` bytes of JSON."""
        pool = self._long if size > SMALL_BYTES else self._short
        return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *arguments))

    def close(self) -> None:
        """Ends the threads after what they have begun."""
        self._short.shutdown(wait=False, cancel_futures=True)
        self._long.shutdown(wait=False, cancel_futures=True)
