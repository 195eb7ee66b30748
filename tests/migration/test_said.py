"""What the operator is told: why it waits, what is refused also in a dry run, and what an error is about, without a word of a row."""

import io
import uuid

import psycopg
import pytest
from operating import Old, people
from test_finish import refused
from test_schemas import SMALL, small

from operate.migration import cli
from operate.migration.error_text import explained
from operate.migration.terminal import ask
from run.local.postgres import Postgres
from support import until


def test_a_backfill_says_whom_it_waits_for(prepared: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("operate.migration.commands.backfill.say", said.append)
    monkeypatch.setattr("operate.migration.batches.LOCK_TIMEOUT", "50ms")
    with people(prepared, 2) as (writer, backfill):
        writer.does("insert into public.live_sessions (user_id) values (%(user)s)", user=prepared.world.people[0])
        prepared.sql("insert into training_migration.pending (legacy_id) select id from public.live_sessions limit 5")
        backfill.calls(lambda: prepared.migrate("backfill"))
        until(lambda: bool(said))
        assert f"pid {writer.connection.info.backend_pid} (its transaction is open since" in said[0]
        assert not backfill.is_through()
        writer.commits()
        backfill.commits()
    assert len(said) == 1
    assert prepared.pending() == 0


@pytest.mark.parametrize(
    ("table", "arguments", "says"),
    [
        ("create table public.live_sessions (id bigint primary key, user_id uuid)", ["prepare"], "no unique uuid column id"),
        (f"{SMALL})", ["rollout", "50"], "Not prepared yet"),
        (f"{SMALL})", ["rollout", "off"], "Not prepared yet"),
        (f"{SMALL})", ["rollout", "--user", str(uuid.uuid4())], "Not prepared yet"),
        (f"{SMALL})", ["undo"], "Not prepared yet"),
    ],
)  # fmt: skip
def test_a_dry_run_refuses_what_the_real_one_refuses(
    postgres: Postgres, capsys: pytest.CaptureFixture[str], table: str, arguments: list[str], says: str
) -> None:
    database = small(postgres, table)
    for more in ([], ["--dry-run"]):
        assert says in refused(database, capsys, *arguments, *more)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://a:b@127.0.0.1:6543/c?pgbouncer=true", 'holds "pgbouncer"'),
        ("postgresql://a:se%zzcret@127.0.0.1/c", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_its_password(
    capsys: pytest.CaptureFixture[str], url: str, says: str
) -> None:
    assert cli.main(["status", "--database-url", url]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert says in said
    assert "cret" not in said


@pytest.mark.parametrize(
    ("statement", "says", "to_do"),
    [
        ("insert into public.people values (1, 'Words of a row')", ("23514", "table people", "constraint polite"), "remove its cause"),
        ("insert into public.people values (null)", ("23502", "column id"), "remove its cause"),
        ("select 'Words of a row'::integer", ("22P02",), "remove its cause"),
        ("select * from public.nothing", ("42P01", 'relation "public.nothing" does not exist'), "remove its cause"),
        ("select * from public.live_sessions_retired", ("42P01",), "Another run"),
        ("select training_migration.mirror()", ("42883",), "Another run"),
        ("drop schema training_migration cascade; select training_migration.mirroring()", ("3F000",), "Another run"),
        ("drop schema other", ("2BP01",), "remove its cause"),
        ("create role intruder superuser", ("42501",), "Use the role that owns"),
        ("do $$ begin raise serialization_failure; end $$", ("40001",), "Run it again"),
        ("set local statement_timeout = 1; select pg_sleep(9)", ("57014",), "Run it again"),
        ("select pg_terminate_backend(pg_backend_pid())", ("57P01",), "migrate status shows"),
    ],
)  # fmt: skip
def test_an_error_of_the_database_is_told_by_its_class_and_names(
    prepared: Old, statement: str, says: tuple[str, ...], to_do: str
) -> None:
    prepared.operator.sql(
        "create table public.people (id integer primary key, name text constraint polite check (name = 'Sir'))"
    )
    prepared.operator.sql("create schema other create table t ()")
    with pytest.raises(psycopg.Error) as raised, psycopg.connect(prepared.operator.url) as connection:
        connection.execute(statement.encode())
    said = explained(raised.value)
    for each in (*says, to_do):
        assert each in said
    assert "Words" not in said
    assert "half done" not in said


@pytest.mark.parametrize(
    ("first", "command"), [(["rollout", "100"], ["finish", "--i-am-sure"]), (["rollout", "off"], ["undo"])]
)
def test_the_second_of_two_runs_is_told_that_the_other_was_there(
    prepared: Old,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    first: list[str],
    command: list[str],
) -> None:
    def other(*_: object) -> bool:
        monkeypatch.undo()
        prepared.migrate(*command)
        return True

    prepared.migrate(*first)
    monkeypatch.setattr(f"operate.migration.commands.{command[0]}.ask", other)
    said = refused(prepared, capsys, *command)
    assert "Another run has changed the state meanwhile" in said
    assert "remove its cause" not in said


def test_status_lists_names_whole_without_a_terminal(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    columns = [f"an_old_column_with_a_name_as_long_as_postgres_lets_it_be_{n:02}" for n in range(9)]
    for column in columns:
        prepared.operator.sql(f"alter table public.live_sessions add column {column} text")
    capsys.readouterr()
    prepared.migrate("status")
    told = capsys.readouterr().out
    assert all(column in told for column in columns)


def test_ctrl_d_at_a_question_means_no(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO("")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    assert not ask("Sure?", yes=False)
