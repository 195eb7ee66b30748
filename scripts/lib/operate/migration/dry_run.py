"""`backfill --dry-run`: converts everything in a transaction that is rolled back, also before `prepare`."""

from __future__ import annotations

from collections.abc import Iterator

from .catalog import State, check_old_table
from .database import AFTER, Connection, query, sql_files
from .terminal import bar

CHUNK = 500


class _RollBack(Exception):
    pass


def dry_run(connection: Connection, state: State, limit: int | None) -> int:
    """Converts every old row (or `limit` of them), stores nothing, and says what would become of them. Exit status."""
    table = state.need("found", "prepared")
    check_old_table(connection, table)
    [total] = query(connection, f"select count(*) from {table.name}")  # noqa: S608
    total = min(total, limit or total)
    counts: dict[str, int] = {}
    try:
        with connection.transaction(), bar("converting", total) as advance:
            if state.phase == "found":
                query(connection, "create schema if not exists training_migration")
                for text in sql_files(table.name, "2", "3", "4"):
                    query(connection, text)
            known = owner_condition(connection)
            choices = "select column_map, anonymous_owner from training_migration.state"
            if state.phase == "found":
                choices = "select '{}'::jsonb as column_map, null::uuid as anonymous_owner"
            last, seen = None, 0
            while seen < total:
                rows = query(
                    connection,
                    f"""select o.id::text, u.id is not null, {known}, o.owner is null, c.status, c.reasons, c.notes, c.kept <> '{{}}'
                          from (select o as old, o.id, coalesce(o.user_id, s.anonymous_owner) as owner, s.column_map, s.anonymous_owner
                                  from {table.name} o, ({choices}) s where {AFTER} order by o.id limit %(count)s) o
                          left join public.users u on u.id = o.owner,
                          training_migration.convert(
                            training_migration.mapped(training_migration.row_json(o.old), o.column_map, o.anonymous_owner), training.now()) c
                         order by o.id""",  # noqa: S608
                    last=last,
                    count=min(CHUNK, total - seen),
                )
                if not rows:
                    break
                for row in rows:
                    for what in _outcomes(*row[1:]):
                        counts[what] = counts.get(what, 0) + 1
                last, seen = rows[-1][0], seen + len(rows)
                advance(len(rows))
            raise _RollBack
    except _RollBack:
        pass
    print(f"{total:,} rows would become:")
    for what, count in sorted(counts.items(), key=lambda each: -each[1])[:40]:
        print(f"  {count:>9,}  {what}")
    return 0


def owner_condition(connection: Connection) -> str:
    """Whether Supabase Auth knows the owner, so that the backfill can make a profile; false where this role may not ask."""
    [may_ask] = query(connection, "select coalesce(has_table_privilege(to_regclass('auth.users'), 'select'), false)")
    return "exists (select 1 from auth.users a where a.id = o.owner)" if may_ask else "false"


def _outcomes(
    has_profile: bool,
    is_known: bool,
    is_anonymous: bool,
    status: str,
    reasons: list[str],
    notes: list[str],
    keeps: bool,
) -> Iterator[str]:
    """The outcomes of one row."""
    if is_anonymous:
        yield "quarantined: no user"
    elif not has_profile and not is_known:
        yield "quarantined: the user has no profile, and none can be made"
    else:
        yield status
        if not has_profile:
            yield "profile made from Supabase Auth"
        if keeps:
            yield "columns kept as legacy"
        yield from (f"kept because of {reason}" for reason in reasons)
        yield from notes
