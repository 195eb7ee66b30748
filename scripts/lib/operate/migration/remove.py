"""Removes the migration: `undo` leaves the old table, `finish --drop` drops it too."""

from __future__ import annotations

from collections.abc import Sequence

from .batches import show_old_app
from .catalog import OldTable
from .child_tables import move_all_back
from .database import OLD, Connection, Refusal, impatiently, query
from .install import Say
from .retire import need_free, rename
from .terminal import counted

ON_THE_OLD = ("insert", "update", "delete")
ON_THE_NEW = ("name", "stay", "out", "erase")
NAMED = 20


def drop(connection: Connection, table: OldTable, say: Say) -> None:
    """Drops the old table and all of the migration but ids, grades, originals and the quarantine, in one transaction."""

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
    """From prepared, or an interrupted prepare, to the beginning. The rollout is off at once, also when undo refuses the rest."""
    query(connection, "update training.rollout set percentage = 0, is_off = true, changed_at = now()")
    active = check_active(connection, sure)
    ungraded = _new_sessions(connection, "t.status = 'completed' and t.graded_at is null")
    query(
        connection,
        """insert into training_migration.pending_out (session_id) select id from unnest(%s::bigint[]) id
            where not exists (select 1 from training_migration.pending_out e where e.session_id = id)""",
        [*active, *ungraded],
    )
    refused = show_old_app(connection)
    erased = query(
        connection,
        """select distinct erased_legacy_id::text from training_migration.pending_out
            where erased_legacy_id is not null order by 1""",
    )
    if erased:
        raise Refusal(
            f"All people are back in live_sessions. But the old table still holds {_listed(erased)} that were erased in the new system, "
            "and refuses to delete them (see status). Without the mirrors they would come back with the next prepare, so "
            "--i-am-sure does not pass over them: delete these rows there, and run undo again."
        )
    if refused and not sure:
        raise Refusal(
            f"All people are back in live_sessions. But {counted(refused, 'session')} of the new system cannot be seen there as they are "
            "(see status), so the mirrors stay. Free what blocks them, and run undo again; --i-am-sure leaves them "
            "to training_sessions alone."
        )
    moved_back = move_all_back(connection, say)
    for name in ON_THE_OLD:
        impatiently(connection, lambda name=name: _stop_listing(connection, name), say)  # type: ignore[misc]
    end_copies(connection)
    for name in ON_THE_NEW:
        impatiently(connection, lambda name=name: _drop_trigger(connection, name, "public.training_sessions"), say)  # type: ignore[misc]
    impatiently(connection, lambda: _drop_the_rest(connection), say)
    return "\n".join(
        [
            "The mirrors are gone and all people are in live_sessions. What was copied to training_sessions stays, "
            "with its ids; prepare begins again from there.",
            *moved_back,
            *([f"Seen by the old app as they were just now: {_listed(active)}."] if active else []),
            *([f"Their grades will show in the new system alone: {_listed(ungraded)}."] if ungraded else []),
            *(
                [f"Not seen by the old app: {counted(refused, 'session')} that it does not show as they are."]
                if refused
                else []
            ),
        ]
    )


def check_active(connection: Connection, sure: bool) -> list[int]:
    """The active sessions of the new system; Refusal if there are any, unless sure."""
    active = _new_sessions(connection, "t.status = 'active'")
    if active and not sure:
        raise Refusal(
            f"{_listed(active)} of the new system still go on, and the old app sees their words only at their end. With the "
            "rollout off no more begin: wait for these (or for the sweep), and run undo again. --i-am-sure does not wait: the "
            "old app gets the lines so far, and not the later ones."
        )
    return active


def end_copies(connection: Connection) -> None:
    """Ends the copies of sessions that go on in the old system: without the mirror they would be swept, and sent to a paid
    model. The mirrors' trigger still marks them as not to be graded."""
    query(
        connection,
        """select (training.end_session(t, 'abandoned', t.last_activity_at, null)).id from public.training_sessions t
            where t.status = 'active' and t.legacy_id is not null and not training_migration.began_in_new(t.legacy_id)
              for update""",
    )


def _new_sessions(connection: Connection, condition: str) -> list[int]:
    return query(
        connection,
        f"""select t.id from public.training_sessions t
             where (t.legacy_id is null or training_migration.began_in_new(t.legacy_id)) and {condition} order by t.id""",  # noqa: S608
    )


def _listed(ids: Sequence[object]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return f"{counted(len(ids), 'session')} ({', '.join(map(str, ids[:NAMED]))}{more})"


def _stop_listing(connection: Connection, name: str) -> None:
    """Without this trigger writes of the old app are missed: the next prepare has to list every row again."""
    query(connection, "update training_migration.state set list_complete = false")
    _drop_trigger(connection, name, OLD)


def _drop_trigger(connection: Connection, name: str, table: str) -> None:
    query(connection, f"drop trigger if exists training_migration_{name} on {table}")


def _drop_the_rest(connection: Connection) -> None:
    query(connection, "drop schema if exists training_migration cascade")
