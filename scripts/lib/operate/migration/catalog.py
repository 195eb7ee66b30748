"""What is there: the old table as it drifted, and how far the migration has come. Looked up, never assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .database import OLD, RETIRED, Connection, Refused, query

Phase = Literal["nothing", "found", "unfinished", "prepared", "retired", "left over"]

CARRIED = frozenset(
    (
        "id", "user_id", "agent_name", "agent_id", "started_at", "ended_at", "created_at", "duration_seconds",
        "full_transcript", "transcript", "overall_score", "rapport_score", "discovery_score",
        "objection_handling_score", "close_score", "closing_score", "virtual_earnings", "analytics", "sale_closed",
        "grading_status", "graded_at", "end_reason", "elevenlabs_conversation_id",
    )
)  # fmt: skip
"""The columns of the old table that the conversion reads."""


@dataclass(frozen=True)
class OldTable:
    """The old table: its name now, column → type, and what stands in the way."""

    name: str
    columns: dict[str, str]
    required: list[str] = field(default_factory=list)
    """Columns that a session of the new system cannot fill."""
    dependents: list[str] = field(default_factory=list)
    """Objects that would not survive the table: foreign keys, views, policies, functions, columns of its row type."""

    @property
    def ignored(self) -> list[str]:
        return sorted(set(self.columns) - CARRIED)

    def first_time(self) -> str:
        """An SQL expression for when a row began, from the columns there are."""
        times = [
            f"o.{name}" if self.columns[name].startswith("timestamp") else f"training_migration.moment(o.{name}::text)"
            for name in ("created_at", "started_at", "ended_at")
            if name in self.columns
        ]
        return f"coalesce({', '.join(times)})::timestamptz" if times else "null::timestamptz"


@dataclass(frozen=True)
class State:
    """How far it is."""

    phase: Phase
    table: OldTable | None
    retired_at: datetime | None = None

    def need(self, *phases: Phase) -> OldTable:
        """The old table, if the phase is one of these; Refused with what to do otherwise."""
        if self.phase in phases and self.table is not None:
            return self.table
        raise Refused(
            {
                "nothing": "There is no table public.live_sessions here: nothing to migrate, and nothing was changed.",
                "found": "Not prepared yet. First: ./scripts/migrate prepare",
                "unfinished": "A prepare or an undo has not come to its end. First run it again: ./scripts/migrate prepare, or undo",
                "prepared": "Nothing has been retired yet. First: ./scripts/migrate finish",
                "retired": "live_sessions is retired. ./scripts/migrate undo brings it back, finish --drop ends it.",
                "left over": "There is a public.live_sessions_retired, and no migration to it any more. "
                "To have it back: alter table public.live_sessions_retired rename to live_sessions; "
                "to be rid of it: ./scripts/migrate finish --drop",
            }[self.phase]
        )


def read_state(connection: Connection) -> State:
    """Raises Refused where the project's own migrations are missing."""
    if query(connection, "select to_regclass('training.rollout')") == [None]:
        other = query(connection, "select to_regclass('public.training_sessions')::text")[0]
        raise Refused(
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
    row = query(connection, "select filled, retired_at from training_migration.state") if installed else []
    filled, retired_at = row[0] if row else (False, None)
    table = _read_table(connection, RETIRED if retired_at else OLD)
    if table is None:
        table = _read_table(connection, RETIRED)
        return State("left over" if table else "nothing", table)
    if not row:
        return State("found", table)
    return State("retired" if retired_at else "prepared" if filled else "unfinished", table, retired_at)


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
        [column for column, _, required in columns if required and column not in CARRIED],
        query(
            connection,
            """with old as (
                 select c.oid, array[c.reltype, t.typarray] as types from pg_class c join pg_type t on t.oid = c.reltype
                  where c.oid = %s::regclass
               )
               select distinct case d.classid when 'pg_rewrite'::regclass
                        then (select pg_describe_object('pg_class'::regclass, r.ev_class, 0) from pg_rewrite r where r.oid = d.objid)
                        else pg_describe_object(d.classid, d.objid, d.objsubid) end
                 from pg_depend d, old
                where d.deptype = 'n' and (d.refclassid = 'pg_class'::regclass and d.refobjid = old.oid
                                           or d.refclassid = 'pg_type'::regclass and d.refobjid = any (old.types))
                  and not exists (select 1 from pg_depend own where (own.classid, own.objid) = (d.classid, d.objid)
                                     and own.refobjid = old.oid and own.deptype in ('a', 'i'))""",
            name,
        ),
    )


def completed_word(connection: Connection, table: OldTable) -> str:
    """What the old app calls a graded session: the one word its column allows, else one that its rows have."""
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
    words = [word for word in ("completed", "complete") if f"'{word}'" in allowed] or query(
        connection,
        f"select distinct grading_status::text from {table.name} where grading_status::text in ('complete', 'completed')",  # noqa: S608
    )
    return "complete" if words == ["complete"] else "completed"


def check_old_table(connection: Connection, table: OldTable) -> None:
    """Refused, before anything has changed, where the migration could not keep its word."""
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
        problem = "live_sessions has no uuid column user_id: its rows could belong to nobody."
    elif not may_change or not sees_all:
        problem = (
            "This role may not set triggers on live_sessions or does not see all of it. "
            "Use the table's owner (on Supabase: postgres)."
        )
    if problem:
        raise Refused(f"{problem} Nothing was changed.")
