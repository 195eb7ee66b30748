"""The backfill: every old row once, under the id it was listed with, also when processes are killed or several run."""

import random
from typing import Any

import psycopg
import pytest
from operating import DIGEST, KILLS, OPERATOR, ROWS, Old, old_database

from run.local.postgres import Postgres
from support import until


def test_every_row_is_a_session_or_in_the_quarantine_with_a_reason(old: Old) -> None:
    old.migrate("prepare")
    old.migrate("backfill")
    assert old.pending() == 0
    old.migrate("verify")
    [(rows, sessions, kept)] = old.sql(
        """select (select count(*) from public.live_sessions), (select count(*) from public.training_sessions),
                  (select count(*) from training.legacy_quarantine)"""
    )
    assert rows == ROWS == sessions + kept
    assert 0 < kept < ROWS / 10
    assert old.sql("select count(*) from training.legacy_quarantine where reason !~ '\\S' or original !~ '\\S'") == [0]
    reasons = old.sql("select distinct reason from training.legacy_quarantine order by 1")
    assert reasons == ["no user", "the user has no profile, and none can be made"]


def test_ids_follow_the_age_of_the_rows(old: Old) -> None:
    old.migrate("prepare")
    old.migrate("backfill")
    ordered = old.sql(
        """select t.id from public.training_sessions t join public.live_sessions o on o.id = t.legacy_id
            order by coalesce(o.created_at, o.started_at, o.ended_at), o.id"""
    )
    assert ordered == sorted(ordered)


def test_a_grade_of_the_old_system_is_in_the_history_once(old: Old) -> None:
    old.migrate("prepare")
    old.migrate("backfill")
    wrong = old.sql(
        """select count(*) from public.training_sessions t
            where (t.status = 'completed') <> (t.graded_by is not distinct from 'legacy')
               or (t.status = 'completed') <> (1 = (select count(*) from public.training_grades g where g.session_id = t.id and g.grader = 'legacy'))"""
    )
    assert wrong == [0]
    assert old.sql(
        "select count(*) from public.training_sessions where status = 'completed' and graded_at is null"
    ) == [0]


def test_the_standings_after_the_backfill_are_those_of_the_sessions(old: Old) -> None:
    standings = "select st::text from training.standings st order by agent_name, user_id"
    old.migrate("prepare")
    old.migrate("backfill")
    after = old.sql(standings)
    old.sql("delete from training.standings")
    old.sql(
        "select training.refresh_standing(agent_name, user_id) from public.training_sessions group by agent_name, user_id"
    )
    assert after == old.sql(standings) != []


def test_two_runs_of_everything_come_to_the_same(old: Old) -> None:
    for _ in range(2):
        old.migrate("prepare")
        old.migrate("backfill", "--batch", "50")
    once = old.sql(DIGEST)
    old.sql("insert into training_migration.pending (legacy_id) select id from public.live_sessions")
    old.migrate("backfill")
    assert old.sql(DIGEST) == once
    old.migrate("verify")


def test_killed_at_random_points_or_run_twice_at_once_it_is_the_same(postgres: Postgres) -> None:
    chance = random.Random(20)
    digests: list[Any] = []
    with old_database(postgres) as whole:
        whole.migrate("prepare")
        whole.migrate("backfill")
        digests.append(whole.sql(DIGEST))
    with old_database(postgres) as killed:
        killed.migrate("prepare")
        for point in sorted(chance.sample(range(ROWS // 10, ROWS), KILLS), reverse=True):
            process = killed.start("backfill", "--batch", "10", "--pause", "5")
            until(lambda: killed.pending() <= point or process.poll() is not None)  # noqa: B023
            process.kill()
            process.wait()
            assert killed.pending() > 0
        killed.migrate("backfill")
        digests.append(killed.sql(DIGEST))
        killed.migrate("verify")
    with old_database(postgres) as shared:
        shared.migrate("prepare")
        for process in [shared.start("backfill", "--batch", "20") for _ in range(2)]:
            assert process.wait(60) == 0
        digests.append(shared.sql(DIGEST))
        shared.migrate("verify")
    assert digests[0] == digests[1] == digests[2]


def test_it_can_be_stopped_after_some_rows_or_kept_to_new_ones(old: Old) -> None:
    old.migrate("prepare")
    old.migrate("backfill", "--limit", "25")
    assert old.pending() == ROWS - 25
    [since] = old.sql(
        "select (max(created_at) filter (where created_at < '2090-01-01') - interval '3 hours')::text from public.live_sessions"
    )
    old.migrate("backfill", "--since", since)
    [newer] = old.sql("select count(*) from public.live_sessions where created_at >= %s and user_id is not null", since)
    [taken] = old.sql(
        "select count(*) from public.training_sessions t join public.live_sessions o on o.id = t.legacy_id where o.created_at >= %s",
        since,
    )
    assert 0 < taken <= newer
    assert 0 < old.pending() < ROWS - 25


def test_a_row_that_cannot_be_stored_is_left_with_its_problem_and_the_others_go_on(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.sql("alter table public.training_sessions add constraint no_carl check (agent_name <> 'Carl the odd')")
    odd, good = prepared.insert(agent_name="Carl the odd"), prepared.insert(agent_name="Carl")
    assert (prepared.session(odd), prepared.session(good)["agent_name"]) == ({}, "Carl")
    prepared.migrate("backfill", status=1)
    assert prepared.sql("select problem from training_migration.pending") == ["23514 no_carl"]
    prepared.migrate("status")
    assert "23514" in capsys.readouterr().out
    prepared.sql("alter table public.training_sessions drop constraint no_carl")
    prepared.migrate("backfill")
    assert prepared.session(odd)["agent_name"] == "Carl the odd"
    prepared.migrate("verify")


def test_the_dry_run_tells_what_would_come_and_leaves_no_trace(old: Old, capsys: pytest.CaptureFixture[str]) -> None:
    objects = "select count(*), (select count(*) from pg_proc), (select count(*) from pg_trigger) from pg_class"
    before = old.sql(objects)
    old.migrate("prepare", "--dry-run")
    old.migrate("backfill", "--dry-run")
    assert f"{ROWS:,} rows would become" in capsys.readouterr().out
    assert old.sql(objects) == before


def test_only_when_asked_do_ungraded_sessions_wait_for_the_grader(prepared: Old) -> None:
    waiting = "select count(*) from public.training_sessions where status = 'completed' and graded_at is null"
    [ungraded] = prepared.sql(
        """select count(*) from public.training_sessions t where status = 'completed' and transcript @> '[{"speaker": "user"}]'
            and not exists (select 1 from public.training_grades g where g.session_id = t.id and g.scores is not null)"""
    )
    assert ungraded > 0
    assert prepared.sql(waiting) == [0]
    with psycopg.connect(prepared.url, autocommit=True) as listening:
        listening.execute("listen training_session_completed")
        prepared.migrate("backfill", "--grade")
        assert list(listening.notifies(timeout=0)) == []
    assert prepared.sql(waiting) == [ungraded]
    with prepared.grader() as grader:
        assert len(grader.rpc("claim_training_sessions", max_count=100)) == ungraded
    prepared.migrate("verify")


def test_no_more_go_to_the_grader_than_were_asked_for(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    began = prepared.sql(
        """select started_at::text from public.training_sessions t where status = 'completed' and transcript @> '[{"speaker": "user"}]'
              and not exists (select 1 from public.training_grades g where g.session_id = t.id and g.scores is not null) order by started_at"""
    )
    waiting = "select started_at::text from public.training_sessions where status = 'completed' and graded_at is null order by 1"
    since = began[len(began) // 2]
    prepared.migrate("backfill", "--grade", "--since", since, "--limit", "2", "--batch", "1")
    assert "2 sessions wait" in capsys.readouterr().out
    [first, second] = prepared.sql(waiting)
    assert since <= first <= second
    prepared.migrate("backfill", "--grade", "--since", since)
    assert prepared.sql(waiting) == [each for each in began if each >= since] != began


def test_two_rows_of_one_conversation_do_not_fight_over_it(prepared: Old) -> None:
    first, second = (prepared.insert(agent_name="Austin", elevenlabs_conversation_id="conv_same") for _ in range(2))
    assert [prepared.session(each)["conversation_id"] for each in (first, second)] == ["conv_same", None]


def test_a_person_known_to_supabase_auth_alone_gets_a_profile(old: Old) -> None:
    known, unknown = old.world.strangers[:2]
    old.sql(
        f"create table auth.users (id uuid primary key, email text); grant select on auth.users to {OPERATOR}"  # as on Supabase
    )
    old.sql("insert into auth.users values (%s, 'rep@example.com')", known)
    ids = {user: old.insert(agent_name="Austin", user_id=user) for user in (known, unknown)}
    old.migrate("prepare")
    old.migrate("backfill")
    assert old.session(ids[known])["user_id"] == known
    assert old.session(ids[unknown]) == {}
    assert old.sql("select user_id::text from training.legacy_quarantine where legacy_id = %s", ids[unknown]) == [
        unknown
    ]
    old.migrate("verify")
