"""`undo`, and `finish --drop`: taking the migration away again, with or without the old table."""

from __future__ import annotations

from collections.abc import Sequence

from .backfill import retry_out
from .catalog import OldTable
from .database import OLD, Connection, Refused, impatiently, query
from .finish import Say, need_free, rename

ON_THE_OLD = ("insert", "update", "delete")
ON_THE_NEW = ("name", "stay", "out", "erase")
NAMED = 20


def drop(connection: Connection, table: OldTable, say: Say) -> None:
    """The old table and everything of the migration but the ids, the grades and the quarantine: all of it, or nothing."""

    def everything() -> None:
        for name in ON_THE_NEW:
            _drop_trigger(connection, name, "public.training_sessions")
        query(connection, f"drop table {table.name}")
        _drop_the_rest(connection)

    impatiently(connection, everything, say)
    query(connection, "notify pgrst, 'reload schema'")


def bring_back(connection: Connection, say: Say) -> str:
    """From retired to prepared."""
    need_free(connection, OLD)
    rename(connection, OLD, say)
    return (
        "live_sessions is back, with every session of the new system in it. Both systems run; the rollout is as it was."
    )


def undo(connection: Connection, sure: bool, say: Say) -> str:
    """From prepared, or a part of the way there, to where it began. The rollout is off at once, also where the rest is refused."""
    query(connection, "update training.rollout set percentage = 0, is_off = true, changed_at = now()")
    active = going_on(connection, sure)
    ungraded = _new_sessions(connection, "t.status = 'completed' and t.graded_at is null")
    query(
        connection,
        """insert into training_migration.pending_out (session_id) select id from unnest(%s::bigint[]) id
            where not exists (select 1 from training_migration.pending_out e where e.session_id = id)""",
        [*active, *ungraded],
    )
    left = retry_out(connection)
    erased = query(
        connection,
        """select distinct erased_legacy_id::text from training_migration.pending_out
            where erased_legacy_id is not null order by 1""",
    )
    if erased:
        raise Refused(
            f"Everybody is back in live_sessions. But the old table still holds {_listed(erased)} that were erased in the new system, "
            "and refuses to let go of them (see status). Without the mirrors they would come back with the next prepare, so "
            "--i-am-sure does not leave them: delete these rows there, and run undo again."
        )
    if left and not sure:
        raise Refused(
            f"Everybody is back in live_sessions. But {left} sessions of the new system are not visible there yet "
            "(see status), so the mirrors stay. Free what blocks them, and run undo again; --i-am-sure leaves them "
            "to training_sessions alone."
        )
    for name in ON_THE_OLD:
        impatiently(connection, lambda name=name: _look_away(connection, name), say)  # type: ignore[misc]
    settle(connection)
    for name in ON_THE_NEW:
        impatiently(connection, lambda name=name: _drop_trigger(connection, name, "public.training_sessions"), say)  # type: ignore[misc]
    impatiently(connection, lambda: _drop_the_rest(connection), say)
    return "\n".join(
        [
            "The mirrors are gone and everybody is in live_sessions. What was copied to training_sessions stays, "
            "with its ids; prepare begins again from there.",
            *([f"Seen by the old app as they were just now: {_listed(active)}."] if active else []),
            *([f"Their grades will show in the new system alone: {_listed(ungraded)}."] if ungraded else []),
            *([f"Not seen by the old app: {left} sessions that it refuses."] if left else []),
        ]
    )


def going_on(connection: Connection, sure: bool) -> list[int]:
    """Active sessions of the new system; Refused if there are any, unless sure."""
    active = _new_sessions(connection, "t.status = 'active'")
    if active and not sure:
        raise Refused(
            f"{_listed(active)} of the new system still go on, and the old app sees their words only at their end. With the "
            "rollout off no more begin: wait for these (or for the sweep), and run undo again. --i-am-sure does not wait: the "
            "old app gets what was said so far, and nothing of what comes."
        )
    return active


def settle(connection: Connection) -> None:
    """Copies of what goes on in the old system will hear nothing more from there. Left active, they would be swept, and
    sent to a paid model: they end here, while the mirrors' trigger still says that they are not to be graded."""
    query(
        connection,
        """select (training.end_session(t, 'abandoned', t.last_activity_at, null)).id from public.training_sessions t
            where t.status = 'active' and t.legacy_id is not null and not training_migration.began_here(t.legacy_id)
              for update""",
    )


def _new_sessions(connection: Connection, condition: str) -> list[int]:
    return query(
        connection,
        f"""select t.id from public.training_sessions t
             where (t.legacy_id is null or training_migration.began_here(t.legacy_id)) and {condition} order by t.id""",  # noqa: S608
    )


def _listed(ids: Sequence[object]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return f"{len(ids)} sessions ({', '.join(map(str, ids[:NAMED]))}{more})"


def _look_away(connection: Connection, name: str) -> None:
    """From the first on, writes of the old app are missed: only a prepare that lists every row again makes up for them."""
    query(connection, "update training_migration.state set filled = false")
    _drop_trigger(connection, name, OLD)


def _drop_trigger(connection: Connection, name: str, table: str) -> None:
    query(connection, f"drop trigger if exists training_migration_{name} on {table}")


def _drop_the_rest(connection: Connection) -> None:
    """A quarantine that holds anything stays."""
    query(connection, "drop schema if exists training_migration cascade")
    if query(connection, "select to_regclass('training.legacy_quarantine')") != [None] and query(
        connection, "select count(*) from training.legacy_quarantine"
    ) == [0]:
        query(connection, "drop table training.legacy_quarantine")
