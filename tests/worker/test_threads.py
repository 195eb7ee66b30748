"""Long transcripts have a thread of their own, so they delay no short one and never the event loop."""

import asyncio
import threading

from worker.room import SMALL_BYTES
from worker.threads import Threads


def test_a_short_transcript_is_worked_on_while_long_ones_wait_for_each_other() -> None:
    async def scene() -> None:
        threads, go_on, order = Threads(), threading.Event(), []

        def work(name: str) -> None:
            if name != "short":
                go_on.wait(20)
            order.append(name)

        long = [asyncio.create_task(threads.run(SMALL_BYTES + 1, work, name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        await threads.run(SMALL_BYTES, work, "short")
        assert order == ["short"]
        go_on.set()
        await asyncio.gather(*long)
        assert order == ["short", "first", "second"]
        threads.close()

    asyncio.run(scene())
