"""Lists rows again before a backfill: failed rows, and rows that neither mirror saw."""

from __future__ import annotations

from .catalog import OldTable
from .database import AFTER, Connection, query

PORTION = 5000

KNOWN_OWNER = "exists (select 1 from public.users u where u.id = q.user_id)"
KNOWN_TO_AUTH = "exists (select 1 from auth.users u where u.id = q.user_id)"


def requeue(connection: Connection, table: OldTable) -> None:
    """It can be repeated, and run while people work: each statement sees both systems in one snapshot."""
    query(connection, "update training_migration.pending set problem = null where problem is not null")
    # A session of the old system that did not end within a day counts as ended.
    query(
        connection,
        """insert into training_migration.pending (legacy_id, user_id)
           select t.legacy_id, t.user_id from public.training_sessions t
            where t.status = 'active' and t.legacy_id is not null and not training_migration.began_in_new(t.legacy_id)
              and t.started_at < training.now() - interval '1 day'
              and not exists (select 1 from training_migration.pending p where p.legacy_id = t.legacy_id)""",
    )
    query(
        connection,
        f"""insert into training_migration.pending (legacy_id, user_id)
            select q.legacy_id, q.user_id from training.legacy_quarantine q where {owner_is_known(connection)}
               and not exists (select 1 from training_migration.pending p where p.legacy_id = q.legacy_id)""",  # noqa: S608
    )
    for each in (_unmirrored_rows(table.name), _erased_rows(table.name), _unseen_sessions(table.name)):
        _in_portions(connection, each)


def owner_is_known(connection: Connection) -> str:
    """A condition on training.legacy_quarantine q: the owner of the row is known by now."""
    [auth] = query(connection, "select coalesce(has_table_privilege(to_regclass('auth.users'), 'select'), false)")
    return f"({KNOWN_OWNER}{f' or {KNOWN_TO_AUTH}' if auth else ''})"


def _in_portions(connection: Connection, statement: str) -> None:
    """Runs the statement over a table in the order of its key, so that each run is short: it takes the last key seen and
    the number of rows in a portion, and returns the portion's last key."""
    last: object = None
    while True:
        [last] = query(connection, statement, last=last, count=PORTION)
        if last is None:
            return


def _unmirrored_rows(table: str) -> str:
    """Old rows without a session that are neither listed nor in the quarantine: no mirror saw them."""
    return f"""
        with portion as materialized (
          select o.id, o.user_id from {table} o
           where {AFTER} order by o.id limit %(count)s
        ), listed as (
          insert into training_migration.pending (legacy_id, user_id)
          select o.id, o.user_id from portion o
           where not training_migration.began_in_new(o.id)
             and not exists (select 1 from public.training_sessions t where t.legacy_id = o.id)
             and not exists (select 1 from training_migration.pending p where p.legacy_id = o.id)
             and not exists (select 1 from training.legacy_quarantine q where q.legacy_id = o.id)
        )
        select max(id::text)::uuid from portion"""  # noqa: S608


def _erased_rows(table: str) -> str:
    """Sessions that began in the old system and whose old row is gone."""
    return f"""
        with portion as materialized (
          select t.id, t.legacy_id, t.user_id from public.training_sessions t
           where t.id > coalesce(%(last)s, 0) order by t.id limit %(count)s
        ), listed as (
          insert into training_migration.pending (legacy_id, user_id)
          select t.legacy_id, t.user_id from portion t
           where t.legacy_id is not null and not training_migration.began_in_new(t.legacy_id)
             and not exists (select 1 from {table} o where o.id = t.legacy_id)
             and not exists (select 1 from training_migration.pending p where p.legacy_id = t.legacy_id)
        )
        select max(id) from portion"""  # noqa: S608


def _unseen_sessions(table: str) -> str:
    """Sessions of the new system without a row in the old table."""
    return f"""
        with portion as materialized (
          select t.id, t.legacy_id from public.training_sessions t
           where t.id > coalesce(%(last)s, 0) order by t.id limit %(count)s
        ), listed as (
          insert into training_migration.pending_out (session_id)
          select t.id from portion t
           where (t.legacy_id is null or training_migration.began_in_new(t.legacy_id))
             and not exists (select 1 from {table} o where o.id = t.legacy_id)
             and not exists (select 1 from training_migration.pending_out e where e.session_id = t.id)
        )
        select max(id) from portion"""  # noqa: S608
