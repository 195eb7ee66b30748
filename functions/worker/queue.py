"""The grading queue in the database: sweep, claim, fetch, save. The only module of the worker that speaks to PostgREST.

It uses postgrest-py, the client that Supabase users know. A call costs about 0.6 ms of CPU, which does not matter beside
a model's seconds. The users' function makes its calls with aiohttp instead: see api/database.py.
"""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx
from postgrest import APIError, AsyncPostgrestClient

from grading.attempts import Attempt

UNANSWERED = (httpx.HTTPError, TimeoutError, APIError)
"""The exceptions of a call without an answer or with a refusal."""

CONNECT_SECONDS = 3
MOST_CONNECTIONS = 10
"""PostgREST's own pool has as many by default, so calls on further connections would wait there. httpx looks at every
open connection at each call, so further connections also cost CPU time."""
SWEEP_SECONDS = 10.0
CLAIM_SECONDS = 10.0
"""Longer than the 8 s after which hosted Supabase cancels a statement."""
FETCH_SECONDS = 20.0
"""A transcript from the old system may have 32 MB."""
SAVE_SECONDS = 10.0
CHORE_SECONDS = 20.0
CLAIM_TRIES = 3
"""Each further try repeats the token of the first, so it gets the claims of a try whose answer was lost."""


@dataclass(frozen=True)
class Claim:
    """A session that this process alone may grade until its lease ends. `bytes` is its transcript's size as JSON."""

    session_id: int
    claim_id: str
    user_id: str
    heuristic_only: bool
    bytes: int

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Claim":
        """From one element of the claim function's answer. KeyError where a field is missing."""
        return cls(row["session_id"], row["claim_id"], row["user_id"], row["heuristic_only"], row["bytes"])


class Saved(TypedDict):
    """Whether a save counted; if it did not, `reason` is `late`, `already_graded` or `session_deleted`."""

    saved: bool
    reason: str | None


class Queue:
    """The queue behind PostgREST at `rest_url`. Its one client is made by the first call.

    Every method raises one of UNANSWERED where the database refuses or does not answer in time. The text of an APIError
    may repeat row data, so only its class may be logged.
    """

    def __init__(self, rest_url: str, secret_key: str) -> None:
        self._rest_url = rest_url
        self._secret_key = secret_key
        self._client: AsyncPostgrestClient | None = None

    async def sweep(self, max_count: int) -> dict[str, int]:
        """Ends at most `max_count` sessions without activity. -> {"completed", "failed"} counts."""
        swept: dict[str, int] = await self._call("sweep_training_sessions", SWEEP_SECONDS, max_count=max_count)
        return swept

    async def claim(
        self, max_count: int, lease_seconds: int, session_id: int | None, max_bytes: int, max_per_user: int
    ) -> list[Claim]:
        """Leases at most `max_count` waiting sessions, `session_id` first if it waits, the rest in fair order.

        Stops once their transcripts reach `max_bytes`, and passes over users with `max_per_user` live leases.
        """
        token = str(uuid.uuid4())
        for left in reversed(range(CLAIM_TRIES)):
            try:
                rows = await self._call(
                    "claim_training_sessions",
                    CLAIM_SECONDS,
                    max_count=max_count,
                    lease_seconds=lease_seconds,
                    session_id=session_id,
                    claim_token=token,
                    max_bytes=max_bytes,
                    max_per_user=max_per_user,
                )
                return [Claim.read(row) for row in rows]
            except UNANSWERED:
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def transcript(self, claim: Claim) -> object | None:
        """The transcript to grade; None where the claim no longer counts, because it was overtaken or erased."""
        fetched = await self._call(
            "get_claimed_training_session", FETCH_SECONDS, session_id=claim.session_id, claim_id=claim.claim_id
        )
        return None if fetched is None else fetched["transcript"]

    async def save(self, claim: Claim, attempts: list[Attempt]) -> Saved:
        """Saves all attempts of a claim. A second save of the same claim changes nothing and says so."""
        saved: Saved = await self._call(
            "save_training_grade",
            SAVE_SECONDS,
            session_id=claim.session_id,
            claim_id=claim.claim_id,
            attempts=attempts,
        )
        return saved

    async def call(self, function: str, **params: Any) -> Any:
        """Calls an SQL function of the worker's other work: see chores.py."""
        return await self._call(function, CHORE_SECONDS, **params)

    async def close(self) -> None:
        """Closes the connections; the next call opens new ones."""
        if self._client is not None:
            await self._client.session.aclose()
            self._client = None

    async def _call(self, function: str, seconds: float, **params: Any) -> Any:
        async with asyncio.timeout(seconds):
            response = await self._open().rpc(function, params).execute()
        return response.data

    def _open(self) -> AsyncPostgrestClient:
        if self._client is None:
            # The framework imports this module before it forks, so the client is not made at import.
            self._client = AsyncPostgrestClient(
                self._rest_url,
                headers={"apikey": self._secret_key},
                # HTTP/1.1, because the library's default is HTTP/2. Each call has its own limit, so httpx needs none.
                http_client=httpx.AsyncClient(
                    http2=False,
                    limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
                    timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
                ),
            )
        return self._client
