"""The statement with which `verify` passes ordinary rows: those whose columns have ordinary types and whose values are plainly the same in
the session. It is made from the columns of the old table. A row that it does not pass may still be right: compare.py decides."""

from __future__ import annotations

from psycopg.sql import SQL, Identifier, Literal

from .catalog import OldTable
from .compare import CATEGORIES, FEEDBACK, TRANSCRIPTS
from .database import Connection, query

WHOLE = ("smallint", "integer", "bigint")
NUMERIC = (*WHOLE, "numeric", "real", "double precision")
REP = ("user", "rep", "salesrep")
HOMEOWNER = ("agent", "homeowner", "ai", "assistant", "austin", "customer")


def plainly_same(connection: Connection, table: OldTable) -> str:
    """`ids` → (id, whether the row is plainly the same as its session)."""
    [has_map] = query(connection, "select column_map <> '{}' from training_migration.state")
    conditions = None if has_map else _conditions(table)
    if conditions is None:
        return f"select o.id::text, false from {table.name} o where o.id = any(%(ids)s::uuid[])"  # noqa: S608
    return f"""
        select o.id::text, ({" and ".join(conditions)}) is true
          from training_migration.state s, {table.name} o
          left join public.training_sessions t on t.legacy_id = o.id
          left join training.legacy_originals k on k.session_id = t.id
          left join lateral (select g.scores from public.training_grades g
                              where g.session_id = t.id and g.outcome = 'accepted' and g.grader = 'legacy' order by g.id desc limit 1) g on true
         where o.id = any(%(ids)s::uuid[])"""  # noqa: S608


def _conditions(table: OldTable) -> list[str] | None:
    """None where a column has a type that only Python reads."""
    types = table.columns
    times = [name for name in ("created_at", "started_at", "ended_at", "graded_at") if name in types]
    transcripts = [name for name in TRANSCRIPTS if name in types]
    scores = [name for names in CATEGORIES.values() for name in names if name in types] + ["overall_score"] * (
        "overall_score" in types
    )
    if (
        any(types[name] != "timestamp with time zone" for name in times)
        or len(times) < 4
        or len(transcripts) != 1
        or types[transcripts[0]] != "jsonb"
        or any(
            not types[name].startswith(NUMERIC)
            for name in (*scores, "virtual_earnings", "duration_seconds")
            if name in types
        )
        or types.get("analytics", "jsonb") != "jsonb"
        or {"what_worked", "what_failed"} & set(types)
    ):
        return None
    return [
        "not training_migration.began_in_new(o.id)",
        "t.user_id = coalesce(o.user_id, s.anonymous_owner)",
        "t.graded_by is not distinct from case when t.graded_at is not null then 'legacy' end",
        "not exists (select 1 from training_migration.pending p where p.legacy_id = o.id)",
        "not exists (select 1 from training.legacy_quarantine q where q.legacy_id = o.id)",
        # Times
        "o.created_at = t.created_at and o.started_at = t.started_at and o.ended_at = t.ended_at and o.started_at <= o.ended_at",
        "least(o.created_at, o.started_at) > '1980-01-01' and greatest(o.created_at, o.started_at, o.ended_at) < now()",
        *(["o.duration_seconds = t.duration_seconds"] if "duration_seconds" in types else []),
        *_names(types),
        *_grade(types, scores),
        *_feedback(types),
        *_kept(table),
        *_lines(transcripts[0]),
    ]


def _names(types: dict[str, str]) -> list[str]:
    return [
        *(["t.agent_name = btrim(o.agent_name)"] if "agent_name" in types else ["false"]),
        *(["t.agent_id is not distinct from o.agent_id::text"] if "agent_id" in types else []),
        *(
            ["t.conversation_id is not distinct from o.elevenlabs_conversation_id"]
            if "elevenlabs_conversation_id" in types
            else []
        ),
    ]


def _grade(types: dict[str, str], scores: list[str]) -> list[str]:
    """Whole scores from 0 to 100, in the session and in its history; or none."""
    found = []
    if "grading_status" in types and scores:
        given = ", ".join(f"o.{name}" for name in scores)
        found.append(f"(o.grading_status::text is distinct from 'failed' or num_nonnulls({given}) = 0)")
    for ours, columns in CATEGORIES.items():
        present = [f"o.{name}" for name in columns if name in types]
        theirs = f"coalesce({', '.join(present)})" if present else "null::integer"
        found.append(f"t.{ours} is not distinct from {theirs}")
        found += [f"({each} is null or {each} = t.{ours})" for each in present]
        found.append(f"(g.scores ->> '{ours.removesuffix('_score')}')::numeric is not distinct from {theirs}")
    if scores:
        given = ", ".join(f"o.{name}" for name in scores)
        found.append(f"(num_nonnulls({given}) = 0 or t.graded_at = o.graded_at)")
    if "virtual_earnings" in types:
        found.append("t.virtual_earnings = o.virtual_earnings")
    return found


def _feedback(types: dict[str, str]) -> list[str]:
    """Both lists are in `analytics.feedback`, or there are none; other keys are compared as kept columns."""
    if "analytics" not in types:
        return ["cardinality(t.feedback_strengths) = 0 and cardinality(t.feedback_improvements) = 0"]
    return [
        f"to_jsonb(t.feedback_{kind}) = coalesce(o.analytics #> '{{feedback,{kind}}}', '[]')"
        for kind in ("strengths", "improvements")
    ]


def _kept(table: OldTable) -> list[str]:
    """Exactly the values that the session does not hold are kept, unchanged."""
    names = [*table.ignored, *(name for name in ("analytics", "sale_closed") if name in table.columns)]
    known = SQL("array[{}]::text[]").format(SQL(", ").join(map(Literal, names))).as_string()
    found = [f"(k.session_id is null or k.columns - {known} = '{{}}')"]
    for name in table.ignored:
        value = SQL("to_jsonb(o.{})").format(Identifier(name)).as_string()
        kept = SQL("k.columns -> {}").format(Literal(name)).as_string()
        found.append(
            f"({kept} = {value} or {kept} is null and coalesce({value}, 'null') in ('null', '\"\"', '[]', '{{}}'))"
        )
    if "sale_closed" in table.columns:
        found.append("(o.sale_closed is not true or g.scores is not null or k.columns -> 'sale_closed' = 'true')")
        found.append("(k.columns -> 'sale_closed' is null or k.columns -> 'sale_closed' = to_jsonb(o.sale_closed))")
    if "analytics" in table.columns:
        lists = SQL("array[{}]").format(SQL(", ").join(map(Literal, FEEDBACK[:2]))).as_string()
        found.append(
            "(k.columns -> 'analytics' = o.analytics or k.columns -> 'analytics' is null and (o.analytics is null or o.analytics = 'null' "
            f"or o.analytics - 'feedback' = '{{}}' and coalesce(o.analytics -> 'feedback', '{{}}') - {lists} = '{{}}'))"
        )
    return found


SAME_LINES = """not exists (
  select 1 from rows from (jsonb_array_elements(o.COLUMN), jsonb_array_elements(t.transcript)) with ordinality as l (was, line, n)
   where ((coalesce(was -> 'text', was -> 'message') = line -> 'text')
          and case line ->> 'speaker' when 'user' then coalesce(was ->> 'speaker', was ->> 'role') in (REP)
                                      else coalesce(was ->> 'speaker', was ->> 'role') in (HOMEOWNER) end
          and coalesce(was -> 'timestamp', was -> 'time') = line -> 'timestamp'
          and line -> 'sequence' = to_jsonb(n)) is not true)"""


def _lines(column: str) -> list[str]:
    """Line by line: speaker, words and time; the sequence counts them; no line holds more."""
    same = SAME_LINES.replace("COLUMN", column)
    for name, labels in (("REP", REP), ("HOMEOWNER", HOMEOWNER)):
        same = same.replace(name, ", ".join(f"'{label}'" for label in labels))
    return [
        f"jsonb_typeof(o.{column}) = 'array'",
        """t.transcript @> '[{"speaker": "user"}]'""",
        f"""not o.{column} @? 'strict $[*].* ? (@.type() == "object" || @.type() == "array")'""",
        same,
    ]
