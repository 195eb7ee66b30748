"""Before `prepare` changes anything: writes sessions of the new system to the old table in a transaction that is rolled
back, and says what the table refuses or changes."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg import errors

from .catalog import OldTable, completed_word
from .database import Connection, impatiently, query
from .error_text import names
from .install import Choices, Say, begin

BEGUN: dict[str, Any] = {
    "id": 0, "legacy_id": "74726169-6e65-8000-8fff-ffffffffffff",  # no session has this one
    "agent_name": "Preflight", "agent_id": "preflight", "status": "active", "transcript": [], "virtual_earnings": 0,
    "feedback_strengths": [], "feedback_improvements": [],
}  # fmt: skip
ENDED = {
    "status": "completed", "end_reason": "ended", "duration_seconds": 60,
    "transcript": [{"sequence": 1, "speaker": "user", "text": "Hello", "timestamp": "2026-01-01T00:00:00.000Z"}],
}  # fmt: skip
SCORES = ("rapport_score", "discovery_score", "objection_handling_score", "closing_score", "overall_score")


def refusals(connection: Connection, table: OldTable, choices: Choices, say: Say) -> list[str]:
    """The states of a session that the old table refuses or changes, and why. Everything is rolled back."""
    found: list[str] = []
    word = completed_word(connection, table)

    def play() -> None:
        found.clear()
        begin(connection, word, choices, is_first=False)
        for what, session in _life(connection, table).items():
            try:
                with connection.transaction():
                    [changed] = query(
                        connection,
                        "select training_migration.show_in_old_table(jsonb_populate_record(null::public.training_sessions, %s::jsonb))",
                        json.dumps(session),
                    )
                    if changed:
                        found.append(f"{what} ({changed})")
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                raise  # not the table's answer: tried again from the start
            except psycopg.Error as error:
                found.append(f"{what} ({names(error)})")
        raise psycopg.Rollback

    impatiently(connection, play, say)
    return found


def local_times(connection: Connection, table: OldTable) -> list[str]:
    """The columns without a time zone whose times would be taken for UTC, where the database writes them in another zone."""
    [is_utc] = query(
        connection, "select extract(timezone from now()) = 0 and extract(timezone from now() + interval '6 months') = 0"
    )
    return (
        [] if is_utc else sorted(name for name, kind in table.columns.items() if kind == "timestamp without time zone")
    )


def _life(connection: Connection, table: OldTable) -> dict[str, dict[str, Any]]:
    """The states of a new session of an existing user, and a new grade for an old row; empty without a user or a row."""
    people = query(
        connection,
        f"""(select user_id::text from {table.name} where user_id is not null limit 1)
            union all (select id::text from public.users limit 1) limit 1""",  # noqa: S608
    )
    [now] = query(connection, "select training.now()::text")
    times = dict.fromkeys(("created_at", "started_at", "last_activity_at"), now)
    graded = {
        **ENDED,
        **dict.fromkeys(SCORES, 50),
        "ended_at": now,
        "graded_at": now,
        "graded_by": "model",
        "rubric_version": "1",
    }
    life = {
        what: {**BEGUN, **times, "user_id": person, **changes}
        for person in people
        for what, changes in {
            "one that begins": {},
            "one that ended": {**ENDED, "ended_at": now},
            "one that was graded": graded,
            "one that failed": {**ENDED, "status": "failed", "end_reason": "no_conversation", "ended_at": now},
        }.items()
    }  # fmt: skip
    # A trigger that copies scores out of `analytics` shows on a row that has some.
    scored = " or ".join(
        f"o.{name} is not null" for name in ("analytics", "graded_at", "overall_score") if name in table.columns
    )
    for old_id, person in query(
        connection,
        f"select o.id::text, o.user_id::text from {table.name} o where o.user_id is not null and ({scored or 'false'}) limit 1",  # noqa: S608
    ):
        life["a new grade of an old one"] = {**BEGUN, **times, "user_id": person, **graded, "legacy_id": old_id}
    return life
