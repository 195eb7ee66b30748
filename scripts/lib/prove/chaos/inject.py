"""Carries out the planned faults on a running stack."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from prove.chaos.faults import Fault
from prove.chaos.line import Relay
from prove.chaos.outages import Outage
from prove.chaos.power import cut_power, take_snapshot
from prove.tree import processes
from run.local.http_client import Unreachable, request
from run.local.postgres import Postgres
from run.local.process import Process, ProcessFailed
from run.local.temporary import restart

STATEMENTS = {
    "end backends": "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'",
    "expire leases": "update training.grading_claims set lease_until = now()",
    "crash backend": "select pid from pg_stat_activity where usename = 'authenticator' limit 1",
    "regrade": """
        with chosen as (
          select id from public.training_sessions
           where graded_at is not null and jsonb_array_length(transcript) > 0 order by random() limit 3
        ), noted as (
          insert into chaos.regraded select id from chosen returning session_id
        )
        select training.regrade((select array_agg(session_id) from noted), null, null, false) from noted limit 1
    """,
    # As if a day had passed, less 70 s: a client that still retries the end of a session finds its words.
    "retention": """
        do $$
        declare
          v_before bigint[] := array(select id from public.training_sessions where has_words);
        begin
          insert into training.settings (name, value) values ('transcripts_kept_days', '1')
          on conflict (name) do update set value = excluded.value;
          perform set_config('training.now', (clock_timestamp() + interval '1 day' - interval '70 seconds')::text, true);
          perform training.forget_transcripts(5);
          insert into chaos.forgotten
          select id from public.training_sessions where id = any (v_before) and not has_words;
        end $$
    """,
}


class Injector:
    """`parts` by name, `lines` by who speaks over them, the addresses of the stand-ins by the fault that they act.
    `done` counts the faults by kind."""

    def __init__(
        self,
        parts: Mapping[str, Process],
        lines: Mapping[str, Relay],
        standins: Mapping[str, str],
        database_url: str,
        folder: Path,
        seed: int,
    ) -> None:
        self._parts = parts
        self._lines = lines
        self._standins = standins
        self._database_url = database_url
        self._locks = {name: asyncio.Lock() for name in parts}
        self._folder = folder
        self._chance = random.Random(seed)  # noqa: S311 - replayable on purpose
        self.cuts_in_effect = 0
        """Power cuts that took something from the disk; the others were plain kills."""
        self.lost_pages = 0
        self.lost_log_bytes = 0
        self.done: Counter[str] = Counter()
        self.outages: list[Outage] = []
        self.died: list[str] = []
        """Parts that died without a fault of this run."""

    async def carry_out(self, faults: list[Fault]) -> None:
        """Each at its time; returns when the last is over."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, fault.at - (time.monotonic() - started)))
                group.create_task(self._one(fault))

    async def heal(self) -> None:
        """Everything runs and answers again."""
        for standin in self._standins:
            await self._script(standin, "well")
        for name, part in self._parts.items():
            if part.exited():
                self.died.append(name)
                await asyncio.to_thread(restart, part)
            else:
                await asyncio.to_thread(part.wait_ready)

    async def _one(self, fault: Fault) -> None:
        self.done[fault.kind] += 1
        began = datetime.now(UTC)
        try:
            await self._act(fault)
        finally:
            self.outages.append(Outage(fault.kind, fault.target, began, datetime.now(UTC)))

    async def _act(self, fault: Fault) -> None:
        if fault.kind in self._standins:
            await self._script(fault.kind, fault.target)
            await asyncio.sleep(fault.seconds)
            await self._script(fault.kind, "well")
        elif fault.target in self._lines and fault.kind in ("cut", "swallow", "stall"):
            await self._on_line(self._lines[fault.target], fault)
        elif fault.kind in STATEMENTS:
            await asyncio.to_thread(self._in_database, fault.kind)
        else:
            async with self._locks[fault.target]:
                await self._on_part(self._parts[fault.target], fault)

    async def _on_line(self, line: Relay, fault: Fault) -> None:
        match fault.kind:
            case "cut":
                line.cut()
            case "swallow":
                await line.swallow(fault.seconds)
            case "stall":
                await line.stall(fault.seconds)

    async def _on_part(self, part: Process, fault: Fault) -> None:
        if part.exited():
            self.died.append(part.name)
        match fault.kind:
            case "freeze":
                signal_all(part, signal.SIGSTOP)
                await asyncio.sleep(fault.seconds)
                signal_all(part, signal.SIGCONT)
                return
            case "kill":
                await asyncio.to_thread(part_killed, part)
            case "restart":
                await asyncio.to_thread(part.stop)
            case "power cut":
                await self._cut_power(part, fault.seconds)
        await asyncio.sleep(fault.seconds)
        try:
            await asyncio.to_thread(restart, part)
        except ProcessFailed:
            # Without a database PostgREST is not ready, and that is right: then it is left to itself.
            if part.exited():
                raise

    async def _cut_power(self, server: Process, seconds: float) -> None:
        """A checkpoint, `seconds` of load, and the cut."""
        if not isinstance(server, Postgres):
            raise TypeError("only PostgreSQL has a power cut")
        try:
            snapshot = await asyncio.to_thread(take_snapshot, server, self._folder / "snapshot")
        except psycopg.OperationalError:  # another fault has just closed the connection
            await asyncio.to_thread(part_killed, server)
            return
        await asyncio.sleep(seconds)
        cut = await asyncio.to_thread(cut_power, server, snapshot, self._chance)
        self.cuts_in_effect += cut.took_effect
        self.lost_pages += cut.pages
        self.lost_log_bytes += cut.log_bytes

    def _in_database(self, kind: str) -> None:
        """Does nothing while the database is down."""
        with (
            contextlib.suppress(psycopg.Error, ProcessLookupError),
            psycopg.connect(self._database_url, autocommit=True, connect_timeout=2) as connection,
        ):
            rows = connection.execute(STATEMENTS[kind])
            if kind == "crash backend":
                for (pid,) in rows:
                    os.kill(pid, signal.SIGKILL)

    async def _script(self, standin: str, behaviour: str) -> None:
        url = self._standins[standin] + "/_script"
        with contextlib.suppress(Unreachable):
            await asyncio.to_thread(request, "POST", url, body={"always": [behaviour]})


def part_killed(part: Process) -> None:
    """kill -9 for a server and all it has started."""
    signal_all(part, signal.SIGKILL)
    part.kill()


def signal_all(part: Process, number: signal.Signals) -> None:
    """Sends a signal to a server and all it has started."""
    for process in processes(part):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
