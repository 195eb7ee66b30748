"""The queue and the list with a thousand sessions and with a million."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from bench.load import in_turns, measure, median_of
from bench.report import Report, ms, times
from bench.rig import Rig

TITLE = "Claim and list, with a thousand and a million sessions"
SMALL, LARGE = 1_000, 1_000_000
PER_USER = 100
WAITING = 100
CLAIMS = 200
LISTS = 150
GOAL = 1.3

USERS = """
    insert into public.users (id) select gen_random_uuid() from generate_series(1, %s);
"""
FILL = """
    with people as (select id, row_number() over () as n from public.users where id <> %(user)s)
    insert into public.training_sessions (user_id, agent_name, transcript, started_at, ended_at, created_at, last_activity_at,
      status, end_reason, rapport_score, discovery_score, objection_handling_score, closing_score, graded_at, graded_by,
      rubric_version)
    select coalesce(p.id, %(user)s), 'Austin', '[{"sequence": 1, "speaker": "user", "text": "Hello", "timestamp": "2026-11-22T09:00:00.000Z"}]',
           t, t, t, t, 'completed', 'ended', 50, 50, 50, 50, t, 'heuristic', '1'
      from generate_series(%(first)s::integer, %(last)s::integer) i
           cross join lateral (select now() - interval '1 year' + i * interval '10 seconds' as t) time
           left join people p on p.n = i %% (%(last)s / %(per_user)s)
"""
WAIT = """
    update public.training_sessions set graded_at = null, graded_by = null, rubric_version = null,
           rapport_score = null, discovery_score = null, objection_handling_score = null, closing_score = null
     where id in (select id from public.training_sessions order by id desc limit %s)
"""


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", f"{SMALL:,}", f"{LARGE:,}", "ratio"])
    claims, lists = [], []
    with Rig(folder, durable=False) as rig:
        done = 0
        for count in (SMALL, LARGE):
            rig.sql.execute(USERS, ((count - done) // PER_USER,))
            rig.sql.execute(FILL, {"user": rig.user_id, "first": done + 1, "last": count, "per_user": PER_USER})
            if not done:
                rig.sql.execute(WAIT, (WAITING,))
            done = count
            rig.sql.execute("vacuum analyze")
            claims.append(_claim(rig))
            lists.append(await _list(rig))
    report.row("claim 10 of 100 waiting", ms(claims[0]), ms(claims[1]), times(claims[1] / claims[0]))
    report.row("list 20 through the function", ms(lists[0]), ms(lists[1]), times(lists[1] / lists[0]))
    for name, figures in (("claim", claims), ("list", lists)):
        ratio = figures[1] / figures[0]
        report.goal(f"{name}: a million at most {GOAL}× a thousand", ratio <= GOAL, times(ratio))
    report.note = f"{WAITING} sessions wait for a grade in both; each user has {PER_USER}."
    return report


def _claim(rig: Rig) -> float:
    """Seconds of one claim, rolled back so that the next finds the same queue."""
    latencies = []
    for _ in range(CLAIMS):
        with rig.sql.transaction(force_rollback=True):
            started = time.perf_counter()
            rig.sql.execute("select training.claim_sessions(10, 60, null)").fetchone()
            latencies.append(time.perf_counter() - started)
    return statistics.median(latencies)


async def _list(rig: Rig) -> float:
    row = rig.sql.execute(
        "select user_id from public.training_sessions group by user_id having count(*) >= 90 order by max(id) desc limit 1"
    ).fetchone()
    user_id = str(row[0]) if row else rig.user_id
    rig.token = rig.stack.keys.user_token(user_id)
    request = rig.request("GET", "/api/training-sessions?limit=20")
    results = await in_turns({"list": lambda: measure(rig.functions_port, [[request] * LISTS])}, 3)
    return median_of(results["list"], lambda each: each.p50)
