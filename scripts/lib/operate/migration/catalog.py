"""Reads the database: the old table, whose columns drifted, and the phase of the migration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .database import OLD, RETIRED, Connection, Refusal, query

Phase = Literal["nothing", "found", "unfinished", "prepared", "retired", "left over"]

READ_COLUMNS = frozenset(
    (
        "id", "user_id", "agent_name", "agent_id", "started_at", "ended_at", "created_at", "duration_seconds",
        "full_transcript", "transcript", "overall_score", "rapport_score", "discovery_score", "needs_discovery_score",
        "objection_handling_score", "close_score", "closing_score", "close_effectiveness_score", "virtual_earnings",
        "analytics", "what_worked", "what_failed", "sale_closed", "grading_status", "graded_at", "end_reason",
        "elevenlabs_conversation_id",
    )
)  # fmt: skip
"""The columns of the old table that the conversion reads: training_migration.read_columns()."""


@dataclass(frozen=True)
class OldTable:
    """The old table: its present name, its columns and their types."""

    name: str
    columns: dict[str, str]
    required: list[str] = field(default_factory=list)
    """Columns that a session of the new system cannot fill."""

    @property
    def ignored(self) -> list[str]:
        return sorted(set(self.columns) - READ_COLUMNS)

    def first_time(self) -> str:
        """An SQL expression for when a row began, from the columns that exist."""
        times = [
            f"o.{name}"
            if self.columns[name].startswith("timestamp")
            else f"training_migration.read_time(o.{name}::text)"
            for name in ("created_at", "started_at", "ended_at")
            if name in self.columns
        ]
        return f"coalesce({', '.join(times)})::timestamptz" if times else "null::timestamptz"


@dataclass(frozen=True)
class State:
    """The phase of the migration."""

    phase: Phase
    table: OldTable | None
    retired_at: datetime | None = None

    def need(self, *phases: Phase) -> OldTable:
        """The old table, if the phase is one of these; else a Refusal with what to do."""
        if self.phase in phases and self.table is not None:
            return self.table
        raise Refusal(
            {
                "nothing": "This project has no table public.live_sessions: nothing to migrate, and nothing was changed.",
                "found": "Not prepared yet. First: ./scripts/migrate prepare",
                "unfinished": "A prepare or an undo was interrupted. First run it again: ./scripts/migrate prepare, or undo",
                "prepared": "Nothing has been retired yet. First: ./scripts/migrate finish",
                "retired": "live_sessions is retired. ./scripts/migrate undo brings it back, finish --drop ends it.",
                "left over": "public.live_sessions_retired is here without its migration. "
                "To have it back: alter table public.live_sessions_retired rename to live_sessions; "
                "to drop it: ./scripts/migrate finish --drop",
            }[self.phase]
        )


def read_state(connection: Connection) -> State:
    """Refusal where the project's own migrations are missing."""
    if query(connection, "select to_regclass('training.rollout')") == [None]:
        other = query(connection, "select to_regclass('public.training_sessions')::text")[0]
        raise Refusal(
            "The new system is not in this database yet, and nothing was changed. "
            + (
                f"There is another {other}: rename it (alter table public.training_sessions "
                "rename to training_sessions_old; "
                "if it is the old system's table, to live_sessions), then apply the migrations (./scripts/deploy)."
                if other
                else "Apply the migrations first: ./scripts/deploy, or supabase db push."
            )
        )
    installed = query(connection, "select to_regclass('training_migration.state')") != [None]
    row = query(connection, "select list_complete, retired_at from training_migration.state") if installed else []
    is_complete, retired_at = row[0] if row else (False, None)
    table = _read_table(connection, RETIRED if retired_at else OLD)
    if table is None:
        table = _read_table(connection, RETIRED)
        return State("left over" if table else "nothing", table)
    if not row:
        return State("found", table)
    return State("retired" if retired_at else "prepared" if is_complete else "unfinished", table, retired_at)


def _read_table(connection: Connection, name: str) -> OldTable | None:
    if query(connection, "select to_regclass(%s)", name) == [None]:
        return None
    columns = query(
        connection,
        """select attname, format_type(atttypid, null),
                  attnotnull and attidentity = '' and attgenerated = '' and not atthasdef
             from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum""",
        name,
    )
    return OldTable(
        name,
        {column: type_name for column, type_name, _ in columns},
        [column for column, _, required in columns if required and column not in READ_COLUMNS],
    )


def completed_word(connection: Connection, table: OldTable) -> str:
    """The old app's word for a graded session: of the words that its column allows, the one that more rows have."""
    if "grading_status" not in table.columns:
        return "completed"
    allowed = " ".join(
        query(
            connection,
            """select pg_get_constraintdef(c.oid) from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid
                where c.conrelid = %s::regclass and c.contype = 'c' and a.attname = 'grading_status' and a.attnum = any (c.conkey)
               union all select quote_literal(e.enumlabel) from pg_enum e join pg_attribute a on a.atttypid = e.enumtypid
                where a.attrelid = %s::regclass and a.attname = 'grading_status'""",
            table.name,
            table.name,
        )
    )
    words = [word for word in ("completed", "complete") if f"'{word}'" in allowed]
    if len(words) == 1:
        return words[0]
    used = query(
        connection,
        f"""select grading_status::text from {table.name} where grading_status::text in ('complete', 'completed')
             group by 1 order by count(*) desc, 1 desc limit 1""",  # noqa: S608
    )
    return str(used[0]) if used else "completed"


def check_old_table(connection: Connection, table: OldTable) -> None:
    """Refusal, before anything is changed, where the migration cannot work."""
    [(kind, may_change, sees_all)] = query(
        connection,
        """select c.relkind, r.rolsuper or pg_has_role(c.relowner, 'member'), r.rolsuper or r.rolbypassrls
                  or (pg_has_role(c.relowner, 'member') and not c.relforcerowsecurity)
             from pg_class c, pg_roles r where c.oid = %s::regclass and r.rolname = current_user""",
        table.name,
    )
    unique = query(
        connection,
        """select 1 from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = %s::regclass and i.indisunique and i.indpred is null and i.indnkeyatts = 1
              and a.attname = 'id'""",
        table.name,
    )
    problem = None
    if kind not in ("r", "p"):
        problem = "public.live_sessions is not a table. Migrate the table behind it, under this name."
    elif table.columns.get("id") != "uuid" or not unique:
        problem = "live_sessions has no unique uuid column id: old links could not be told apart. Add that key first."
    elif table.columns.get("user_id") != "uuid":
        problem = "live_sessions has no uuid column user_id: the owners of its rows are unknown."
    elif not may_change or not sees_all:
        problem = (
            "This role may not set triggers on live_sessions or does not see all of it. "
            "Use the table's owner (on Supabase: postgres)."
        )
    if problem:
        raise Refusal(f"{problem} Nothing was changed.")
