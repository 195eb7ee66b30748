"""Finds the objects that depend on the old table, and says what to do before `finish` or `finish --drop` (docs/MIGRATION.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .catalog import OldTable
from .database import Connection, query

Kind = Literal["function", "job", "view", "policy", "trigger", "child table", "publication", "grant", "object"]

RECIPES: dict[Kind, str] = {
    "function": "It names live_sessions in its text and will fail: read training_sessions there instead.",
    "job": "pg_cron runs it, and it names live_sessions: change or unschedule it.",
    "view": "It goes on reading the renamed table: make it again over training_sessions before the drop.",
    "policy": "It reads the old table: make it again over training_sessions before the drop.",
    "trigger": "It runs for writes of the old table alone: what it keeps up will not follow training_sessions.",
    "child table": "Its key refers to the old table: ./scripts/migrate children",
    "publication": "Realtime no longer sends changes of the old table: subscribe to the session's private channel.",
    "grant": "finish revokes it; undo gives it back.",
    "object": "It depends on the old table: drop or change it before the drop.",
}


@dataclass(frozen=True)
class Dependent:
    """One object that uses the old table. `breaks_at`: the step that it does not outlive."""

    kind: Kind
    name: str
    breaks_at: Literal["finish", "drop"]
    recipe: str
    blocks_drop: bool = False


def find_dependents(connection: Connection, table: OldTable) -> list[Dependent]:
    """The dependents of the old table under its present name, without the migration's own."""
    named = re.escape(table.name.split(".")[1].removesuffix("_retired"))
    return [
        *_named_in_functions(connection, named),
        *_named_in_jobs(connection, named),
        *_triggers(connection, table),
        *_publications_and_grants(connection, table),
        *_recorded(connection, table),
    ]


def _dependent(
    kind: Kind, name: str, breaks_at: Literal["finish", "drop"], more: str = "", blocks: bool = False
) -> Dependent:
    return Dependent(kind, name, breaks_at, more + RECIPES[kind], blocks)


def _named_in_functions(connection: Connection, named: str) -> list[Dependent]:
    """Functions whose text has the name: PostgreSQL records no dependency for them."""
    rows = query(
        connection,
        r"""select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where p.prosrc ~ ('\m' || %s || '\M') and n.nspname not in ('training', 'training_migration', 'pg_catalog', 'information_schema')
             order by 1""",
        named,
    )
    return [_dependent("function", f"function {name}", "finish") for name in rows]


def _named_in_jobs(connection: Connection, named: str) -> list[Dependent]:
    if query(connection, "select coalesce(has_table_privilege(to_regclass('cron.job'), 'select'), false)") != [True]:
        return []
    rows = query(
        connection, r"select coalesce(jobname, jobid::text) from cron.job where command ~ ('\m' || %s || '\M')", named
    )
    return [_dependent("job", f"cron job {name}", "finish") for name in rows]


def _triggers(connection: Connection, table: OldTable) -> list[Dependent]:
    """The host's triggers on the old table, with the tables that their functions write to."""
    rows = query(
        connection,
        """select t.tgname, p.proname, p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid
            where t.tgrelid = %s::regclass and not t.tgisinternal and t.tgname not like 'training_migration_%%' order by 1""",
        table.name,
    )
    found = []
    for trigger, function, text in rows:
        written = sorted(
            {
                each.lower().removeprefix("public.")
                for each in re.findall(r"\b(?:update|insert\s+into|delete\s+from)\s+([\w.]+)", text, re.IGNORECASE)
            }
            - {"set", "of", "on", "live_sessions"}
        )
        keeps_up = f"It writes to {', '.join(written)}. " if written else ""
        found.append(_dependent("trigger", f"trigger {trigger} ({function})", "finish", keeps_up))
    return found


def _publications_and_grants(connection: Connection, table: OldTable) -> list[Dependent]:
    publications = query(
        connection,
        """select p.pubname from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
            where r.prrelid = %s::regclass order by 1""",
        table.name,
    )
    grants = query(
        connection,
        """select format('%%s to %%s', string_agg(lower(a.privilege_type), ', ' order by a.privilege_type),
                         case a.grantee when 0 then 'public' else a.grantee::regrole::text end)
             from pg_class c, aclexplode(c.relacl) a
            where c.oid = %s::regclass and (a.grantee = 0 or a.grantee::regrole::text in ('anon', 'authenticated'))
            group by a.grantee order by 1""",
        table.name,
    )
    return [
        *(_dependent("publication", f"publication {name}", "finish") for name in publications),
        *(_dependent("grant", f"grant of {name}", "finish") for name in grants),
    ]


def _recorded(connection: Connection, table: OldTable) -> list[Dependent]:
    """The dependents in pg_depend: child tables, views, policies of other tables, functions and columns of the row type."""
    rows = query(
        connection,
        """with old as (
             select c.oid, array[c.reltype, t.typarray] as types from pg_class c join pg_type t on t.oid = c.reltype
              where c.oid = %s::regclass
           )
           select distinct d.classid::regclass::text,
                  case d.classid when 'pg_rewrite'::regclass
                    then (select pg_describe_object('pg_class'::regclass, r.ev_class, 0) from pg_rewrite r where r.oid = d.objid)
                    else pg_describe_object(d.classid, d.objid, d.objsubid) end
             from pg_depend d, old
            where d.deptype = 'n' and (d.refclassid = 'pg_class'::regclass and d.refobjid = old.oid
                                       or d.refclassid = 'pg_type'::regclass and d.refobjid = any (old.types))
              and not exists (select 1 from pg_depend own where (own.classid, own.objid) = (d.classid, d.objid)
                                 and own.refobjid = old.oid and own.deptype in ('a', 'i')) order by 2""",
        table.name,
    )
    kinds: dict[str, Kind] = {"pg_rewrite": "view", "pg_policy": "policy", "pg_constraint": "child table"}
    return [_dependent(kinds.get(catalog, "object"), name, "drop", blocks=True) for catalog, name in rows]
