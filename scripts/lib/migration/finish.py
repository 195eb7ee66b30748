"""`rollout`, `finish` and `undo`: the flag, the end, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from .backfill import retry_out
from .catalog import OldTable, State
from .database import OLD, RETIRED, Connection, Refused, impatiently, query
from .prepare import install, uninstall
from .verify import Verdict

Say = Callable[[str], None]


def set_percentage(connection: Connection, state: State, percentage: int | None) -> None:
    """None: off, at once, for everybody, whoever is listed."""
    if percentage != 100:
        state.need("prepared")
    query(
        connection,
        "update training.rollout set percentage = %s, is_off = %s, changed_at = now()",
        percentage or 0,
        percentage is None,
    )


def set_user(connection: Connection, state: State, user_id: str, system: str | None) -> None:
    """Puts one person on a list; None takes them off."""
    state.need("prepared")
    query(connection, "delete from training.rollout_users where user_id = %s", user_id)
    if system:
        query(connection, "insert into training.rollout_users values (%s, %s)", user_id, system)


def obstacles(connection: Connection, days: int, verdict: Verdict) -> list[str]:
    """What stands between now and retiring the old table."""
    found = []
    [(percentage, is_off)] = query(connection, "select percentage, is_off from training.rollout")
    if percentage < 100 or is_off:
        found.append(f"the rollout is at {0 if is_off else percentage} %: ./scripts/migrate rollout 100")
    [listed] = query(connection, "select count(*) from training.rollout_users where system = 'live_sessions'")
    if listed:
        found.append(f"{listed} people are listed for live_sessions: rollout --user UUID --list none")
    [(pending, out)] = query(
        connection,
        """select (select count(*) from training_migration.pending),
                  (select count(*) from training_migration.pending_out)""",
    )
    if pending or out:
        found.append(f"{pending} old rows and {out} new sessions are pending: ./scripts/migrate backfill")
    if not verdict.clean:
        found.append(f"{sum(verdict.kinds.values())} differences: ./scripts/migrate verify")
    quiet = quiet_for(connection)
    if quiet < timedelta(days=days):
        found.append(
            f"the old app wrote to live_sessions {_in_words(quiet)} ago (or the mirrors are not older than that); "
            f"{days} days of quiet are asked for (--i-am-sure)"
        )
    return found


def quiet_for(connection: Connection) -> timedelta:
    """Since the last direct write to the old table that is known of."""
    [since] = query(
        connection,
        """select clock_timestamp() - greatest(s.prepared_at, (select max(hour) from training_migration.direct_writes))
             from training_migration.state s""",
    )
    result: timedelta = since
    return result


def retire(connection: Connection, say: Say) -> None:
    """Renames the old table: gone for the old app, there for undo."""

    def rename() -> None:
        query(connection, f"alter table {OLD} rename to {RETIRED.split('.')[1]}")
        install(connection, RETIRED)
        query(connection, "update training_migration.state set retired_at = now()")

    impatiently(connection, rename, say)
    query(connection, "notify pgrst, 'reload schema'")


def drop(connection: Connection, table: OldTable, say: Say) -> None:
    """The end: the old table and everything of the migration but the ids, the grades and the quarantine."""
    if table.dependents:
        raise Refused("Other objects hang on the old table; drop or move them first: " + "; ".join(table.dependents))
    uninstall(connection, table.name, say)

    def drop_table() -> None:
        query(connection, f"drop table {table.name}")

    impatiently(connection, drop_table, say)
    query(connection, "notify pgrst, 'reload schema'")


def undo(connection: Connection, state: State, say: Say) -> str:
    """One step back; what it came to."""
    state.need("prepared", "retired")
    if state.phase == "retired":

        def rename() -> None:
            query(connection, f"alter table {RETIRED} rename to {OLD.split('.')[1]}")
            install(connection, OLD)
            query(connection, "update training_migration.state set retired_at = null")

        impatiently(connection, rename, say)
        query(connection, "notify pgrst, 'reload schema'")
        return (
            "live_sessions is back, with every session of the new system in it. "
            "Both systems run; the rollout is as it was."
        )
    query(connection, "update training.rollout set percentage = 0, is_off = true, changed_at = now()")
    left = retry_out(connection)
    if left:
        raise Refused(
            f"Everybody is back in live_sessions. But {left} sessions of the new system are not visible there yet "
            "(see status), so the mirrors stay. Free what blocks them, and run undo again."
        )
    uninstall(connection, OLD, say)
    return (
        "The mirrors are gone and everybody is in live_sessions. What was copied to training_sessions stays, "
        "with its ids; prepare begins again from there."
    )


def _in_words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
