"""A user's requests, over HTTP or the SDK's RPC path, retried as a client does until an answer comes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import aiohttp

from prove.chaos.ledger import Ledger

ATTEMPT_SECONDS = 6.0
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
TRY_AGAIN = {408, 429, 502, 503, 504}
SESSION = "/api/training-sessions/{id}"
ROUTES: dict[str, tuple[str, str, str]] = {
    "create": ("POST", "/api/training-sessions", "create_training_session"),
    "append": ("PATCH", SESSION, "append_transcript"),
    "complete": ("POST", SESSION + "/complete", "complete_training_session"),
    "get": ("GET", SESSION, "get_training_session"),
    "list": ("GET", "/api/training-sessions", "list_training_sessions"),
    "delete": ("DELETE", SESSION, "delete_training_session"),
    "bind": ("", "", "bind_training_conversation"),
}


Request = tuple[str, str, dict[str, str], Any]
"""Method, path, headers, body."""


class GaveUp(Exception):
    """The run is over and no answer has come."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    retry_after: str = ""

    @property
    def connection_broke(self) -> bool:
        """Whether this is PostgREST's answer when its connection to the database breaks. The functions must not give it."""
        return self.status in (400, 500) and isinstance(self.body, dict) and self.body.get("code") == ""


class Caller:
    """One user at one address. `give_up_at` (monotonic) is set when the run is over. `final`: statuses that the user takes
    for an answer, though a client tries again."""

    def __init__(
        self,
        url: str,
        token: str,
        key: str,
        http: aiohttp.ClientSession,
        ledger: Ledger,
        seed: str,
        final: Collection[int] = (),
    ) -> None:
        self._try_again = TRY_AGAIN.difference(final)
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "apikey": key}
        self._http = http
        self._ledger = ledger
        self._chance = random.Random(seed)  # noqa: S311 - replayable on purpose
        self.give_up_at: float | None = None

    async def call(self, what: str, session_id: int | None = None, **fields: Any) -> Answer:
        """The answer of `what`, by either path. Raises GaveUp."""
        path, request = self._request(what, session_id, fields)
        pause = FIRST_PAUSE
        while True:
            answer = await self._settled(path, request)
            if answer is not None:
                return answer
            if self.give_up_at is not None and time.monotonic() > self.give_up_at:
                raise GaveUp
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1))
            pause = min(LONGEST_PAUSE, pause * 2)

    async def call_once(self, what: str, session_id: int | None = None, **fields: Any) -> Answer | None:
        """One try. None where it may or may not have been carried out."""
        return await self._settled(*self._request(what, session_id, fields))

    def _request(self, what: str, session_id: int | None, fields: dict[str, Any]) -> tuple[str, Request]:
        if ROUTES[what][0] and self._chance.random() < 0.5:
            return "http", self._over_http(what, session_id, fields)
        return "rpc", self._over_rpc(what, session_id, fields)

    async def _settled(self, path: str, request: Request) -> Answer | None:
        """The answer of one try, unless it asks for another."""
        answer = await self._attempt(request)
        self._ledger.answers[f"{path} {answer.status if answer else 'no answer'}"] += 1
        if answer is None or answer.status in self._try_again or (path == "rpc" and answer.connection_broke):
            return None
        return answer

    async def _attempt(self, request: Request) -> Answer | None:
        method, path, headers, body = request
        try:
            async with self._http.request(
                method,
                self._url + path,
                json=body,
                headers={**self._headers, **headers},
                timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS),
            ) as response:
                content = await response.read()
                body = await response.json(content_type=None) if content else None
                return Answer(response.status, body, response.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    def _over_http(self, what: str, session_id: int | None, fields: dict[str, Any]) -> Request:
        method, path, _ = ROUTES[what]
        headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
        if "lines" in fields:
            fields["transcript_lines"] = fields.pop("lines")
        return method, path.format(id=session_id), headers, fields if method in ("POST", "PATCH") else None

    def _over_rpc(self, what: str, session_id: int | None, fields: dict[str, Any]) -> Request:
        if "key" in fields:
            fields["idempotency_key"] = fields.pop("key")
        if session_id is not None:
            fields["session_id"] = session_id
        return "POST", f"/rest/v1/rpc/{ROUTES[what][2]}", {}, fields
