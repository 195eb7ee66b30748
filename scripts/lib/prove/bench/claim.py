"""A claim while a thousand and a million sessions wait, of one user and of ten thousand."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import psycopg

from prove.bench.report import Report, ms, times
from prove.bench.rig import Rig

TITLE = "A claim, with a thousand and a million sessions waiting"
SMALL, LARGE = 1_000, 1_000_000
USERS = (1, 10_000)
ROUNDS, CLAIMS, WARM_UP = 10, 20, 8
"""Per case: connections in turns, claims over each, and how many of those are not counted."""
GOAL = 1.3

FILL = """
    insert into public.training_sessions (user_id, agent_name, transcript, started_at, ended_at, created_at,
      last_activity_at, status, end_reason, turn_at)
    select p.id, 'Austin', '[{"sequence": 1, "speaker": "user", "text": "Hello", "timestamp": "2026-11-22T09:00:00Z"}]',
           now(), now(), now(), now(), 'completed', 'ended', now() + (i / people.count) * interval '1 minute'
      from generate_series(1, %s) i
           cross join (select count(*) from public.users) people
           join (select id, row_number() over () - 1 as n from public.users) p on p.n = i %% people.count
"""


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["users", f"{SMALL:,}", f"{LARGE:,}", "ratio"])
    for users in USERS:
        with (
            Rig(folder / f"{users}-small", durable=False) as small,
            Rig(folder / f"{users}-large", durable=False) as large,
        ):
            _fill(small, SMALL, users)
            _fill(large, LARGE, users)
            few, many = _claims(small, large)
        report.row(f"{users:,}", ms(few), ms(many), times(many / few))
        report.goal(f"{users:,} users: a million at most {GOAL}× a thousand", many / few <= GOAL, times(many / few))
    report.note = "Claims of 10 sessions, each rolled back, over two databases in turns."
    return report


def _fill(rig: Rig, count: int, users: int) -> None:
    rig.sql.execute("alter table public.training_sessions set (autovacuum_enabled = off)")
    rig.sql.execute("alter table public.training_sessions disable trigger user")
    rig.sql.execute("delete from public.users")
    rig.sql.execute(
        "insert into public.users (id) select gen_random_uuid() from generate_series(1, %s)", (min(users, count),)
    )
    rig.sql.execute(FILL, (count,))
    rig.sql.execute("alter table public.training_sessions enable trigger user")
    rig.sql.execute("vacuum analyze")
    rig.sql.execute("checkpoint")


def _claims(*rigs: Rig) -> list[float]:
    """Median seconds of one claim in each database."""
    latencies: list[list[float]] = [[] for _ in rigs]
    for _ in range(ROUNDS):
        for rig, found in zip(rigs, latencies, strict=True):
            with psycopg.connect(rig.stack.database_url, autocommit=True) as connection:
                found += [_claim(connection) for _ in range(CLAIMS)][WARM_UP:]
    return [statistics.median(each) for each in latencies]


def _claim(connection: psycopg.Connection[Any]) -> float:
    """Seconds of one claim, rolled back so that the next finds the same queue."""
    with connection.transaction(force_rollback=True):
        started = time.perf_counter()
        connection.execute("select public.claim_training_sessions(10, 60)").fetchone()
        return time.perf_counter() - started
