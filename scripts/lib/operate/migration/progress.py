"""The progress of the migration, as `status` shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .catalog import State
from .database import Connection, query
from .dependents import Dependent, find_dependents
from .not_carried import count_not_carried


@dataclass
class Status:
    state: State
    percentage: int = 100
    is_off: bool = False
    lists: dict[str, int] = field(default_factory=dict)
    old_rows: int = 0
    sessions: int = 0
    mapped: int = 0
    pending: int = 0
    listed_by_mirror: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    out: int = 0
    out_problems: dict[str, int] = field(default_factory=dict)
    quarantine: dict[str, int] = field(default_factory=dict)
    with_originals: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    not_carried: dict[str, int] = field(default_factory=dict)
    dependents: list[Dependent] = field(default_factory=list)
    last_direct_write: datetime | None = None

    def next_step(self) -> str:
        match self.state.phase:
            case "nothing":
                return "nothing to migrate"
            case "found":
                return "./scripts/migrate prepare"
            case "unfinished":
                return "./scripts/migrate prepare, or undo: one of them was interrupted"
            case "left over":
                return "./scripts/migrate finish --drop, or rename live_sessions_retired back to live_sessions"
            case "retired":
                return "watch; then ./scripts/migrate finish --drop, or ./scripts/migrate undo"
        if self.pending or self.out:
            return "./scripts/migrate backfill"
        if self.is_off or self.percentage < 100:
            return "./scripts/migrate verify, then rollout 1, 10, 50, 100"
        return "after seven quiet days: ./scripts/migrate finish"


def read_status(connection: Connection, state: State) -> Status:
    status = Status(state)
    [(status.percentage, status.is_off)] = query(connection, "select percentage, is_off from training.rollout")
    status.lists = dict(query(connection, "select system, count(*) from training.rollout_users group by 1"))
    [(status.sessions, status.mapped)] = query(
        connection, "select count(*), count(legacy_id) from public.training_sessions"
    )
    if state.table:
        [status.old_rows] = query(connection, f"select count(*) from {state.table.name}")  # noqa: S608
        status.dependents = find_dependents(connection, state.table)
    status.quarantine = _counts(
        connection, "select reason, count(*) from training.legacy_quarantine group by 1 order by 2 desc"
    )
    [status.with_originals] = query(connection, "select count(*) from training.legacy_originals")
    status.reasons = _counts(
        connection,
        r"""select regexp_replace(each, '^\d+ ', ''), count(*) from training.legacy_originals, unnest(reasons) each
             group by 1 order by 2 desc""",
    )
    if state.table and state.phase == "found":
        status.not_carried = count_not_carried(connection, state.table, {})
    if state.phase in ("unfinished", "prepared", "retired"):
        [(status.pending, status.listed_by_mirror, status.out)] = query(
            connection,
            """select count(*), count(*) filter (where position = 0),
                      (select count(*) from training_migration.pending_out)
                 from training_migration.pending""",
        )
        for name, table in (("problems", "pending"), ("out_problems", "pending_out")):
            found = _counts(
                connection,
                f"""select problem, count(*) from training_migration.{table}
                     where problem is not null group by 1 order by 2 desc""",  # noqa: S608
            )
            setattr(status, name, found)
        [status.not_carried] = query(connection, "select not_carried from training_migration.state")
        [status.last_direct_write] = query(connection, "select max(hour) from training_migration.direct_writes")
    return status


def _counts(connection: Connection, text: str) -> dict[str, Any]:
    return dict(query(connection, text))
