"""Retiring the old table: the obstacles to retiring and dropping it, and the rename with its grants and publications."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .catalog import OldTable, State
from .child_primary_key import swap_all_back, waiting
from .database import OLD, RETIRED, Connection, Refusal, impatiently, query
from .dependents import find_dependents
from .install import Say, install
from .requeue import owner_is_known


def obstacles(connection: Connection, days: int) -> list[str]:
    """The obstacles to retiring the old table, without differences. Each text says whether --i-am-sure ignores it."""
    found = []
    [(percentage, is_off)] = query(connection, "select percentage, is_off from training.rollout")
    if percentage < 100 or is_off:
        found.append(f"the rollout is at {0 if is_off else percentage} %: ./scripts/migrate rollout 100")
    [listed] = query(connection, "select count(*) from training.rollout_users where system = 'live_sessions'")
    if listed:
        found.append(f"{listed} people are listed for live_sessions: rollout --user UUID --list none")
    [(out, changed)] = query(
        connection,
        """select count(*) filter (where problem is null or problem not like 'changed by%'),
                  count(*) filter (where problem like 'changed by%') from training_migration.pending_out""",
    )
    if out:
        found.append(f"{out} new sessions are pending: ./scripts/migrate backfill")
    if changed:
        found.append(
            f"{changed} new sessions look different in the old table, whose trigger changed them; see status (--i-am-sure)"
        )
    found += unsettled(connection)
    quiet = quiet_for(connection)
    if quiet < timedelta(days=days):
        found.append(
            f"the old app wrote to live_sessions {_in_words(quiet)} ago (or the mirrors are not older than that); "
            f"{days} days of quiet are asked for (--i-am-sure)"
        )
    return found


def drop_obstacles(connection: Connection, state: State, table: OldTable, days: int) -> list[str]:
    """The obstacles to dropping the old table."""
    found = []
    if hanging := [each.name for each in find_dependents(connection, table) if each.blocks_drop]:
        found.append("other objects depend on the old table; drop or move them first: " + "; ".join(hanging))
    found += [
        f"the primary key of {child} holds {old}, which new rows will not have: ./scripts/migrate children, after finish "
        "(--i-am-sure leaves it)"
        for child, old, _ in waiting(connection)
    ]
    if state.retired_at:
        if datetime.now(UTC) - state.retired_at < timedelta(days=days):
            found.append(f"retired {state.retired_at:%Y-%m-%d %H:%M}, not {days} days ago: wait (--i-am-sure)")
        found += unsettled(connection)
    return found


def unsettled(connection: Connection) -> list[str]:
    """Old rows that still have to become sessions."""
    found = []
    [pending] = query(connection, "select count(*) from training_migration.pending")
    if pending:
        found.append(f"{pending} old rows are pending: ./scripts/migrate backfill")
    [owned] = query(
        connection,
        f"select count(*) from training.legacy_quarantine q where {owner_is_known(connection)}",  # noqa: S608
    )
    if owned:
        found.append(
            f"{owned} rows in the quarantine belong to users who are known by now: ./scripts/migrate backfill; if they "
            "stay there, their owners need a row in public.users (--i-am-sure leaves them in the quarantine)"
        )
    return found


def need_free(connection: Connection, name: str) -> None:
    """Refusal if another table has the name already."""
    if query(connection, "select to_regclass(%s)", name) != [None]:
        raise Refusal(f"There is another {name} already. Rename or drop it, then run this again; nothing was changed.")


def quiet_for(connection: Connection) -> timedelta:
    """The time since the last direct write to the old table that is known."""
    [since] = query(
        connection,
        """select clock_timestamp() - greatest(s.prepared_at, (select max(hour) from training_migration.direct_writes))
             from training_migration.state s""",
    )
    result: timedelta = since
    return result


def rename(connection: Connection, name: str, say: Say, check: Callable[[], None] = lambda: None) -> None:
    """Gives the old table the other of its names, and the migration's functions with it. RETIRED: the old app has no table
    any more, and undo can bring it back; OLD: as it was. `check` may refuse after the table is locked against writes."""

    def renamed() -> None:
        query(connection, f"alter table {OLD if name == RETIRED else RETIRED} rename to {name.split('.')[1]}")
        check()
        install(connection, name)
        query(
            connection, "update training_migration.state set retired_at = case when %s then now() end", name == RETIRED
        )
        if name == RETIRED:
            _revoke(connection)
        else:
            _restore(connection)
            swap_all_back(connection)

    impatiently(connection, renamed, say)
    query(connection, "notify pgrst, 'reload schema'")


CLIENTS = "('anon', 'authenticated')"


def _revoke(connection: Connection) -> None:
    """Takes the retired table's grants from the API's roles and from PUBLIC, and the table from its publications. The statements
    that restore both go into the state. A publication of another owner is left alone."""
    table = RETIRED.split(".")[1]
    restore = query(
        connection,
        f"""select format('grant %%s on public.live_sessions to %%s%%s', a.privilege_type, case a.grantee when 0 then 'public' else a.grantee::regrole::text end,
                          case when a.is_grantable then ' with grant option' else '' end)
              from pg_class c, aclexplode(c.relacl) a
             where c.oid = %s::regclass and (a.grantee = 0 or a.grantee::regrole::text in {CLIENTS})
            union all
            select format('grant %%s (%%I) on public.live_sessions to %%s', x.privilege_type, a.attname,
                          case x.grantee when 0 then 'public' else x.grantee::regrole::text end)
              from pg_attribute a, aclexplode(a.attacl) x
             where a.attrelid = %s::regclass and (x.grantee = 0 or x.grantee::regrole::text in {CLIENTS})""",  # noqa: S608
        RETIRED,
        RETIRED,
    )
    publications = query(
        connection,
        """select quote_ident(p.pubname), pg_has_role(p.pubowner, 'usage'),
                  coalesce((select ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
                              from pg_attribute a where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)), '')
                    || coalesce(' where (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')
             from pg_publication_rel r join pg_publication p on p.oid = r.prpubid where r.prrelid = %s::regclass""",
        RETIRED,
    )
    for name, may_change, columns_and_filter in publications:
        if may_change:
            query(connection, f"alter publication {name} drop table public.{table}")
            restore.append(f"alter publication {name} add table public.live_sessions{columns_and_filter}")
    query(connection, f"revoke all on {RETIRED} from public, anon, authenticated")
    query(connection, "update training_migration.state set revoked = %s", restore)


def _restore(connection: Connection) -> None:
    [statements] = query(connection, "select revoked from training_migration.state")
    for statement in statements:
        query(connection, statement)
    query(connection, "update training_migration.state set revoked = '{}'")


def _in_words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
