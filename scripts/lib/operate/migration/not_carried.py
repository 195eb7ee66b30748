"""The columns of the old table, and the keys of its `analytics`, that the conversion does not read, with the number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import psycopg
from psycopg.sql import SQL, Identifier

from .catalog import OldTable
from .database import Connection, query

READ_KEYS = ("feedback", "strengths", "improvements", "what_worked", "what_failed")


def count_not_carried(connection: Connection, table: OldTable, column_map: Mapping[str, str]) -> dict[str, int]:
    """{"audio_url": 12, "analytics.deep_analysis": 340}, the most frequent first. Empty values do not count."""
    names = [name for name in table.ignored if name not in column_map]
    counts: dict[str, int] = {}
    if names:
        selected = ", ".join(
            SQL("count(*) filter (where o.{0}::text not in ('', '[]', '{{}}', 'null'))")
            .format(Identifier(name))
            .as_string()
            for name in names
        )
        [found] = query(connection, f"select array[{selected}] from {table.name} o")  # noqa: S608
        counts = dict(zip(names, found, strict=True))
    if table.columns.get("analytics") in ("json", "jsonb"):
        with suppress(psycopg.DataError):  # a json column may hold what jsonb cannot
            counts |= dict(query(connection, _KEYS.format(table=table.name), read=list(READ_KEYS)))
    return {name: count for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])) if count}


_KEYS = """
with given as (
  select case jsonb_typeof(o.analytics::jsonb) when 'object' then o.analytics::jsonb end as analytics from {table} o
), keys as (
  select 'analytics.' || left(key, 60) as name, value from given g, jsonb_each(g.analytics - %(read)s::text[])
  union all
  select 'analytics.feedback.' || left(key, 60), value
    from given g, jsonb_each(case jsonb_typeof(g.analytics -> 'feedback') when 'object' then g.analytics -> 'feedback' else '{{}}' end
                             - (%(read)s::text[])[2:])
)
select name, count(*) from keys where value not in ('null', '""', '[]', '{{}}') group by 1 limit 200
"""
