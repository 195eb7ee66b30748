"""`rollout` and `finish`: the flag, and what must be so before the old table is retired, and before it is dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .catalog import OldTable, State
from .database import OLD, RETIRED, Connection, Refused, impatiently, query
from .prepare import install
from .reopen import owner_is_known

Say = Callable[[str], None]


def set_percentage(connection: Connection, percentage: int | None) -> None:
    """None: off, at once, for everybody, whoever is listed."""
    query(
        connection,
        "update training.rollout set percentage = %s, is_off = %s, changed_at = now()",
        percentage or 0,
        percentage is None,
    )


def set_user(connection: Connection, user_id: str, system: str | None) -> None:
    """Puts one person on a list; None takes them off."""
    query(connection, "delete from training.rollout_users where user_id = %s", user_id)
    if system:
        query(connection, "insert into training.rollout_users values (%s, %s)", user_id, system)


def obstacles(connection: Connection, days: int) -> list[str]:
    """What stands between now and retiring the old table, but for differences. What --i-am-sure may pass over, says so."""
    found = []
    [(percentage, is_off)] = query(connection, "select percentage, is_off from training.rollout")
    if percentage < 100 or is_off:
        found.append(f"the rollout is at {0 if is_off else percentage} %: ./scripts/migrate rollout 100")
    [listed] = query(connection, "select count(*) from training.rollout_users where system = 'live_sessions'")
    if listed:
        found.append(f"{listed} people are listed for live_sessions: rollout --user UUID --list none")
    [out] = query(connection, "select count(*) from training_migration.pending_out")
    if out:
        found.append(f"{out} new sessions are pending: ./scripts/migrate backfill")
    found += unsettled(connection)
    quiet = quiet_for(connection)
    if quiet < timedelta(days=days):
        found.append(
            f"the old app wrote to live_sessions {_in_words(quiet)} ago (or the mirrors are not older than that); "
            f"{days} days of quiet are asked for (--i-am-sure)"
        )
    return found


def drop_obstacles(connection: Connection, state: State, table: OldTable, days: int) -> list[str]:
    """What stands between now and dropping it."""
    found = []
    if table.dependents:
        found.append("other objects hang on the old table; drop or move them first: " + "; ".join(table.dependents))
    if state.retired_at:
        if datetime.now(UTC) - state.retired_at < timedelta(days=days):
            found.append(f"retired {state.retired_at:%Y-%m-%d %H:%M}, not {days} days ago: wait (--i-am-sure)")
        found += unsettled(connection)
    return found


def unsettled(connection: Connection) -> list[str]:
    """Old rows that somebody still waits for."""
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
            f"{owned} rows in the quarantine belong to somebody who is known by now: ./scripts/migrate backfill; if they "
            "stay there, their owners need a row in public.users (--i-am-sure leaves them in the quarantine)"
        )
    return found


def need_free(connection: Connection, name: str) -> None:
    """Refused if there is another table where the old one is to be renamed to."""
    if query(connection, "select to_regclass(%s)", name) != [None]:
        raise Refused(f"There is another {name} already. Rename or drop it, then run this again; nothing was changed.")


def quiet_for(connection: Connection) -> timedelta:
    """Since the last direct write to the old table that is known of."""
    [since] = query(
        connection,
        """select clock_timestamp() - greatest(s.prepared_at, (select max(hour) from training_migration.direct_writes))
             from training_migration.state s""",
    )
    result: timedelta = since
    return result


def rename(connection: Connection, name: str, say: Say, check: Callable[[], None] = lambda: None) -> None:
    """Gives the old table the other of its names, and the migration's functions with it: RETIRED, gone for the old app and
    there for undo; or OLD. `check` may refuse it when nobody can write to the table any more."""

    def renamed() -> None:
        query(connection, f"alter table {OLD if name == RETIRED else RETIRED} rename to {name.split('.')[1]}")
        check()
        install(connection, name)
        query(
            connection, "update training_migration.state set retired_at = case when %s then now() end", name == RETIRED
        )

    impatiently(connection, renamed, say)
    query(connection, "notify pgrst, 'reload schema'")


def _in_words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
