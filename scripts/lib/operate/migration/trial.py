"""`backfill --dry-run`: the whole conversion without a trace, also before `prepare`."""

from __future__ import annotations

from .catalog import State, check_old_table
from .database import AFTER, Connection, query, sql_files
from .shown import bar

CHUNK = 500


class _RolledBack(Exception):
    pass


def trial(connection: Connection, state: State, limit: int | None) -> int:
    """Converts every old row (or `limit` of them), stores nothing, and says what would come of them. Exit status."""
    table = state.need("found", "prepared")
    check_old_table(connection, table)
    [total] = query(connection, f"select count(*) from {table.name}")  # noqa: S608
    total = min(total, limit or total)
    counts: dict[str, int] = {}
    try:
        with connection.transaction(), bar("converting", total) as advance:
            if state.phase == "found":
                for text in sql_files(table.name, "2", "3", "4"):
                    query(connection, "create schema if not exists training_migration")
                    query(connection, text)
            last, seen = None, 0
            while seen < total:
                rows = query(
                    connection,
                    f"""select o.id::text, u.id is not null, o.user_id is null, c.status, c.quarantine, c.notes
                          from (select o as old, o.id, o.user_id from {table.name} o where {AFTER} order by o.id limit %(count)s) o
                          left join public.users u on u.id = o.user_id,
                          training_migration.convert(training_migration.row_json(o.old), training.now()) c order by o.id""",  # noqa: S608
                    last=last,
                    count=min(CHUNK, total - seen),
                )
                if not rows:
                    break
                for _, owned, ownerless, status, quarantine, notes in rows:
                    what = "quarantined: no user" if ownerless else "quarantined unless Supabase Auth knows the user"
                    for each in (
                        [status, *([f"transcript kept verbatim: {quarantine}"] if quarantine else []), *notes]
                        if owned
                        else [what]
                    ):
                        counts[each] = counts.get(each, 0) + 1
                last, seen = rows[-1][0], seen + len(rows)
                advance(len(rows))
            raise _RolledBack
    except _RolledBack:
        pass
    print(f"{total:,} rows would become:")
    for what, count in sorted(counts.items(), key=lambda each: -each[1])[:40]:
        print(f"  {count:>9,}  {what}")
    return 0
