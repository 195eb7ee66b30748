"""Connections, the migration's own SQL, and DDL with a short lock time-out."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors

Connection = psycopg.Connection[tuple[Any, ...]]

OLD = "public.live_sessions"
RETIRED = "public.live_sessions_retired"
SQL = Path(__file__).with_name("sql")
DDL_LOCK = "select pg_advisory_xact_lock(7261696, 0)"
LOCK_MS = 50
"""How long DDL waits for a table's lock: later statements on the table wait behind it."""
LOCK_TRIES = 200
AFTER = "(%(last)s::uuid is null or o.id > %(last)s)"
"""Condition: the old rows o after the last one seen, in the order of their ids; all of them for the first portion."""


class Refusal(Exception):
    """The command does not fit the state of the database; the text says why, and what to do."""


def connect(url: str) -> Connection:
    """A connection whose statements commit by themselves. It holds no session state, so a pooler may stand between."""
    try:
        return psycopg.connect(
            url, autocommit=True, prepare_threshold=None, application_name="migrate", connect_timeout=10
        )
    except psycopg.OperationalError as error:
        reason = str(error).splitlines()[0].split("FATAL:")[-1].strip()
        raise Refusal(f"The database could not be reached: {reason}") from None
    except psycopg.ProgrammingError as error:
        # The rest of the text may repeat a part of the password.
        unknown = re.search(r"invalid URI query parameter: (\"\w+\")", str(error))
        raise Refusal(
            f"The URL holds {unknown[1]}, which is for another program: leave that parameter out."
            if unknown
            else "The URL cannot be read. It is postgresql://USER:PASSWORD@HOST:5432/NAME, where a password's characters such as "
            "@ : / # ? % are written %40 %3A %2F %23 %3F %25."
        ) from None


def query(connection: Connection, text: str, *params: object, **named: object) -> list[Any]:
    """The rows; of a single column, its values; [] for a statement without rows. Parameters are %s, or %(name)s."""
    cursor = connection.execute(text, named or params or None)
    rows = cursor.fetchall() if cursor.description else []
    return [row[0] if len(row) == 1 else row for row in rows]


def sql_files(table: str, *prefixes: str) -> list[str]:
    """The migration's SQL in order, for `table` in the place of live_sessions; of the files that begin so, if named."""
    files = sorted(SQL.glob("*.sql"))
    return [
        file.read_text().replace(OLD, table) for file in files if not prefixes or file.name.startswith(prefixes)
    ]  # fmt: skip


def impatiently(connection: Connection, work: Callable[[], None], say: Callable[[str], None]) -> None:
    """Runs DDL in a transaction that waits 50 ms for a lock, gives up, and is tried again. Refusal after some minutes."""
    for tried in range(1, LOCK_TRIES + 1):
        try:
            with connection.transaction():
                query(connection, DDL_LOCK)
                query(connection, f"set local lock_timeout = {LOCK_MS}")
                work()
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if tried in (5, 50):
                say("A long transaction holds a table; trying again, 50 ms at a time ...")
            time.sleep(random.uniform(0.1, 0.3) * min(tried, 5))  # noqa: S311
    raise Refusal(
        "The lock could not be taken: a transaction has held the table for minutes. Find it with\n"
        "  select pid, xact_start, state, query from pg_stat_activity where xact_start < now() - interval '1 minute'\n"
        "and run this again. What was done so far stays, and is not repeated."
    )
