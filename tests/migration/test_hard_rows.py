"""Rows that cannot be stored, or not in time, are marked, and other rows do not wait for them."""

from collections.abc import Iterator

import psycopg
import pytest
from operating import Old, old_database

from run.local.postgres import Postgres

BIG = "select jsonb_agg(jsonb_build_object('speaker', 'rep', 'text', repeat('word ', 100) || i)) from generate_series(1, 1500) i"


def make_slow(database: Old) -> None:
    """A session of Mallory takes longer to store than anybody has time."""
    database.operator.sql(
        """create function public.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
           create trigger dawdle before insert on public.training_sessions
             for each row when (new.agent_name = 'Mallory') execute function public.dawdle()"""
    )


@pytest.fixture
def slow(postgres: Postgres) -> Iterator[Old]:
    """Prepared, and nothing converted; one of the first person's two rows is slow."""
    with old_database(postgres, rows=0) as database:
        database.insert(agent_name="Mallory", created_at="2026-01-01T00:00:00Z")
        database.insert(agent_name="Austin", created_at="2026-01-02T00:00:00Z")
        database.migrate("prepare")
        make_slow(database)
        yield database


def names(database: Old) -> list[str]:
    return database.sql("select agent_name from public.training_sessions order by 1")


def test_a_row_that_takes_too_long_is_marked_and_the_others_go_on(
    slow: Old, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("operate.migration.batches.TIME_LIMIT", "300ms")
    slow.migrate("backfill", status=1)
    assert "1 failed, 1 still pending" in capsys.readouterr().out
    assert names(slow) == ["Austin"]
    assert slow.sql("select problem from training_migration.pending") == ["57014"]
    slow.operator.sql("drop trigger dawdle on public.training_sessions")
    slow.migrate("backfill")
    assert names(slow) == ["Austin", "Mallory"]
    slow.migrate("verify")


def test_the_owner_of_a_slow_row_gets_their_system_and_the_other_rows(slow: Old) -> None:
    slow.migrate("rollout", "100")
    with slow.rep(slow.world.people[0]) as person:
        person.connection.execute("set statement_timeout = '500ms'")
        for _ in range(2):
            assert person.rpc("session_system") == "training_sessions"
    assert names(slow) == ["Austin"]


def test_a_link_to_a_slow_row_does_not_fail_and_one_to_another_row_works(slow: Old) -> None:
    [good] = slow.sql("select id::text from public.live_sessions where agent_name = 'Austin'")
    [bad] = slow.sql("select id::text from public.live_sessions where agent_name = 'Mallory'")
    with slow.rep(slow.world.people[0]) as person:
        person.connection.execute("set statement_timeout = '500ms'")
        resolve = "select public.resolve_legacy_sessions(%(ids)s::uuid[])"
        assert person.call(resolve, {"ids": [bad]}) == {}
        assert list(person.call(resolve, {"ids": [good]})) == [good]


def test_one_row_that_cannot_be_stored_does_not_hide_its_owners_others(postgres: Postgres) -> None:
    with old_database(postgres, rows=0) as database:
        database.operator.sql(
            "alter table public.training_sessions add constraint no_carl check (agent_name <> 'Carl the odd')"
        )
        bad = database.insert(agent_name="Carl the odd")
        good = database.insert(full_transcript='[{"speaker": "rep", "text": "b"}]')
        database.migrate("prepare")
        database.migrate("rollout", "100")
        with database.rep(database.world.people[0]) as person:
            resolve = "select public.resolve_legacy_sessions(%(ids)s::uuid[])"
            assert list(person.call(resolve, {"ids": [bad, good]})) == [good]
            for _ in range(2):
                assert person.rpc("session_system") == "training_sessions"
        assert database.sql("select problem, count(*) from training_migration.pending where problem is not null group by 1") == [("23514 no_carl", 1)]  # fmt: skip
        database.migrate("backfill", status=1)
        assert database.session(good)["line_count"] == 1
        assert database.pending() > 0


def test_a_write_of_the_old_app_goes_through_when_its_time_is_up_during_ours(prepared: Old) -> None:
    make_slow(prepared)
    with psycopg.connect(prepared.url, autocommit=True) as app:
        app.execute("set statement_timeout = '300ms'")
        app.execute(
            "insert into public.live_sessions (user_id, agent_name) values (%s, 'Mallory')", (prepared.world.people[0],)
        )
    assert prepared.sql("select count(*) from public.live_sessions where agent_name = 'Mallory'") == [1]
    assert prepared.sql("select problem from training_migration.pending") == ["57014"]


def test_a_session_of_the_new_system_ends_when_the_old_tables_own_trigger_takes_too_long(prepared: Old) -> None:
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
        prepared.operator.sql(
            """create function public.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
               create trigger dawdle before update on public.live_sessions for each row execute function public.dawdle()"""
        )
        person.connection.execute("set statement_timeout = '300ms'")
        assert person.rpc("complete_training_session", session_id=session_id)["status"] == "failed"
    assert prepared.sql("select session_id, problem from training_migration.pending_out") == [(session_id, "57014")]


def test_very_many_words_are_not_converted_within_the_old_apps_write(prepared: Old) -> None:
    owner = prepared.world.people[0]
    [old_id] = prepared.sql(
        f"insert into public.live_sessions (user_id, full_transcript) values (%s, ({BIG})) returning id::text", owner
    )
    assert (prepared.session(old_id), prepared.pending()) == ({}, 1)
    with prepared.rep(owner) as person:
        assert person.call("select public.resolve_legacy_sessions(array[%(id)s]::uuid[])", {"id": old_id})
    prepared.migrate("backfill")
    assert prepared.session(old_id)["line_count"] == 1500
    prepared.sql("delete from public.live_sessions where id = %s", old_id)
    assert (prepared.session(old_id), prepared.pending()) == ({}, 0)
