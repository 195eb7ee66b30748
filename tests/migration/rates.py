"""Rates on ordinary rows, by hand: `PYTHONPATH=functions:scripts/lib:tests:tests/migration .venv/bin/python tests/migration/rates.py [ROWS]`.

ROWS (50,000) ordinary rows of 40 lines, with foreign keys and triggers on both sides. Compared: (a) a bare INSERT ... SELECT; (b) a straight
Python script that reads, converts and inserts with COPY, as a team would write it; the backfill with 1 and 2 workers; verify with 1 and 2.
"""

import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import old_world
import psutil
import psycopg
from measure import bare_rate
from old_world import OldWorld
from operating import Old, hosted_database, make_hosted_template
from psycopg.types.json import Jsonb

from operate.migration.batches import Options, backfill
from operate.migration.catalog import read_state
from operate.migration.database import connect
from operate.migration.verification import verify
from run.local.binaries import postgres_bin_dir
from run.local.ports import free_port
from run.local.postgres import Postgres

LINES = 40
HOST = """
alter table public.live_sessions add foreign key (user_id) references public.users (id), add column updated_at timestamptz;
create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create trigger touch before update on public.live_sessions for each row execute function public.touch();
create index on public.live_sessions (user_id, created_at);
"""


def rows(count: int, world: OldWorld) -> Any:
    for number, row in enumerate(old_world.rows(7, count, world, odd=0)):
        began = row["created_at"]
        lines = [
            {
                "speaker": "agent" if n % 2 else "user",
                "text": f"{(old_world.HOMEOWNER if n % 2 else old_world.REP)[n % 8]} And {number * 31 + n} it is, as far as I can tell.",
                "timestamp": old_world.stamp(began + timedelta(seconds=4 * n)),
            }
            for n in range(LINES)
        ]
        analytics = row["analytics"] and {"feedback": row["analytics"]["feedback"]}
        end = began + timedelta(seconds=4 * LINES)
        yield {**row, "full_transcript": lines, "analytics": analytics, "ended_at": end, "duration_seconds": 4 * LINES}


def make(url: str, count: int) -> OldWorld:
    world = OldWorld([str(uuid.UUID(int=n + 1, version=4)) for n in range(max(5, count // 200))], [])
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(old_world.TABLE.encode())
        cursor.execute(HOST.encode())
        cursor.execute("insert into public.users (id) select unnest(%s::uuid[])", (world.people,))
        with cursor.copy(f"copy public.live_sessions ({', '.join(old_world.COLUMNS)}) from stdin") as copy:
            for row in rows(count, world):
                copy.write_row(
                    [
                        Jsonb(row[name]) if name in ("full_transcript", "analytics") else row[name]
                        for name in old_world.COLUMNS
                    ]
                )
    return world


def copied(url: str) -> None:
    """What a team would write: read, convert in Python, insert with COPY; sessions and their grades. It knows one shape of rows. It leaves out:
    the originals, rows without an owner, odd values and times, a way back, and the old app's writes meanwhile."""
    columns = (
        "id, legacy_id, user_id, agent_name, agent_id, conversation_id, status, end_reason, created_at, started_at, ended_at, duration_seconds, "
        "last_activity_at, transcript, rapport_score, discovery_score, objection_handling_score, closing_score, feedback_strengths, "
        "feedback_improvements, virtual_earnings, graded_at, graded_by, rubric_version"
    )
    grades = "session_id, claim_number, outcome, grader, rubric_version, scores, feedback_strengths, feedback_improvements, virtual_earnings, notes, created_at"
    speakers = {"user": "user", "rep": "user", "agent": "agent", "homeowner": "agent"}
    with psycopg.connect(url) as reading, psycopg.connect(url) as writing, psycopg.connect(url) as grading:
        source = reading.cursor("source")
        source.itersize = 500
        source.execute(f"select {', '.join(old_world.COLUMNS)} from public.live_sessions order by created_at, id")
        kept: list[tuple[Any, ...]] = []
        with writing.cursor().copy(f"copy public.training_sessions ({columns}) from stdin") as copy:
            for number, values in enumerate(source, 1):
                old = dict(zip(old_world.COLUMNS, values, strict=True))
                lines = [
                    {
                        "sequence": n,
                        "speaker": speakers[line["speaker"]],
                        "text": line["text"],
                        "timestamp": line["timestamp"],
                    }
                    for n, line in enumerate(old["full_transcript"], 1)
                ]
                scores = [
                    old[name]
                    for name in ("rapport_score", "discovery_score", "objection_handling_score", "close_score")
                ]
                whole = [None if score is None else min(100, max(0, round(score))) for score in scores]
                feedback = (old["analytics"] or {}).get("feedback", {})
                texts = (feedback.get("strengths", []), feedback.get("improvements", []))
                graded_at = old["graded_at"] or old["ended_at"]
                copy.write_row(
                    (number, old["id"], old["user_id"], old["agent_name"], old["agent_id"], old["elevenlabs_conversation_id"], "completed", "ended",
                     old["created_at"], old["started_at"], old["ended_at"], old["duration_seconds"], old["ended_at"], Jsonb(lines), *whole, *texts,
                     old["virtual_earnings"], graded_at, "legacy", "legacy")
                )  # fmt: skip
                kept.append((number, 1, "accepted", "legacy", "legacy", Jsonb(dict(zip(("rapport", "discovery", "objection_handling", "closing"), map(str, scores), strict=True))), *texts, old["virtual_earnings"], [], graded_at))  # fmt: skip
        writing.commit()
        with grading.cursor().copy(f"copy public.training_grades ({grades}) from stdin") as copy:
            for grade in kept:
                copy.write_row(grade)


def timed(what: str, count: int, work: Callable[[], object], server: Postgres | None = None) -> float:
    """Rows a second. With the server also the CPU time a row, of the work's own connections and of this process: other
    work on the machine changes it less."""
    before, started = cpu(server) if server else None, time.monotonic()
    work()
    seconds = time.monotonic() - started
    used = ""
    if server and before is not None:
        time.sleep(0.5)  # the server counts a connection's time when the connection's process has ended
        used = f"; {1000 * (cpu(server) - before) / count:.3f} ms of CPU"
    print(f"{what}: {count / seconds:,.0f} rows/s ({1000 * seconds / count:.3f} ms a row{used})", flush=True)
    return count / seconds


def cpu(server: Postgres) -> float:
    """Seconds of CPU: of this process, and of the server's connections that have ended."""
    pid = int((server.data_dir / "postmaster.pid").read_text().split()[0])
    ended = psutil.Process(pid).cpu_times()
    return time.process_time() + float(ended.children_user + ended.children_system)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(
            postgres_bin_dir(), Path(folder) / "data", free_port(), settings={"shared_buffers": "256MB"}
        ).init() as server,
    ):
        make_hosted_template(server)
        source = Old(hosted_database(server, "source"), OldWorld([], []))
        source.world = make(source.operator.url, count)
        source.sql("vacuum analyze")
        print(
            f"{count:,} rows of {LINES} lines; (a) bare INSERT ... SELECT: {bare_rate(source.url):,.0f} rows/s",
            flush=True,
        )
        script = Old(hosted_database(server, "script", template="source"), source.world)
        rates = {"copy": timed("(b) Python script with COPY", count, lambda: copied(script.operator.url), server)}
        for workers in (1, 2):
            database = Old(hosted_database(server, f"by_{workers}", template="source"), source.world)
            database.migrate("prepare")
            options = Options(workers=workers)
            rates[f"backfill {workers}"] = timed(
                f"backfill, {workers} workers",
                count,
                lambda: backfill(database.operator.url, options, lambda _: None, print),  # noqa: B023
                server,
            )
            database.sql("vacuum analyze")
            with connect(database.operator.url) as connection:
                table = read_state(connection).need("prepared")
                for checking in (1, 2):
                    timed(
                        f"verify, {checking} workers",
                        count,
                        lambda: verify(connection, database.operator.url, table, None, checking, lambda _: None),  # noqa: B023
                    )
            database.migrate("verify")
        print(json.dumps({name: round(rate) for name, rate in rates.items()}))


if __name__ == "__main__":
    main()
