"""Before `prepare` changes anything: sessions of the new system as the old table would get them, and what it says to them."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg import errors

from .catalog import OldTable, completed_word
from .database import Connection, impatiently, query
from .prepare import Say, begin
from .trouble import names

BEGUN: dict[str, Any] = {
    "id": 0, "legacy_id": "74726169-6e65-8000-8fff-ffffffffffff",  # no session has this one
    "agent_name": "Rehearsal", "agent_id": "rehearsal", "status": "active", "transcript": [], "virtual_earnings": 0,
    "feedback_strengths": [], "feedback_improvements": [],
}  # fmt: skip
ENDED = {
    "status": "completed", "end_reason": "ended", "duration_seconds": 60,
    "transcript": [{"sequence": 1, "speaker": "user", "text": "Hello", "timestamp": "2026-01-01T00:00:00.000Z"}],
}  # fmt: skip
SCORES = ("rapport_score", "discovery_score", "objection_handling_score", "closing_score", "overall_score")


def refusals(connection: Connection, table: OldTable, say: Say) -> list[str]:
    """What the old table refuses of a session's life, and over what; nothing of it stays."""
    found: list[str] = []
    word = completed_word(connection, table)

    def rehearse() -> None:
        found.clear()
        begin(connection, word, first=False)
        for what, session in _life(connection, table).items():
            try:
                with connection.transaction():
                    query(
                        connection,
                        "select training_migration.put_back(jsonb_populate_record(null::public.training_sessions, %s::jsonb))",
                        json.dumps(session),
                    )
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                raise  # not the table's word: once more from the start
            except psycopg.Error as error:
                found.append(f"{what} ({names(error)})")
        raise psycopg.Rollback

    impatiently(connection, rehearse, say)
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
    """A session of somebody who exists, one state after the other; nothing where nobody does."""
    people = query(
        connection,
        f"""(select user_id::text from {table.name} where user_id is not null limit 1)
            union all (select id::text from public.users limit 1) limit 1""",  # noqa: S608
    )
    [now] = query(connection, "select training.now()::text")
    times = dict.fromkeys(("created_at", "started_at", "last_activity_at"), now)
    return {
        what: {**BEGUN, **times, "user_id": person, **changes}
        for person in people
        for what, changes in {
            "one that begins": {},
            "one that ended": {**ENDED, "ended_at": now},
            "one that was graded": {
                **ENDED, **dict.fromkeys(SCORES, 50), "ended_at": now, "graded_at": now, "graded_by": "model", "rubric_version": "1",
            },
            "one that failed": {**ENDED, "status": "failed", "end_reason": "no_conversation", "ended_at": now},
        }.items()
    }  # fmt: skip
