"""The worker's work besides grading: transcripts of the voice provider, erasures there, webhooks out.

The database holds every queue with its leases and waits: see sql/75_voice.sql to sql/78_voice_work.sql. So this module keeps no
state, and a process may be killed at any point.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import aiohttp

from config import GraderSettings
from logs import log, log_unexpected
from voice.provider import NotFound, Trouble
from voice.providers import Account, accounts
from voice.reconciliation import reconcile
from worker.webhooks import Sender

AT_ONCE = 10
"""Items of a kind that one claim takes and works on together."""

MOST_ROUNDS = 20
"""Claims of one run. What is left waits for the next call of the schedule."""

RECONCILE_TRIES = 5
"""For a session that changes while its plan is made. After these the schedule tries again."""

Call = Callable[..., Awaitable[Any]]
"""Calls an SQL function by name with its parameters."""


class Chores:
    """One per process. `call` reaches the database; the HTTP client for providers and webhooks is made by the first run."""

    def __init__(self, call: Call, settings: GraderSettings) -> None:
        self._call = call
        self._settings = settings
        self._client: aiohttp.ClientSession | None = None
        self._sender = Sender(settings.webhook_private_hosts)
        self._running = False
        self._again = False

    async def run(self) -> Counter[str]:
        """Does the waiting work, and counts it. A call during a run returns at once and makes that run look once more."""
        done: Counter[str] = Counter()
        self._again = True
        if self._running:
            return done
        self._running = True
        try:
            while self._again:
                self._again = False
                await self._until_nothing_waits(done)
        except Exception as error:
            done["errors"] += 1
            log_unexpected(error, during="chores")
        finally:
            self._running = False
        if done:
            log("INFO", "chores", **done)
        return done

    async def close(self) -> None:
        """Closes the connections."""
        await self._sender.close()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _until_nothing_waits(self, done: Counter[str]) -> None:
        providers = accounts(self._settings, self._http())
        for _ in range(MOST_ROUNDS):
            work = await self._call("claim_voice_work", providers=list(providers), max_count=AT_ONCE)
            deliveries = await self._call("claim_webhooks", max_count=AT_ONCE)
            tasks = [
                *(self._reconcile(claim, done) for claim in work["reconcile"]),
                *(self._fetch(providers[each["provider"]], each, done) for each in work["poll"]),
                *(self._erase(providers[each["provider"]], each, done) for each in work["erase"]),
                *(self._deliver_in_order(each, done) for each in _by_session(deliveries)),
            ]
            if not tasks:
                return
            await asyncio.gather(*(_safely(task, done) for task in tasks))

    async def _reconcile(self, claim: dict[str, Any], done: Counter[str]) -> None:
        plan = await asyncio.to_thread(reconcile, claim)
        names = ("session_id", "version", "changes")
        saved = await self._call("save_voice_reconciliation", **{name: claim[name] for name in names}, **plan)
        # A session that changed is due again at once; the next round claims it with its new version.
        done["reconciled" if saved["saved"] else "changed"] += 1
        done["recovered_lines"] += len(plan["lines"]) if saved["saved"] else 0

    async def _fetch(self, account: Account, asked: dict[str, Any], done: Counter[str]) -> None:
        try:
            record = await account.fetch(asked["conversation_id"])
        except Trouble as trouble:
            done["not_fetched"] += 1
            await self._call("note_voice_poll", **asked, trouble=str(trouble))
            return
        if record is None:  # it still goes on
            await self._call("note_voice_poll", **asked)
        else:
            await self._call("store_voice_record", record=record.as_json())
            done["fetched"] += 1

    async def _erase(self, account: Account, asked: dict[str, Any], done: Counter[str]) -> None:
        trouble = None
        try:
            await account.erase(asked["conversation_id"])
        except NotFound:
            pass
        except Trouble as error:
            trouble = str(error)
        done["not_erased" if trouble else "erased"] += 1
        await self._call("note_voice_erasure", **asked, trouble=trouble)

    async def _deliver_in_order(self, deliveries: Sequence[dict[str, Any]], done: Counter[str]) -> None:
        for delivery in deliveries:
            await _safely(self._deliver(delivery, done), done)

    async def _deliver(self, delivery: dict[str, Any], done: Counter[str]) -> None:
        outcome = await self._sender.send(delivery)
        done["undelivered" if outcome.trouble else "delivered"] += 1
        await self._call(
            "note_webhook", id=delivery["id"], tries=delivery["tries"], trouble=outcome.trouble, gone=outcome.gone
        )

    def _http(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "training-sessions"}
            )
        return self._client


def _by_session(deliveries: Iterable[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    """One list for each session and endpoint, in the order of the events: an end is told before the grade."""
    found: dict[tuple[str, int | None], list[dict[str, Any]]] = {}
    for delivery in deliveries:  # a test event has no session
        found.setdefault((delivery["url"], delivery["payload"]["data"].get("id")), []).append(delivery)
    return found.values()


async def _safely(task: Awaitable[None], done: Counter[str]) -> None:
    """An error of one item does not stop the others; its lease brings it back."""
    try:
        await task
    except Exception as error:
        done["errors"] += 1
        log_unexpected(error, during="chores")
