"""A child table's primary key that holds the old column.

After `finish` it moves to the session's id; `undo` moves it back. Before `finish` it stays: a child row of the old app may
come before its session, and would then be refused.
"""

from __future__ import annotations

from psycopg.sql import SQL, Identifier

from .database import Connection, impatiently, query
from .install import Say
from .terminal import counted


def waiting(connection: Connection) -> list[tuple[str, str, str]]:
    """(child, old column, new column) of the moved child tables whose primary key still holds the old column."""
    if query(connection, "select to_regclass('training_migration.moved_children')") == [None]:
        return []
    return query(
        connection,
        """select m.child, m.old_column, m.new_column from training_migration.moved_children m
             join pg_constraint c on c.conrelid = to_regclass(m.child) and c.contype = 'p'
             join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = m.old_column
            order by 1""",
    )


def swap(connection: Connection, child: str, old: str, new: str, say: Say) -> str:
    """Moves the primary key from the old column to the new one. The old columns keep a unique index, for the way back.
    Can be run again after a kill."""
    [(name, columns)] = query(
        connection,
        """select c.conname, (select array_agg(a.attname order by k.n) from unnest(c.conkey) with ordinality k (attnum, n)
                                join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum)
             from pg_constraint c where c.conrelid = %s::regclass and c.contype = 'p'""",
        child,
    )
    [without] = query(connection, _sql("select count(*) from {child} where {new} is null", child, new=new))
    if without:
        return (
            f"{child}: {name} stays on {old}: {counted(without, 'row')} have no session, and a primary key needs one."
        )
    users = query(
        connection,
        """select distinct pg_describe_object(d.classid, d.objid, 0) from pg_constraint c
             join pg_depend d on d.deptype = 'n' and (d.refclassid = 'pg_constraint'::regclass and d.refobjid = c.oid
                                                      or d.refclassid = 'pg_class'::regclass and d.refobjid = c.conindid)
            where c.conrelid = %s::regclass and c.conname = %s order by 1""",
        child,
        name,
    )
    if users:
        return f"{child}: {name} stays on {old}: it is used by {'; '.join(users)}."
    new_index, old_index, check = _names(child, new)
    for index, over in ((new_index, [new if each == old else each for each in columns]), (old_index, columns)):
        _build(connection, child, index, over)
    names = {"new": new, "old": old, "key": name, "index": new_index, "check": check}
    # The checked condition spares the swap a reading of the table under its lock.
    impatiently(connection, lambda: _add_check(connection, child, names), say)
    with connection.transaction():
        query(connection, "set local statement_timeout = 0")
        query(connection, _sql("alter table {child} validate constraint {check}", child, **names))

    def swapped() -> None:
        query(
            connection,
            "update training_migration.moved_children set primary_key = %s where child = %s and old_column = %s",
            name,
            child,
            old,
        )
        query(connection, _sql("alter table {child} drop constraint {key}", child, **names))
        query(
            connection, _sql("alter table {child} add constraint {key} primary key using index {index}", child, **names)
        )
        query(connection, _sql("alter table {child} drop constraint {check}", child, **names))
        query(connection, _sql("alter table {child} alter column {old} drop not null", child, **names))

    impatiently(connection, swapped, say)
    return f"{child}: {name} is on {new} now."


def swap_back(connection: Connection, child: str, old: str, new: str) -> None:
    """The primary key as it was; nothing where it was not moved. Within the caller's transaction."""
    [name] = query(
        connection,
        "select primary_key from training_migration.moved_children where child = %s and old_column = %s",
        child,
        old,
    )
    if name is None:
        return
    names = {"new": new, "old": old, "key": name, "index": _names(child, new)[1]}
    query(connection, _sql("alter table {child} drop constraint {key}", child, **names))
    query(connection, _sql("alter table {child} alter column {new} drop not null", child, **names))
    query(connection, _sql("alter table {child} add constraint {key} primary key using index {index}", child, **names))
    query(
        connection,
        "update training_migration.moved_children set primary_key = null where child = %s and old_column = %s",
        child,
        old,
    )


def swap_all_back(connection: Connection) -> None:
    """Before the old app writes again. Within the caller's transaction."""
    for child, old, new in query(
        connection,
        """select child, old_column, new_column from training_migration.moved_children
            where primary_key is not null and to_regclass(child) is not null order by 1""",
    ):
        swap_back(connection, child, old, new)


def _build(connection: Connection, child: str, index: str, columns: list[str]) -> None:
    """A unique index, without a lock against writers; an index that a killed run left invalid is built again."""
    schema = child.split(".")[0]
    found = query(
        connection,
        "select i.indisvalid from pg_index i where i.indrelid = %s::regclass and i.indexrelid = to_regclass(%s)",
        child,
        f"{schema}.{SQL('{}').format(Identifier(index)).as_string()}",
    )
    if found == [False]:
        query(connection, _sql("drop index concurrently {schema}.{index}", child, index=index))
    if found != [True]:
        listed = SQL(", ").join(map(Identifier, columns)).as_string()
        query(
            connection,
            _sql("create unique index concurrently {index} on {child} ", child, index=index) + f"({listed})",
        )


def _add_check(connection: Connection, child: str, names: dict[str, str]) -> None:
    query(connection, _sql("alter table {child} drop constraint if exists {check}", child, **names))
    query(
        connection,
        _sql("alter table {child} add constraint {check} check ({new} is not null) not valid", child, **names),
    )


def _names(child: str, new: str) -> tuple[str, str, str]:
    """Of the index on the new columns, the index on the old ones, and the check."""
    bare = child.replace('"', "").replace(".", "_")
    return f"{bare[:30]}_{new[:24]}_new_key", f"{bare[:30]}_{new[:24]}_old_key", f"{bare[:30]}_{new[:24]}_given"


def _sql(text: str, child: str, **names: str) -> str:
    """The statement with its names quoted; `child` is a regclass's text, and so is quoted already."""
    identifiers = {name: Identifier(value) for name, value in names.items()}
    return SQL(text).format(child=SQL(child), schema=SQL(child.split(".")[0]), **identifiers).as_string()
