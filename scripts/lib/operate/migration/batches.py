"""Works through the list in short batches, by several workers, until it is empty. A killed batch is rolled back whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg import errors

from .database import Connection, connect, query

BATCH_SECONDS = 0.05
"""The aim for a batch: an owner who follows a link to one of its rows waits for its end."""
LOCK_TIMEOUT = "5s"
TIME_LIMIT = "10s"
"""Of a batch; and, after a batch that ran out of time, of each of its rows. A row that needs more stays listed with its problem."""
MOST_WORKERS = 4


@dataclass
class Options:
    batch: int = 500
    pause_ms: int = 0
    limit: int | None = None
    since: datetime | None = None
    workers: int = 2
    grade: bool = False


@dataclass
class BatchResult:
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    remaining: int = 0
    not_shown: int = 0
    released: int = 0
    problems: list[Exception] = field(default_factory=list)


class Waiting:
    """Says for which transaction the backfill waits, at most once a minute."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said_at = -60.0

    def __call__(self, connection: Connection) -> None:
        if time.monotonic() < self._said_at + 60:
            return
        self._said_at = time.monotonic()
        holders = query(
            connection,
            """select distinct a.pid, a.xact_start from pg_locks l join pg_stat_activity a on a.pid = l.pid
                where l.locktype = 'advisory' and l.classid = 7261696 and l.objid > 0 and l.mode = 'ShareLock' and l.granted
                  and a.datname = current_database() order by a.xact_start""",
        )
        found = ", ".join(
            f"pid {pid} (its transaction is open since {since or 'a time this role may not see'})"
            for pid, since in holders
        )
        self._say(
            "Waiting for a transaction that wrote to live_sessions and is still open"
            f"{f': {found}' if found else ''}. The backfill goes on when it ends; what it wrote comes first then. "
            "To end it: select pg_terminate_backend(pid)"
        )


def backfill(url: str, options: Options, advance: Callable[[int], None], say: Callable[[str], None]) -> BatchResult:
    """Converts what is pending; calls `advance` with the number of entries done. Concurrent runs share the list."""
    result, started = BatchResult(), time.monotonic()
    waits = Waiting(say)
    with connect(url) as connection:
        stop = threading.Event()
        threads = [
            threading.Thread(target=_work, args=(url, options, number, result, advance, waits, stop))
            for number in range(1, (1 if options.limit else min(options.workers, MOST_WORKERS)) + 1)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        for problem in result.problems:
            raise problem
        if options.limit is None:
            _drain(connection, options, result, advance, waits)
        result.not_shown = show_old_app(connection)
        if options.grade:
            result.released = release_ungraded(connection, options)
        [result.remaining] = query(connection, "select count(*) from training_migration.pending")
    result.seconds = time.monotonic() - started
    return result


def take(
    connection: Connection, count: int, since: datetime | None, worker: int, waits: Callable[[Connection], None]
) -> tuple[int, int]:
    """One batch in a transaction of its own: (entries done, of them failed). Waits for open writes of the old app, and
    calls `waits` after each lock time-out. A batch that runs out of time is taken again row by row, up to the row that
    runs out of time alone."""
    while True:
        try:
            with connection.transaction():
                query(connection, "select set_config('lock_timeout', %s, true)", LOCK_TIMEOUT)
                query(connection, "select set_config('statement_timeout', %s, true)", TIME_LIMIT)
                [(taken, failed)] = query(
                    connection, "select * from training_migration.convert_batch(%s, %s, %s)", count, since, worker
                )
            return taken, failed
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            waits(connection)
        except errors.QueryCanceled:
            if count == 1:
                raise
            done = failed = 0
            while done < count and not failed:
                taken, failed = take(connection, 1, since, worker, waits)
                if not taken:
                    break
                done += taken
            return done, failed


def _work(
    url: str,
    options: Options,
    worker: int,
    result: BatchResult,
    advance: Callable[[int], None],
    waits: Waiting,
    stop: threading.Event,
) -> None:
    size = min(50, options.batch)
    try:
        with connect(url) as connection:
            while not stop.is_set() and (options.limit is None or result.done < options.limit):
                started = time.monotonic()
                if options.limit is not None:
                    size = min(size, max(1, options.limit - result.done))
                taken, failed = take(connection, size, options.since, worker, waits)
                if not taken:
                    return
                result.done += taken
                result.failed += failed
                advance(taken)
                spent = time.monotonic() - started
                size = max(10, min(options.batch, int(size * min(2.0, BATCH_SECONDS / spent))))
                if options.pause_ms:
                    stop.wait(options.pause_ms / 1000)
    except psycopg.Error as error:
        result.problems.append(error)
        stop.set()


def _drain(
    connection: Connection, options: Options, result: BatchResult, advance: Callable[[int], None], waits: Waiting
) -> None:
    """Rows that were listed during the last batches are visible after their writers commit: only a look after that is final."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        taken, failed = take(connection, options.batch, options.since, 1, waits)
        result.done += taken
        result.failed += failed
        advance(taken)
        [now] = query(connection, "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        while time.monotonic() < deadline:
            [oldest] = query(connection, "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if oldest >= now:
                break
            time.sleep(0.01)
        if query(
            connection,
            """select exists (select 1 from training_migration.pending where problem is null
                               and (%s::timestamptz is null or position = 0 or created_at >= %s))""",
            options.since,
            options.since,
        ) == [False]:
            return


def show_old_app(connection: Connection) -> int:
    """Shows the old app what it has not seen; returns the number of sessions that it still does not show as they are."""
    last: int | None = 0
    while last is not None:
        [last] = query(connection, "select training_migration.retry_old_table(%s)", last)
    [refused] = query(connection, "select count(distinct session_id) from training_migration.pending_out")
    return int(refused)


def release_ungraded(connection: Connection, options: Options) -> int:
    """For --grade: puts old sessions without a grade into the grading queue, without a wake-up each; returns their number.
    Only sessions since `since`, and `limit` at most."""
    released = after = 0
    while True:
        count = options.batch if options.limit is None else min(options.batch, options.limit - released)
        ids = query(
            connection,
            """update public.training_sessions t set graded_at = null, graded_by = null, rubric_version = null
                where t.id in (
                  select s.id from public.training_sessions s
                   where s.id > %s and s.graded_by = 'legacy' and s.status = 'completed'
                     and (%s::timestamptz is null or s.started_at >= %s)
                     and not exists (select 1 from public.training_grades g
                                      where g.session_id = s.id and g.scores is not null)
                     and s.transcript @> '[{"speaker": "user"}]'
                   order by s.id limit %s for update skip locked)
            returning t.id""",
            after,
            options.since,
            options.since,
            count,
        )
        if not ids:
            break
        released += len(ids)
        after = max(ids)
    return released
