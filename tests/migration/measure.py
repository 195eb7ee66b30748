"""The big run, by hand: `PYTHONPATH=functions:scripts/lib:tests:tests/migration .venv/bin/python tests/migration/measure.py [ROWS]`.

Makes a server and an old database of ROWS rows (200,000), times a bare INSERT ... SELECT of the same rows, then the backfill alone, and the
backfill with people at work and the flag going 0 → 50 → 0 → 100; prints the rates, their ratio, and the longest waits.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import old_world
import psycopg
from operating import Old, hosted_database, make_hosted_template
from traffic import Traffic

from operate.migration.batches import Options
from operate.migration.batches import backfill as run_backfill
from run.local.binaries import postgres_bin_dir
from run.local.ports import free_port
from run.local.postgres import Postgres

BARE = """
insert into public.training_sessions (
  user_id, agent_name, agent_id, started_at, ended_at, duration_seconds, transcript, status, end_reason, rapport_score, discovery_score,
  objection_handling_score, closing_score, virtual_earnings, created_at, graded_at, last_activity_at, graded_by, rubric_version, legacy_id)
select user_id, left(coalesce(agent_name, 'x'), 200), agent_id, coalesce(started_at, now()), greatest(ended_at, coalesce(started_at, now())),
       least(86400, duration_seconds), case when jsonb_typeof(full_transcript) = 'array' then full_transcript else '[]' end, 'completed', 'ended',
       least(100, rapport_score), discovery_score, objection_handling_score, greatest(0, close_score), greatest(0, virtual_earnings),
       coalesce(created_at, now()), coalesce(graded_at, now()), now(), 'legacy', 'legacy', id
  from public.live_sessions o where exists (select 1 from public.users u where u.id = o.user_id)
"""


def bare_rate(url: str) -> float:
    """Rows a second of what the plan had, with everything odd cut away; rolled back."""
    with psycopg.connect(url) as connection:
        started = time.monotonic()
        rows = connection.execute(BARE).rowcount
        seconds = time.monotonic() - started
        connection.rollback()
    return rows / seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(
            postgres_bin_dir(), Path(folder) / "data", free_port(), settings={"shared_buffers": "256MB"}
        ).init() as server,
    ):
        make_hosted_template(server)
        url = hosted_database(server, "measured")
        alone = Old(url, old_world.OldWorld([], []))
        alone.world = world = old_world.create(alone.operator.url, count)
        alone.sql("vacuum analyze")
        live = Old(hosted_database(server, "live", template="measured"), world)
        bare = bare_rate(alone.url)
        print(f"bare INSERT ... SELECT: {bare:,.0f} rows/s", flush=True)
        alone.migrate("prepare")
        for workers in (1, 2):
            at = alone.pending()
            started = time.monotonic()
            run_backfill(
                alone.operator.url,
                Options(workers=workers, limit=at // 2 if workers == 1 else None),
                lambda _: None,
                print,
            )
            rate = (at - alone.pending()) / (time.monotonic() - started)
            print(f"backfill, {workers} workers: {rate:,.0f} rows/s, {rate / bare:.2f} of bare", flush=True)
        alone.migrate("verify")

        with Traffic(live, readers=0) as before:
            time.sleep(20)
        live.sql("delete from public.live_sessions where agent_name = 'Live'")
        print(f"old app before: {waits(before.waits)}", flush=True)
        live.migrate("prepare")
        total = live.pending()
        with Traffic(live) as traffic:
            started = time.monotonic()
            process = live.start("backfill")
            for percentage, share in (("50", 0.8), ("0", 0.5), ("100", 0.25)):
                while live.pending() > total * share and process.poll() is None:
                    time.sleep(0.5)
                live.migrate("rollout", percentage)
            status = process.wait()
            seconds = time.monotonic() - started
        print(
            f"backfill with people at work: status {status}, {total / seconds:,.0f} rows/s; old app during it: {waits(traffic.waits)}; "
            f"{traffic.reads:,} links followed, {traffic.flips} sessions begun in the new system; failures: {traffic.failures}",
            flush=True,
        )
        live.migrate("backfill")
        live.migrate("verify")
        live.migrate("status")


def waits(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return (
        f"{len(ordered):,} writes, median {1000 * statistics.median(ordered):.1f} ms, "
        f"99 % {1000 * ordered[int(len(ordered) * 0.99)]:.0f} ms, longest {1000 * ordered[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()
