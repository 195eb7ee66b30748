"""Creating sessions, 32 people at once, beside a bare insert."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from prove.bench.load import Measured, Request, in_turns, measure, median_of
from prove.bench.report import Report, ms, times
from prove.bench.rig import Rig

TITLE = "Creating a session, 32 people at once"
AT_ONCE = 32
EACH = 20
ROUNDS = 5
OURS, BARE = "create through the function", "a bare insert at PostgREST"
LIMIT_SECONDS = 2.0
GOAL = 10

TABLE = """
    create table public.bench_sessions (
      id bigint generated always as identity primary key, user_id uuid not null, agent_name text not null);
    grant insert, select on public.bench_sessions to authenticated;
    notify pgrst, 'reload schema'
"""


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", "p50", "p99", "requests/s"])
    with Rig(folder) as rig:
        rig.sql.execute(TABLE)
        people = [rig.person() for _ in range(AT_ONCE)]
        ours = [rig.request("POST", "/api/training-sessions", {"agent_name": "Austin"}, **who) for _, who in people]
        bare = [
            rig.request("POST", "/bench_sessions", {"user_id": user_id, "agent_name": "Austin"}, **who)
            for user_id, who in people
        ]

        def of(port: int, requests: list[Request]) -> Callable[[], Awaitable[Measured]]:
            return lambda: measure(port, [[request] * EACH for request in requests])

        results = await in_turns({OURS: of(rig.functions_port, ours), BARE: of(rig.postgrest_port, bare)}, ROUNDS)
        one = await in_turns({BARE: lambda: measure(rig.postgrest_port, [[bare[0]] * 200])}, 2)
    p99, p50 = {}, {}
    for name, measured in results.items():
        p50[name] = median_of(measured, lambda each: each.p50)
        p99[name] = median_of(measured, lambda each: each.quantile(0.99))
        report.row(name, ms(p50[name]), ms(p99[name]), f"{median_of(measured, lambda each: each.per_second):.0f}")
    alone = median_of(one[BARE], lambda each: each.p50)
    report.row("the bare insert, one at a time", ms(alone), "", "")
    report.goal(f"p99 within the user's {LIMIT_SECONDS:.0f} s", p99[OURS] < LIMIT_SECONDS, ms(p99[OURS]))
    ratio = p99[OURS] / p50[BARE]
    report.goal(f"p99 at most {GOAL} × the p50 of a bare insert, both 32 at once", ratio <= GOAL, times(ratio))
    return report
