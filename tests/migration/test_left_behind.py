"""Nothing that either system writes stays behind: what a mirror cannot do is listed, and what is on no list is found by the next backfill."""

import uuid

import psycopg
import pytest
from operating import OPERATOR, Old, people

SAID = '[{"speaker": "rep", "text": "Hello", "timestamp": "2026-01-01T00:00:00.000Z"}]'


def test_writes_are_mirrored_while_the_first_writer_of_the_hour_is_still_open(prepared: Old) -> None:
    prepared.sql("delete from training_migration.direct_writes")
    with people(prepared, 1) as (first,):
        first.does("insert into public.live_sessions (user_id) values (%(user)s)", user=prepared.world.people[0])
        assert first.is_through()
        old_id = prepared.insert(agent_name="Brenda")
        assert prepared.session(old_id)["agent_name"] == "Brenda"
        first.commits()
    assert prepared.pending() == 0


@pytest.mark.parametrize("level", list(psycopg.IsolationLevel))
def test_a_writer_who_sees_an_old_snapshot_is_mirrored_too(prepared: Old, level: psycopg.IsolationLevel) -> None:
    prepared.sql("delete from training_migration.direct_writes")
    old_id = prepared.insert(agent_name="Austin")
    prepared.sql("delete from training_migration.direct_writes")
    with psycopg.connect(prepared.url) as app:
        app.isolation_level = level
        app.execute("select 1 from public.live_sessions limit 1")
        prepared.insert(agent_name="Carl")
        prepared.sql("update public.training_sessions set agent_name = 'Bob' where legacy_id = %s", old_id)
        app.execute("insert into public.live_sessions (user_id) values (%s)", (prepared.world.people[0],))
        app.execute("update public.live_sessions set agent_name = 'Brenda' where id = %s", (old_id,))
    prepared.migrate("backfill")
    assert prepared.session(old_id)["agent_name"] == "Brenda"
    prepared.migrate("verify")


def test_writers_who_are_serializable_do_not_fail_over_the_mirror(prepared: Old) -> None:
    ids = [prepared.insert(agent_name="Austin") for _ in range(2)]
    prepared.sql("delete from training_migration.direct_writes")
    with people(prepared, 2) as both:
        for each, user in zip(both, prepared.world.people, strict=False):
            each.connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
            each.does("insert into public.live_sessions (user_id) values (%(user)s)", user=user)
        for each, old_id in zip(both, ids, strict=True):
            each.does("update public.live_sessions set agent_name = 'Brenda' where id = %(id)s", id=old_id)
            each.commits()
    assert prepared.sql("select count(*) > 0 from training_migration.direct_writes") == [True]
    assert prepared.pending() == 4  # converting would read what the others write
    prepared.migrate("backfill")
    assert [prepared.session(each)["agent_name"] for each in ids] == ["Brenda"] * 2
    prepared.migrate("verify")


def test_a_row_that_no_mirror_saw_is_listed_by_the_next_backfill(prepared: Old) -> None:
    erased, kept = (prepared.insert(agent_name="Austin") for _ in range(2))
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
    prepared.sql("alter table public.live_sessions disable trigger user")
    missed = [prepared.insert(agent_name="Austin"), prepared.insert(agent_name="Austin", user_id=None)]
    prepared.sql("delete from public.live_sessions where id = %s or agent_name = 'Brenda'", erased)
    prepared.sql("alter table public.live_sessions enable trigger user")
    prepared.migrate("verify", status=1)
    prepared.migrate("backfill")
    assert prepared.session(missed[0])["agent_name"] == "Austin"
    assert prepared.sql("select user_id::text from training.legacy_quarantine where legacy_id = %s", missed[1]) == [
        None
    ]
    assert (prepared.session(erased), prepared.session(kept)["agent_name"]) == ({}, "Austin")
    [seen] = prepared.sql("select legacy_id::text from public.training_sessions where id = %s", session_id)
    assert prepared.sql("select agent_name from public.live_sessions where id = %s", seen) == ["Brenda"]
    prepared.migrate("verify")


def test_a_change_that_could_not_even_be_listed_is_found_by_verify(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    old_id, warnings = prepared.insert(agent_name="Austin"), []
    with people(prepared, 1) as (holder,), psycopg.connect(prepared.url, autocommit=True) as app:
        app.add_notice_handler(lambda notice: warnings.append(notice.message_primary))
        holder.does("lock table training_migration.pending in access exclusive mode")
        app.execute("update public.live_sessions set agent_name = 'Brenda' where id = %s", (old_id,))
        holder.commits()
    [warning] = warnings
    for command in ("backfill", "verify"):
        assert f"migrate {command}" in str(warning)
    prepared.migrate("backfill")
    prepared.migrate("verify", status=1)
    assert f"{old_id}  agent_name" in capsys.readouterr().out
    prepared.sql("insert into training_migration.pending (legacy_id) values (%s)", old_id)
    prepared.migrate("backfill")
    prepared.migrate("verify")


def test_looking_for_them_takes_many_portions_and_lists_nothing_twice(
    prepared: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operate.migration.requeue.PORTION", 3)
    prepared.sql("alter table public.live_sessions disable trigger user")
    missed = [prepared.insert(agent_name="Austin") for _ in range(8)]
    prepared.sql("alter table public.live_sessions enable trigger user")
    prepared.sql("insert into training_migration.pending (legacy_id) values (%s)", missed[0])
    prepared.migrate("backfill", "--limit", "1")
    assert prepared.pending() == 7
    prepared.migrate("backfill")
    assert all(prepared.session(each) for each in missed)


@pytest.mark.parametrize("known_to", ["public.users", "auth.users"])
def test_an_owner_who_appears_later_gets_their_sessions_with_the_next_backfill(prepared: Old, known_to: str) -> None:
    owner = str(uuid.uuid4())
    old_id = prepared.insert(agent_name="Austin", user_id=owner)
    assert prepared.sql("select user_id::text from training.legacy_quarantine where legacy_id = %s", old_id) == [owner]
    if known_to == "auth.users":
        prepared.sql(
            f"create table auth.users (id uuid primary key, email text); grant select on auth.users to {OPERATOR}"
        )
    prepared.sql(f"insert into {known_to} (id) values (%s)", owner)
    prepared.migrate("backfill")
    assert prepared.session(old_id)["user_id"] == owner
    prepared.migrate("verify")


def test_a_row_whose_id_is_changed_does_not_leave_its_session_behind_under_the_old_one(prepared: Old) -> None:
    old_id, new_id = prepared.insert(agent_name="Austin", full_transcript=SAID), str(uuid.uuid4())
    prepared.sql("update public.live_sessions set id = %s where id = %s", new_id, old_id)
    assert (prepared.session(old_id), prepared.session(new_id)["agent_name"]) == ({}, "Austin")
    prepared.migrate("verify")


def test_what_a_trigger_of_the_hosts_own_writes_while_a_session_is_shown_to_the_old_app_is_listed(
    prepared: Old,
) -> None:
    """One session at a time: the old app's own trigger ends the person's open session."""
    prepared.operator.sql(
        """create function public.one_open() returns trigger language plpgsql as $$
           begin
             update live_sessions set ended_at = now(), end_reason = 'timeout'
              where user_id = new.user_id and ended_at is null and id <> new.id;
             return new;
           end $$"""
    )
    prepared.operator.sql(
        "create trigger one_open after insert on public.live_sessions for each row execute function public.one_open()"
    )
    old_id = prepared.insert(agent_name="Austin", full_transcript=SAID)
    assert prepared.session(old_id)["status"] == "active"
    with prepared.rep(prepared.world.people[0]) as person:
        person.rpc("create_training_session", agent_name="Brenda")
    assert prepared.sql("select legacy_id::text from training_migration.pending") == [old_id]
    prepared.migrate("backfill")
    assert prepared.session(old_id)["end_reason"] == "abandoned"
    prepared.migrate("verify")


def test_a_row_kept_verbatim_reads_the_same_in_every_time_zone_of_its_writer(prepared: Old) -> None:
    with psycopg.connect(prepared.url, autocommit=True) as app:
        app.execute("set timezone = 'Asia/Tokyo'")
        app.execute(
            "insert into public.live_sessions (user_id, agent_name, started_at) values (null, 'Ownerless', '2026-01-01 00:00+00')"
        )
    [kept] = prepared.sql(
        "select original::jsonb ->> 'started_at' from training.legacy_quarantine where original like '%Ownerless%'"
    )
    assert kept == "2026-01-01T00:00:00+00:00"
    prepared.migrate("verify")


def test_the_smallest_uuid_is_migrated_like_any_other(
    prepared: Old, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("operate.migration.requeue.PORTION", 7)
    monkeypatch.setattr("operate.migration.verification.PORTION", 7)
    prepared.sql("alter table public.live_sessions disable trigger user")
    old_id = prepared.insert(id=str(uuid.UUID(int=0)), user_id=None)
    prepared.sql("alter table public.live_sessions enable trigger user")
    [rows] = prepared.sql("select count(*) from public.live_sessions where user_id is null")
    prepared.migrate("backfill", "--dry-run")
    assert f"{rows:,}  quarantined: no user" in capsys.readouterr().out
    prepared.migrate("verify", status=1)
    assert old_id in capsys.readouterr().out
    prepared.migrate("backfill")
    assert prepared.sql("select user_id::text from training.legacy_quarantine where legacy_id = %s", old_id) == [None]
    prepared.migrate("verify")
