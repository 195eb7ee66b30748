"""The room of a process: places shared by users, and bytes of long transcripts, first come, first served."""

import asyncio

from worker.room import SMALL_BYTES, Room

LONG = SMALL_BYTES + 1


def test_one_user_never_fills_the_process() -> None:
    assert [Room(places, LONG).most_per_user for places in (1, 2, 5, 8, 32)] == [1, 1, 4, 7, 28]
    room = Room(8, LONG)
    for _ in range(7):
        assert not room.has_full_user
        room.enter("heavy")
    assert room.has_full_user
    assert room.free_places == 1
    room.leave("heavy")
    assert not room.has_full_user


def test_a_place_is_waited_for_until_a_session_leaves() -> None:
    async def scene() -> None:
        room = Room(1, LONG)
        await room.free()
        room.enter("someone")
        waiting = asyncio.create_task(room.free())
        await asyncio.sleep(0)
        assert not waiting.done()
        room.leave("someone")
        await waiting

    asyncio.run(scene())


def test_long_transcripts_share_the_budget_in_the_order_they_came_and_small_ones_pass() -> None:
    async def scene() -> None:
        room = Room(8, 3 * LONG)
        await room.take_bytes(2 * LONG)
        assert room.free_bytes == LONG
        order: list[str] = []

        async def take(name: str, size: int) -> None:
            await room.take_bytes(size)
            order.append(name)

        large = asyncio.create_task(take("large", 2 * LONG))
        await asyncio.sleep(0)
        after = asyncio.create_task(take("after", LONG))
        await asyncio.sleep(0)
        assert room.free_bytes == 0, "what waits is counted, so that no more is claimed"
        await room.take_bytes(SMALL_BYTES)
        assert order == []
        room.give_bytes(2 * LONG)
        await asyncio.gather(large, after)
        assert order == ["large", "after"]

    asyncio.run(scene())


def test_a_transcript_larger_than_the_budget_is_graded_alone() -> None:
    async def scene() -> None:
        room = Room(8, LONG)
        await room.take_bytes(LONG)
        huge = asyncio.create_task(room.take_bytes(50 * LONG))
        await asyncio.sleep(0)
        assert not huge.done()
        room.give_bytes(LONG)
        await huge
        room.give_bytes(50 * LONG)
        assert room.free_bytes == LONG

    asyncio.run(scene())
