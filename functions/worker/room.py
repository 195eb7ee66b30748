"""The room of one grader process: how many sessions, and how many bytes of transcripts, are in hand at once."""

import asyncio
from collections import Counter, deque

SMALL_BYTES = 100 * 1024
"""Bytes of JSON. Half an hour of speech has less. Transcripts up to this size are not counted, because the places limit them."""


class Room:
    """Places and bytes, shared by all drains of a process. Not for threads.

    A claimed session holds a place until it is finished. A long transcript also takes its bytes before it is fetched,
    first come, first served. One larger than the whole budget waits until no other long transcript is in hand.
    """

    def __init__(self, places: int, budget: int) -> None:
        self.places = places
        self.most_per_user = places - max(1, places // 8) if places > 1 else 1
        """The other places are left to users who hold fewer, so that one user never fills the process."""
        self._budget = budget
        self._bytes = 0
        self._in_hand: Counter[str] = Counter()
        self._waiting_for_bytes: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._place_is_free = asyncio.Event()
        self._place_is_free.set()

    @property
    def free_places(self) -> int:
        return self.places - self._in_hand.total()

    @property
    def free_bytes(self) -> int:
        return max(0, self._budget - self._bytes - sum(size for size, _ in self._waiting_for_bytes))

    @property
    def has_full_user(self) -> bool:
        """Whether a user holds as many places as one user may."""
        return any(held >= self.most_per_user for held in self._in_hand.values())

    async def free(self) -> None:
        """Returns when there is a free place."""
        await self._place_is_free.wait()

    def enter(self, user_id: str) -> None:
        """Takes a place for a session of this user."""
        self._in_hand[user_id] += 1
        if self.free_places <= 0:
            self._place_is_free.clear()

    def leave(self, user_id: str) -> None:
        """Gives the place back."""
        self._in_hand[user_id] -= 1
        if not self._in_hand[user_id]:
            del self._in_hand[user_id]
        self._place_is_free.set()

    async def take_bytes(self, size: int) -> None:
        """Returns when a transcript of `size` bytes fits into the budget, and takes the bytes."""
        if size <= SMALL_BYTES:
            return
        if not self._waiting_for_bytes and self._fits(size):
            self._bytes += size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting_for_bytes.append((size, turn))
        await turn

    def give_bytes(self, size: int) -> None:
        """Gives the bytes back."""
        if size <= SMALL_BYTES:
            return
        self._bytes -= size
        while self._waiting_for_bytes and self._fits(self._waiting_for_bytes[0][0]):
            size, turn = self._waiting_for_bytes.popleft()
            if not turn.done():
                self._bytes += size
                turn.set_result(None)

    def _fits(self, size: int) -> bool:
        return not self._bytes or self._bytes + size <= self._budget
