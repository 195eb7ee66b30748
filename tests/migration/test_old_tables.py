"""Ordinary old tables, each with demands of its own: sessions of the new system show there all the same, or `prepare` says over what not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import old_world
import pytest
from operating import Old, old_database

from run.local.postgres import Postgres
from support import transcript_lines

Make = Callable[[str, str], Old]


@pytest.fixture
def with_column(postgres: Postgres) -> Iterator[Make]:
    """An old database, prepared, in whose table one column is declared otherwise."""
    with ExitStack() as stack:

        def make(column: str, declared: str) -> Old:
            assert column in old_world.TABLE
            table = old_world.TABLE.replace(column, declared)
            database = stack.enter_context(old_database(postgres, rows=0, table=table))
            database.migrate("prepare")
            return database

        yield make


def a_life(database: Old) -> list[Any]:
    """A session of the new system from its start to its grade; what the old app saw of it each time."""
    seen: list[Any] = []

    def look() -> None:
        seen.extend(database.sql("select to_jsonb(o) from public.live_sessions o"))

    with database.rep(database.world.people[0]) as person, database.grader() as grader:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
        look()
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        look()
        [claim] = grader.rpc("claim_training_sessions")
        scores = dict.fromkeys(("rapport", "discovery", "objection_handling", "closing"), 40)
        attempt = {"outcome": "accepted", "grader": "model", "rubric_version": "1", "scores": scores}
        grader.rpc("save_training_grade", session_id=session_id, claim_id=claim["claim_id"], attempts=[attempt])
        look()
    return seen


def test_a_column_that_may_not_be_empty_keeps_its_default(
    with_column: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    database = with_column("duration_seconds integer", "duration_seconds integer not null default 7")
    assert "refuse" not in capsys.readouterr().err
    assert a_life(database)[0]["duration_seconds"] == 7
    [row] = database.sql("select to_jsonb(o) from public.live_sessions o")
    assert (row["duration_seconds"], row["rapport_score"]) == (0, 40)
    database.migrate("undo")


def test_a_value_that_a_session_lost_is_emptied_where_the_column_may_be_null(with_column: Make) -> None:
    database = with_column("rapport_score numeric", "rapport_score numeric default 3")
    a_life(database)
    database.sql("update public.training_sessions set graded_at = null, rapport_score = null")
    [row] = database.sql("select to_jsonb(o) from public.live_sessions o")
    assert (row["graded_at"], row["rapport_score"], row["discovery_score"]) == (None, None, 40)


def test_a_trigger_of_the_hosts_own_finds_its_tables(with_column: Make) -> None:
    database = with_column("agent_name text", "agent_name text")
    database.operator.sql(
        """create table public.audit (session_id uuid);
           create function public.log_session() returns trigger language plpgsql as $$
           begin
             insert into audit values (coalesce(new.id, old.id));
             return null;
           end $$;
           create trigger log_it after insert or update or delete on public.live_sessions for each row execute function public.log_session()"""
    )
    assert len(a_life(database)) == 3
    with database.rep(database.world.people[0]) as person:
        person.rpc("delete_training_session", session_id=1)
    assert database.sql("select count(*) from public.audit") == [4]
    assert database.sql("select count(*) from training_migration.pending_out") == [0]


@pytest.mark.parametrize(
    ("declared", "rows_say", "word"),
    [
        ("text check (grading_status in ('pending', 'processing', 'complete', 'failed'))", None, "complete"),
        ("text check (grading_status in ('pending', 'processing', 'completed', 'failed'))", "completed", "completed"),
        ("public.grading", None, "complete"),
        ("text", "complete", "complete"),
        ("text", "pending", "completed"),
    ],
)
def test_a_grade_is_told_in_the_old_tables_own_word(
    postgres: Postgres, capsys: pytest.CaptureFixture[str], declared: str, rows_say: str | None, word: str
) -> None:
    table = "create type public.grading as enum ('pending', 'processing', 'complete', 'failed');" + (
        old_world.TABLE.replace("grading_status text default 'pending'", f"grading_status {declared}")
    )
    with old_database(postgres, rows=0, table=table) as database:
        if rows_say:
            database.insert(grading_status=rows_say, ended_at="2026-01-01T00:00:00Z")
        database.migrate("prepare")
        assert "refuse" not in capsys.readouterr().err
        assert a_life(database)[-1]["grading_status"] == word
        assert database.sql("select count(*) from training_migration.pending_out") == [0]


def test_refusals_of_the_old_table_are_told_before_prepare_and_leave_no_trace(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    table = old_world.TABLE.replace("end_reason text", "end_reason text constraint why check (end_reason <> 'ended')")
    with old_database(postgres, rows=0, table=table.replace("'[]'", "'[]', seat integer not null")) as database:
        everything = (
            "select count(*), (select count(*) from pg_proc), (select count(*) from public.live_sessions) from pg_class"
        )
        before = database.sql(everything)
        database.migrate("prepare", "--dry-run")
        said = capsys.readouterr().err
        assert "one that begins (23502, table live_sessions, column seat)" in said
        assert database.sql(everything) == before
        database.sql("alter table public.live_sessions alter seat set default 1")
        database.migrate("prepare")
        said = capsys.readouterr().err
        assert "one that ended (23514, table live_sessions, constraint why)" in said
        assert "begins" not in said


def test_cents_are_rounded_where_the_old_column_has_none(with_column: Make) -> None:
    database = with_column("virtual_earnings numeric(10,2)", "virtual_earnings integer")
    a_life(database)
    for earned, shown in ((50.0, 50), (123.45, 123)):
        database.sql("update public.training_sessions set virtual_earnings = %s, graded_at = graded_at", earned)
        assert database.sql("select virtual_earnings from public.live_sessions") == [shown]
    assert database.sql("select count(*) from training_migration.pending_out") == [0]


@pytest.mark.parametrize(
    ("zone", "kind", "warns"),
    [
        ("America/New_York", "timestamp", True),
        ("Europe/London", "timestamp", True),
        ("UTC", "timestamp", False),
        ("America/New_York", "timestamptz", False),
    ],
)
def test_a_database_that_writes_local_times_is_told_of(
    postgres: Postgres, capsys: pytest.CaptureFixture[str], zone: str, kind: str, warns: bool
) -> None:
    table = old_world.TABLE.replace("started_at timestamptz", f"started_at {kind}")
    with old_database(postgres, rows=0, table=table) as database:
        database.sql(f"alter database {database.url.rpartition('/')[2]} set timezone = '{zone}'")
        database.migrate("prepare", "--dry-run")
        assert ("Times without a zone (started_at)" in capsys.readouterr().err) == warns


def test_a_deferred_constraint_of_the_old_table_does_not_fail_the_new_system(with_column: Make) -> None:
    database = with_column("agent_name text", "agent_name text")
    person, other = database.world.people[:2]
    old_id = database.insert(user_id=other)
    database.sql(
        """create table public.profiles (id uuid primary key);
           insert into public.profiles select distinct user_id from public.live_sessions;
           create table public.notes (session_id uuid references public.live_sessions deferrable initially deferred);
           insert into public.notes select id from public.live_sessions;
           alter table public.live_sessions add foreign key (user_id) references public.profiles deferrable initially deferred"""
    )
    with database.rep(person) as rep, database.rep(other) as owner:
        session_id = rep.rpc("create_training_session", agent_name="Brenda")["id"]
        owner.rpc("delete_training_session", session_id=database.session(old_id)["id"])
    problems = "select session_id, problem from training_migration.pending_out order by entry"
    assert [problem for _, problem in database.sql(problems)] == ["23503", "23503"]
    database.sql("insert into public.profiles values (%s)", person)
    database.sql("delete from public.notes")
    database.migrate("backfill")
    assert database.sql("select agent_name, training_migration.began_in_new(id) from public.live_sessions") == [
        ("Brenda", True)
    ]
    assert database.sql("select id from public.training_sessions") == [session_id]
    # A transaction may still defer the constraint after the mirror.
    database.sql(
        "begin; select training_migration.check_deferred(); insert into public.notes values (gen_random_uuid()); delete from public.notes; commit"
    )


def test_a_deferred_constraint_is_told_before_prepare(postgres: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    table = old_world.TABLE + (
        """create function public.none() returns trigger language plpgsql as $$ begin raise check_violation using table = 'live_sessions'; end $$;
           create constraint trigger later after insert on public.live_sessions initially deferred for each row execute function public.none();"""
    )
    with old_database(postgres, rows=0, table=table) as database:
        database.migrate("prepare", "--dry-run")
        assert "one that begins (23514, table live_sessions" in capsys.readouterr().err
