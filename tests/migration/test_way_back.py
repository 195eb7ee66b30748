"""What cannot be undone happens whole or not at all; and going back hides nothing from the old app."""

import uuid

import pytest
from operating import Old, people
from test_finish import OURS, refused

from support import transcript_lines, until


@pytest.fixture
def retired(prepared: Old) -> Old:
    prepared.migrate("rollout", "100")
    prepared.migrate("finish", "--i-am-sure")
    return prepared


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("create policy mine on public.notes using (exists (select 1 from public.live_sessions_retired l where l.id = session_id))", "policy mine on table notes"),
        ("create function public.latest() returns setof public.live_sessions_retired language sql as 'select * from public.live_sessions_retired'", "function latest()"),
        ("alter table public.notes add column whole public.live_sessions_retired", "column whole of table notes"),
        ("alter table public.notes add foreign key (session_id) references public.live_sessions_retired", "on table notes"),
        ("create view public.report as select count(*) from public.live_sessions_retired", "view report"),
        ("create materialized view public.sums as select count(*) from public.live_sessions_retired", "materialized view sums"),
    ],
)  # fmt: skip
def test_dependents_of_the_old_table_are_named_before_the_drop(
    retired: Old, capsys: pytest.CaptureFixture[str], made: str, named: str
) -> None:
    retired.operator.sql(f"create table public.notes (session_id uuid); {made}")
    before = retired.sql(OURS)
    for arguments in (["--dry-run"], []):
        assert named in refused(retired, capsys, "finish", "--drop", "--i-am-sure", *arguments)
    assert retired.sql(OURS) == before
    retired.migrate("undo")


def test_a_table_with_everything_of_its_own_can_be_dropped(retired: Old) -> None:
    retired.operator.sql(
        """alter table public.live_sessions_retired add column twin uuid references public.live_sessions_retired, add column n serial;
           create policy another on public.live_sessions_retired using (user_id is not null);
           create index on public.live_sessions_retired ((agent_name || 'x'));
           create publication everything for table public.live_sessions_retired"""
    )
    retired.migrate("finish", "--drop", "--i-am-sure")
    assert retired.sql(OURS) == []


def test_a_drop_that_is_killed_has_done_nothing(retired: Old) -> None:
    before = retired.sql(OURS)
    with people(retired, 1) as (reader,):
        reader.does("select 1 from public.live_sessions_retired limit 1")
        process = retired.start("finish", "--drop", "--i-am-sure", "--yes")
        waits = "select exists (select 1 from pg_locks where not granted and relation = 'public.live_sessions_retired'::regclass)"
        until(lambda: retired.sql(waits) == [True])
        process.kill()
        process.wait()
        reader.commits()
    assert retired.sql(OURS) == before
    with retired.rep(retired.world.people[0]) as person:
        person.rpc("create_training_session", agent_name="Brenda")
    retired.migrate("undo")
    assert retired.sql("select count(*) from public.live_sessions where agent_name = 'Brenda' and ended_at is null") == [1]  # fmt: skip


def test_a_retired_table_that_was_left_alone_is_recognised(retired: Old, capsys: pytest.CaptureFixture[str]) -> None:
    retired.operator.sql("drop schema training_migration cascade")
    retired.migrate("status")
    assert "left over" in capsys.readouterr().out
    assert "rename to live_sessions" in refused(retired, capsys, "undo")
    retired.migrate("finish", "--drop")
    assert retired.sql(OURS) == []


def test_another_table_in_the_place_of_the_retired_one_is_told_first(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.migrate("rollout", "100")
    prepared.operator.sql("create table public.live_sessions_retired ()")
    said = refused(prepared, capsys, "finish", "--i-am-sure")
    assert "another public.live_sessions_retired" in said
    prepared.operator.sql("drop table public.live_sessions_retired")
    prepared.migrate("finish", "--i-am-sure")
    prepared.operator.sql("create table public.live_sessions ()")
    assert "another public.live_sessions " in refused(prepared, capsys, "undo")


def test_a_row_whose_owner_is_known_by_now_blocks_finish_and_drop(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    owners = [str(uuid.uuid4()) for _ in range(2)]
    ids = [prepared.insert(agent_name="Austin", user_id=owner) for owner in owners]
    prepared.migrate("rollout", "100")
    prepared.sql("update training_migration.state set prepared_at = now() - interval '30 days'")
    prepared.sql("update training_migration.direct_writes set hour = hour - interval '30 days'")
    for owner, command in zip(owners, (["finish"], ["finish", "--drop", "--days", "0"]), strict=True):
        prepared.sql("insert into public.users (id) values (%s)", owner)
        assert "1 rows in the quarantine belong" in refused(prepared, capsys, *command)
        prepared.migrate("backfill")
        prepared.migrate(*command)
    assert [prepared.session(each)["user_id"] for each in ids] == owners


def test_undo_waits_for_active_sessions_of_the_new_system(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    seen = "select jsonb_array_length(full_transcript) from public.live_sessions where agent_name = 'Brenda the new'"
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda the new")["id"]
        person.rpc("append_transcript", session_id=session_id, lines=transcript_lines(3))
        for arguments in (["--dry-run"], []):
            assert f"1 session ({session_id}) of the new system still go on" in refused(
                prepared, capsys, "undo", *arguments
            )
        assert prepared.sql("select is_off from training.rollout") == [True]
        assert ("schema", "training_migration") in prepared.sql(OURS)
        prepared.migrate("undo", "--i-am-sure")
    assert prepared.sql(seen) == [3]
    assert f"as they were just now: 1 session ({session_id})" in capsys.readouterr().out


def test_undo_names_sessions_that_will_be_graded_in_the_new_system_alone(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda the new")["id"]
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    prepared.migrate("undo")
    assert f"in the new system alone: 1 session ({session_id})" in capsys.readouterr().out


def test_undo_with_i_am_sure_skips_rows_that_the_old_table_refuses(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.sql("alter table public.live_sessions add constraint no_brenda check (agent_name <> 'Brenda the new')")
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda the new")["id"]
        person.rpc("complete_training_session", session_id=session_id)
    assert "--i-am-sure" in refused(prepared, capsys, "undo")
    prepared.migrate("undo", "--i-am-sure")
    assert ("schema", "training_migration") not in prepared.sql(OURS)


def test_no_undo_forgets_an_erasure_that_the_old_table_refuses(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    old_id = prepared.insert(agent_name="Austin")
    prepared.operator.sql("create table public.notes (session_id uuid references public.live_sessions)")
    prepared.sql("insert into public.notes values (%s)", old_id)
    session = prepared.session(old_id)
    with prepared.rep(session["user_id"]) as owner:
        owner.rpc("delete_training_session", session_id=session["id"])
    for arguments in ([], ["--i-am-sure"]):
        assert f"1 session ({old_id}) that were erased" in refused(prepared, capsys, "undo", *arguments)
    prepared.sql("delete from public.notes")
    prepared.sql("delete from public.live_sessions where id = %s", old_id)
    for step in ("undo", "prepare", "backfill", "verify"):
        prepared.migrate(step)
    assert prepared.session(old_id) == {}


@pytest.mark.parametrize("said", ['[{"speaker": "rep", "text": "Hello"}]', "[]"])
def test_after_an_undo_nothing_of_the_old_system_goes_to_a_paid_grader(prepared: Old, said: str) -> None:
    old_id = prepared.insert(agent_name="Austin", full_transcript=said)
    before = prepared.sql("select to_jsonb(o) from public.live_sessions o where id = %s", old_id)
    session = prepared.session(old_id)
    assert session["status"] == "active"
    prepared.migrate("undo")
    assert prepared.sql("select to_jsonb(o) from public.live_sessions o where id = %s", old_id) == before
    prepared.sql("update public.training_sessions set last_activity_at = now() - interval '1 day', started_at = now() - interval '1 day' where status = 'active'")  # fmt: skip
    with prepared.grader() as grader:
        grader.rpc("sweep_training_sessions")
        assert grader.rpc("claim_training_sessions", max_count=100) == []
    prepared.migrate("prepare")
    prepared.migrate("backfill")
    assert (prepared.session(old_id)["id"], prepared.session(old_id)["status"]) == (session["id"], "active")
    prepared.migrate("verify")
