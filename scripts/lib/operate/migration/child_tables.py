"""`children`: child tables of the old table get a bigint column with the session's id. It is filled through `legacy_id`, and the foreign
key moves to it. `undo` moves the key back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Identifier

from .catalog import OldTable
from .child_primary_key import swap_back
from .database import OLD, Connection, Refusal, impatiently, query
from .install import Say
from .terminal import counted

NEW_COLUMN = "training_session_id"
PORTION = 5000
FUNCTION = """
create or replace function {function}() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  -- The old app writes the UUID, the new one the session's id: each gets the other's.
  if tg_op = 'UPDATE' and new.{new} is null and old.{new} is not null and new.{old} = old.{old} then
    new.{old} := null; -- the session was erased, and the key says "set null"
  elsif new.{new} is null then
    new.{new} := (select t.id from public.training_sessions t where t.legacy_id = new.{old});
  elsif new.{old} is null then
    new.{old} := (select t.legacy_id from public.training_sessions t where t.id = new.{new});
  end if;
  return new;
end $$
"""


@dataclass(frozen=True)
class Child:
    """A table with a foreign key to the old table. `key`: the constraint's name and definition."""

    child: str
    column: str
    key: str
    definition: str
    is_required: bool
    on_delete: str
    is_unique: bool


def find_children(connection: Connection, table: OldTable) -> list[Child]:
    """The tables with a foreign key of one column to the old table's id, but for the old table itself."""
    rows = query(
        connection,
        """select (select format('%%s.%%I', r.relnamespace::regnamespace, r.relname) from pg_class r where r.oid = c.conrelid), a.attname, c.conname, pg_get_constraintdef(c.oid), a.attnotnull,
                  case c.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'r' then 'restrict' when 'd' then 'set default' else 'no action' end,
                  exists (select 1 from pg_index i where i.indrelid = c.conrelid and i.indisunique and i.indpred is null and i.indkey::text = a.attnum::text)
             from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
            where c.contype = 'f' and c.confrelid = %s::regclass and c.conrelid <> c.confrelid and cardinality(c.conkey) = 1
              and c.conparentid = 0 order by 1""",
        table.name,
    )
    return [Child(*row) for row in rows]


def moved(connection: Connection) -> list[Child]:
    """The child tables whose key was moved."""
    if query(connection, "select to_regclass('training_migration.moved_children')") == [None]:
        return []
    rows = query(
        connection,
        "select child, old_column, key_name, definition, was_required from training_migration.moved_children order by 1",
    )
    return [
        Child(child, column, key, definition, is_required, "", False)
        for child, column, key, definition, is_required in rows
        if query(connection, "select to_regclass(%s)", child) != [None]
    ]


def choose(found: Sequence[Child], names: Sequence[str]) -> list[Child]:
    """Those that are named, or all; Refusal for an unknown name."""
    full = [name if "." in name else f"public.{name}" for name in names]
    known = {each.child for each in found}
    for name in full:
        if name not in known:
            raise Refusal(f"{name} is not one of: {', '.join(sorted(known)) or 'none'}. Nothing was changed.")
    return [each for each in found if not full or each.child in full]


def describe(child: Child, back: bool) -> str:
    if back:
        return f"{child.child}: {child.key} on {child.column} comes back, {_new_column(child)} goes."
    return f"{child.child}: {_new_column(child)} bigint, filled through {child.column}; {child.key} is replaced by a key to training_sessions."


def move(connection: Connection, child: Child, say: Say) -> str:
    """Adds the column and a trigger that fills it, fills the rows there are, and swaps the keys. Can be run again after a kill."""
    new = _new_column(child)
    impatiently(connection, lambda: _add_column(connection, child, new), say)
    fill(connection, child.child, child.column, new)
    unique = "unique " if child.is_unique else ""
    query(
        connection,
        _sql(f"create {unique}index concurrently if not exists {{index}} on {{child}} ({{new}})", child, new),
    )
    impatiently(connection, lambda: _swap_keys(connection, child, new), say)
    _validate(connection, "alter table {child} validate constraint {key}", child, new)
    [without] = query(
        connection, _sql("select count(*) from {child} where {new} is null and {old} is not null", child, new)
    )
    return f"{child.child}: moved." + (
        f" {counted(without, 'row')} belong to old rows without a session (pending or quarantined): their {new} is empty."
        if without
        else ""
    )


def move_back(connection: Connection, child: Child, say: Say) -> str:
    """The old key as it was, and the column away. Child rows of sessions that the old table does not hold stay; the key is then not validated."""
    new = _new_column(child)

    def back() -> None:
        swap_back(connection, child.child, child.column, new)
        query(connection, _sql("drop trigger if exists training_migration_child on {child}", child, new))
        query(connection, _sql("drop function if exists {function}()", child, new))
        query(connection, _sql("alter table {child} drop column if exists {new}", child, new))
        if child.is_required:
            query(connection, _sql("alter table {child} alter column {old} set not null", child, new))
        definition = child.definition.removesuffix(" NOT VALID")
        query(connection, _sql("alter table {child} add constraint {old_key} ", child, new) + f"{definition} not valid")
        query(
            connection,
            "delete from training_migration.moved_children where child = %s and old_column = %s",
            child.child,
            child.column,
        )

    impatiently(connection, back, say)
    orphans = query(
        connection,
        _sql(
            "select 1 from {child} c where c.{old} is not null and not exists (select 1 from TABLE o where o.id = c.{old}) limit 1".replace(
                "TABLE", _old(connection)
            ),
            child,
            new,
        ),
    )
    if orphans:
        return f"{child.child}: moved back. Some rows refer to sessions that the old table does not hold: {child.key} is not validated."
    _validate(connection, "alter table {child} validate constraint {old_key}", child, new)
    return f"{child.child}: moved back."


def _validate(connection: Connection, statement: str, child: Child, new: str) -> None:
    with connection.transaction():  # reads the whole table, and does not lock out its writers
        query(connection, "set local statement_timeout = 0")
        query(connection, _sql(statement, child, new))


def move_all_back(connection: Connection, say: Say) -> list[str]:
    return [move_back(connection, child, say) for child in moved(connection)]


def fill_moved(connection: Connection) -> None:
    """Child rows that came before their session: filled after each backfill."""
    for child in moved(connection):
        fill(connection, child.child, child.column, _new_column(child))


def fill(connection: Connection, child: str, old: str, new: str) -> None:
    """In portions, so that each statement is short."""
    names = {"child": SQL(child), "old": Identifier(old), "new": Identifier(new)}
    statement = SQL(
        """update {child} c set {new} = t.id from public.training_sessions t
            where t.legacy_id = c.{old} and c.ctid in (
              select i.ctid from {child} i join public.training_sessions s on s.legacy_id = i.{old} where i.{new} is null limit %s)
           returning 1"""
    ).format(**names)
    while query(connection, statement.as_string(), PORTION):
        pass


def _add_column(connection: Connection, child: Child, new: str) -> None:
    query(connection, _sql("alter table {child} add column if not exists {new} bigint", child, new))
    query(connection, _sql(FUNCTION, child, new))
    query(connection, _sql("revoke all on function {function}() from public", child, new))
    query(
        connection,
        _sql(
            "create or replace trigger training_migration_child before insert or update of {new}, {old} on {child} "
            "for each row execute function {function}()",
            child,
            new,
        ),
    )


def _swap_keys(connection: Connection, child: Child, new: str) -> None:
    query(
        connection,
        "insert into training_migration.moved_children values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        child.child,
        child.column,
        new,
        child.key,
        child.definition,
        child.is_required,
    )
    query(connection, _sql("alter table {child} drop constraint {old_key}", child, new))
    query(
        connection,
        _sql(
            "alter table {child} add constraint {key} foreign key ({new}) references public.training_sessions (id) "
            f"on delete {child.on_delete} not valid",
            child,
            new,
        ),
    )
    if child.is_required and not _in_primary_key(connection, child):
        query(connection, _sql("alter table {child} alter column {old} drop not null", child, new))


def _in_primary_key(connection: Connection, child: Child) -> bool:
    return bool(
        query(
            connection,
            """select 1 from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
                where c.contype = 'p' and c.conrelid = %s::regclass and a.attname = %s""",
            child.child,
            child.column,
        )
    )


def _old(connection: Connection) -> str:
    [name] = query(
        connection,
        "select case when s.retired_at is null then %s else %s || '_retired' end from training_migration.state s",
        OLD,
        OLD,
    )
    return str(name)


def _new_column(child: Child) -> str:
    return NEW_COLUMN if child.column in ("session_id", "live_session_id") else f"{child.column}_{NEW_COLUMN}"[:63]


def _sql(text: str, child: Child, new: str) -> str:
    """The statement with its names quoted; `child.child` is a regclass's text, and so is quoted already."""
    bare = child.child.replace('"', "").replace(".", "_")
    return (
        SQL(text)
        .format(
            child=SQL(child.child),
            old=Identifier(child.column),
            new=Identifier(new),
            old_key=Identifier(child.key),
            key=Identifier(f"{bare}_{new}_fkey"[:63]),
            index=Identifier(f"{bare}_{new}"[:63]),
            function=Identifier("training", f"fill_{bare}_{new}"[:63]),
        )
        .as_string()
    )
