"""The queue, the list and the progress with a thousand sessions and with a million."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg

from prove.bench.load import Measured, in_turns, measure, median_of
from prove.bench.report import Report, ms, times
from prove.bench.rig import Rig

TITLE = "Claim, list and progress, with a thousand and a million sessions"
SMALL, LARGE = 1_000, 1_000_000
PER_USER = 100
WAITING = 100
CONNECTIONS, CLAIMS, WARM_UP = 40, 20, 8
"""At each size: connections one after the other, claims over each, and how many of those are not counted."""
ROUNDS, LISTS = 5, 60
GOAL = 1.3

USERS = """
    insert into public.users (id) select gen_random_uuid() from generate_series(1, %s)
"""
FILL = """
    with people as (select id, row_number() over () as n from public.users)
    insert into public.training_sessions (user_id, agent_name, transcript, started_at, ended_at, created_at, last_activity_at,
      status, end_reason, rapport_score, discovery_score, objection_handling_score, closing_score, graded_at, graded_by,
      rubric_version)
    select p.id, 'Austin', '[{"sequence": 1, "speaker": "user", "text": "Hello", "timestamp": "2026-11-22T09:00:00.000Z"}]',
           t, t, t, t, 'completed', 'ended', 50, 50, 50, 50, t, 'heuristic', '1'
      from generate_series(1, %s) i
           cross join lateral (select now() - interval '1 year' + i * interval '10 seconds' as t) time
           join people p on p.n = 1 + i %% (select count(*) from people)
"""
STAND = """
    insert into training.standings select distinct 'Austin', user_id, 50, 50, 50, 50, 50 from public.training_sessions
"""
WAIT = """
    update public.training_sessions set graded_at = null, graded_by = null, rubric_version = null,
           rapport_score = null, discovery_score = null, objection_handling_score = null, closing_score = null
     where id in (select id from public.training_sessions order by id desc limit %s)
"""


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", f"{SMALL:,}", f"{LARGE:,}", "ratio"])
    with Rig(folder / "small", durable=False) as small, Rig(folder / "large", durable=False) as large:
        rigs = {SMALL: small, LARGE: large}
        for count, rig in rigs.items():
            _fill(rig, count)
        claims = _claims(rigs)
        asked = {"list": "?limit=20", "progress": "/progress"}
        turns = {f"{name} {count}": _reads(rig, path) for name, path in asked.items() for count, rig in rigs.items()}
        results = await in_turns(turns, ROUNDS)
    reads = {
        name: {count: median_of(results[f"{name} {count}"], lambda each: each.p50) for count in rigs} for name in asked
    }
    lists, progress = reads["list"], reads["progress"]
    report.row("claim 10 of 100 waiting", *map(ms, claims.values()), times(claims[LARGE] / claims[SMALL]))
    report.row("list 20 through the function", *map(ms, lists.values()), times(lists[LARGE] / lists[SMALL]))
    report.row("progress through the function", *map(ms, progress.values()), times(progress[LARGE] / progress[SMALL]))
    for name, figures in (("claim", claims), ("list", lists), ("progress", progress)):
        ratio = figures[LARGE] / figures[SMALL]
        report.goal(f"{name}: a million at most {GOAL}× a thousand", ratio <= GOAL, times(ratio))
    report.note = (
        f"Two databases side by side, in turns. {WAITING} sessions wait for a grade in both; each user has {PER_USER}. "
        "The progress of a thousand sessions compares 10 people and gives no percentile; that of a million compares 1,000."
    )
    return report


def _fill(rig: Rig, count: int) -> None:
    # Autovacuum would come in the middle, and to the larger one alone.
    rig.sql.execute("alter table public.training_sessions set (autovacuum_enabled = off)")
    rig.sql.execute("delete from public.users")
    rig.sql.execute(USERS, (count // PER_USER,))
    rig.sql.execute("alter table public.training_sessions disable trigger standing_after_insert")
    rig.sql.execute(FILL, (count,))
    rig.sql.execute(STAND)
    rig.sql.execute(WAIT, (WAITING,))
    rig.sql.execute("vacuum analyze")
    rig.sql.execute("checkpoint")


def _claims(rigs: dict[int, Rig]) -> dict[int, float]:
    """Median seconds of one claim; the sizes in turns, in new connections, so that no backend keeps the better core."""
    latencies: dict[int, list[float]] = {count: [] for count in rigs}
    for _ in range(CONNECTIONS):
        for count, rig in rigs.items():
            with psycopg.connect(rig.stack.database_url, autocommit=True) as connection:
                latencies[count] += [_claim(connection) for _ in range(CLAIMS)][WARM_UP:]
    return {count: statistics.median(each) for count, each in latencies.items()}


def _claim(connection: psycopg.Connection[Any]) -> float:
    """Seconds of one claim, rolled back so that the next finds the same queue."""
    with connection.transaction(force_rollback=True):
        started = time.perf_counter()
        connection.execute("select public.claim_training_sessions(10, 60)").fetchone()
        return time.perf_counter() - started


def _reads(rig: Rig, path: str) -> Callable[[], Awaitable[Measured]]:
    [user_id] = rig.sql.execute(
        "select user_id::text from public.training_sessions order by id limit 1"
    ).fetchone() or [""]
    rig.token = rig.stack.keys.user_token(user_id)
    request = rig.request("GET", f"/api/training-sessions{path}")
    return lambda: measure(rig.functions_port, [[request] * LISTS])
