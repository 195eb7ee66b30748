"""The grading queue in the database: sweep, claim, save. The only module of the worker that speaks to PostgREST.

It uses postgrest-py, the client that Supabase users know. A call costs about 0.6 ms of CPU, which does not matter beside
a model's seconds. The users' function makes its calls with aiohttp instead: see api/database.py.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

import httpx
from postgrest import AsyncPostgrestClient

from grading.attempts import Attempt

TIMEOUT = httpx.Timeout(10, connect=3)
"""Seconds. Longer than the 8 s after which hosted Supabase cancels a statement."""


@dataclass(frozen=True)
class Claim:
    """A session that this process alone may grade until its lease ends."""

    session_id: int
    claim_id: str
    user_id: str
    transcript: object
    heuristic_only: bool

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Claim":
        """From one element of the claim function's answer. KeyError where a field is missing."""
        return cls(row["session_id"], row["claim_id"], row["user_id"], row["transcript"], row["heuristic_only"])


class Saved(TypedDict):
    """Whether a save counted; if it did not, `reason` is `late`, `already_graded` or `session_deleted`."""

    saved: bool
    reason: str | None


class Queue:
    """The queue behind PostgREST at `rest_url`. Its one client is made by the first call.

    Every method raises postgrest.APIError where the database refuses and httpx.HTTPError where it is out of reach.
    The text of an APIError may repeat row data, so only its class may be logged.
    """

    def __init__(self, rest_url: str, secret_key: str) -> None:
        self._rest_url = rest_url
        self._secret_key = secret_key
        self._client: AsyncPostgrestClient | None = None

    async def sweep(self, max_count: int) -> dict[str, int]:
        """Ends at most `max_count` sessions without activity. -> {"completed", "failed"} counts."""
        swept: dict[str, int] = await self._call("sweep_training_sessions", max_count=max_count)
        return swept

    async def claim(self, max_count: int, lease_seconds: int, session_id: int | None) -> list[Claim]:
        """Leases at most `max_count` waiting sessions, `session_id` first if it waits."""
        rows = await self._call(
            "claim_training_sessions", max_count=max_count, lease_seconds=lease_seconds, session_id=session_id
        )
        return [Claim.read(row) for row in rows]

    async def save(self, claim: Claim, attempts: list[Attempt]) -> Saved:
        """Saves all attempts of a claim. A second save of the same claim changes nothing and says so."""
        saved: Saved = await self._call(
            "save_training_grade", session_id=claim.session_id, claim_id=claim.claim_id, attempts=attempts
        )
        return saved

    async def call(self, function: str, **params: Any) -> Any:
        """Calls an SQL function of the worker's other work: see chores.py."""
        return await self._call(function, **params)

    async def close(self) -> None:
        """Closes the connections; the next call opens new ones."""
        if self._client is not None:
            await self._client.session.aclose()
            self._client = None

    async def _call(self, function: str, **params: Any) -> Any:
        response = await self._open().rpc(function, params).execute()
        return response.data

    def _open(self) -> AsyncPostgrestClient:
        if self._client is None:
            # The framework imports this module before it forks, so the client is not made at import.
            self._client = AsyncPostgrestClient(
                self._rest_url,
                headers={"apikey": self._secret_key},
                # HTTP/1.1 and an explicit time-out: the library's own defaults are HTTP/2 and 120 s.
                http_client=httpx.AsyncClient(http2=False, timeout=TIMEOUT),
            )
        return self._client
