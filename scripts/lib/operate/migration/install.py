"""The steps of `prepare`. After it each write of one system shows in the other, and the work list holds every old row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.types.json import Jsonb

from .catalog import State, completed_word
from .database import OLD, Connection, Refusal, impatiently, query, sql_files
from .not_carried import count_not_carried

Say = Callable[[str], None]


@dataclass(frozen=True)
class Choices:
    """The operator's choices about the old rows: `--map` and `--anonymous-owner`."""

    column_map: Mapping[str, str] = field(default_factory=dict)
    anonymous_owner: UUID | None = None


def check_choices(connection: Connection, state: State, choices: Choices) -> None:
    """Refusal for an owner without a profile, and for choices that come when rows may already be converted."""
    if choices.anonymous_owner and not query(
        connection, "select 1 from public.users where id = %s", choices.anonymous_owner
    ):
        raise Refusal(
            f"--anonymous-owner {choices.anonymous_owner}: public.users has no such row. Nothing was changed."
        )
    if state.phase == "prepared" and (choices.column_map or choices.anonymous_owner):
        raise Refusal(
            "It is prepared already, and sessions may be made by other choices. To change --map or --anonymous-owner: "
            "./scripts/migrate undo, then prepare with them. Nothing was changed."
        )


def prepare(connection: Connection, state: State, choices: Choices, say: Say) -> None:
    """Idempotent; a second run completes what a first one did not."""
    table = state.need("found", "unfinished", "prepared")
    word, is_first = completed_word(connection, table), state.phase == "found"
    impatiently(connection, lambda: begin(connection, word, choices, is_first), say)
    not_carried = count_not_carried(connection, table, choices.column_map)
    query(connection, "update training_migration.state set not_carried = %s", Jsonb(not_carried))
    for trigger in triggers(OLD):
        impatiently(connection, lambda statement=trigger: _run(connection, statement), say)  # type: ignore[misc]
    with connection.transaction():
        list_rows(connection, table.first_time())
    query(connection, "notify pgrst, 'reload schema'")


def begin(connection: Connection, completed: str, choices: Choices, is_first: bool) -> None:
    """The migration's own tables and functions. At first all people stay in the old system."""
    install(connection, OLD)
    query(connection, "insert into training_migration.state default values on conflict do nothing")
    query(connection, "update training_migration.state set completed_word = %s", completed)
    if choices.column_map:
        query(connection, "update training_migration.state set column_map = %s", Jsonb(dict(choices.column_map)))
    if choices.anonymous_owner:
        query(connection, "update training_migration.state set anonymous_owner = %s", choices.anonymous_owner)
    if is_first:
        query(connection, "update training.rollout set percentage = 0, is_off = false, changed_at = now()")


def install(connection: Connection, table: str) -> None:
    """The functions, for the old table under this name."""
    for text in sql_files(table, "1", "2", "3", "4", "5", "6"):
        _run(connection, text)
    query(connection, "revoke all on all functions in schema training_migration from public")


def triggers(table: str) -> list[str]:
    """One statement each: a transaction that sets them all would hold the locks of both tables."""
    [text] = sql_files(table, "70")
    return [statement for statement in text.split(";\n") if "create or replace trigger" in statement]


def list_rows(connection: Connection, first_time: str) -> None:
    """Makes the work list, once: every old row by age, with the id of its future session; and the sessions that the old
    app has not seen. A list from before an undo is made anew."""
    query(connection, "set local statement_timeout = 0")
    if query(connection, "select list_complete from training_migration.state for update") == [True]:
        return
    query(connection, "delete from training_migration.pending where position > 0")
    query(
        connection,
        f"""insert into training_migration.pending (position, legacy_id, session_id, user_id, created_at)
            select row_number() over (order by o.at, o.id), o.id,
                   coalesce(t.id, nextval(pg_get_serial_sequence('public.training_sessions', 'id'))), o.user_id, o.at
              from (select o.id, o.user_id, {first_time} as at from {OLD} o
                     where not training_migration.began_in_new(o.id) order by at, o.id) o
              left join public.training_sessions t on t.legacy_id = o.id order by o.at, o.id""",  # noqa: S608
    )
    # After an undo: what the old app erased since.
    query(
        connection,
        f"""insert into training_migration.pending (legacy_id, user_id)
            select e.legacy_id, e.user_id
              from (select t.legacy_id, t.user_id from public.training_sessions t where t.legacy_id is not null
                    union select q.legacy_id, q.user_id from training.legacy_quarantine q) e
             where not exists (select 1 from {OLD} o where o.id = e.legacy_id)""",  # noqa: S608
    )
    query(
        connection,
        """insert into training_migration.pending_out (session_id)
           select id from public.training_sessions
            where legacy_id is null or training_migration.began_in_new(legacy_id)""",
    )
    query(connection, "update training_migration.state set list_complete = true, prepared_at = now()")


def _run(connection: Connection, text: str) -> None:
    query(connection, text)


def plan(state: State) -> list[str]:
    """The steps of prepare, for --dry-run."""
    table = state.need("found", "unfinished", "prepared")
    if state.phase == "prepared":
        return ["Nothing: it is prepared."]
    return [
        "create the schema training_migration",
        "set the rollout to 0 %: all people stay in live_sessions, but for people who are listed for training_sessions",
        f"set 3 triggers on {table.name} and 4 on public.training_sessions (each waits 50 ms for its lock, then again)",
        "list every old row for the backfill, oldest first, each with the integer id of its future session",
    ]
