"""Both systems at once: what one does shows in the other, without a loop, and without failing or delaying anybody's write."""

import time
import uuid
from typing import Any

import psycopg
import pytest
from operating import Old

from support import Refused, line, transcript_lines

SAID = '[{"speaker": "rep", "text": "Hello", "timestamp": "2026-01-01T00:00:00.000Z"}]'


def test_the_old_apps_session_shows_from_start_to_end_to_erasure(prepared: Old) -> None:
    person = prepared.world.people[0]
    with prepared.rep(person) as app:
        old_id = app.call(
            "insert into public.live_sessions (user_id, agent_name) values (auth.uid(), 'Austin') returning id::text"
        )
        assert prepared.session(old_id)["status"] == "active"
        app.connection.execute(
            "update public.live_sessions set ended_at = now(), full_transcript = %s, rapport_score = 61.5, grading_status = 'complete' where id = %s",
            (SAID, old_id),
        )
        session = prepared.session(old_id)
        assert (session["status"], session["rapport_score"], session["graded_by"]) == ("completed", 62, "legacy")
        assert session["transcript"][0]["text"] == "Hello"
        assert app.rpc("get_training_session", session_id=session["id"])["grading"]["notes"] == [
            "The old rapport score was 61.5."
        ]
        app.connection.execute("update public.live_sessions set rapport_score = 70 where id = %s", (old_id,))
        assert (
            prepared.sql(
                "select scores -> 'rapport' from public.training_grades where session_id = %s order by id",
                session["id"],
            )
            == [None, 61.5, 70][1:]
        )
        app.connection.execute("delete from public.live_sessions where id = %s", (old_id,))
    assert prepared.session(old_id) == {}
    assert prepared.pending() == 0
    prepared.migrate("verify")


def test_a_new_session_shows_to_the_old_app_from_start_to_end_to_erasure(prepared: Old) -> None:
    with prepared.rep(prepared.world.people[0]) as person, prepared.rep(prepared.world.people[1]) as other:
        session_id = person.rpc("create_training_session", agent_name="Brenda", agent_id="agent_7")["id"]
        seen = "select id::text, ended_at is null, jsonb_array_length(full_transcript), agent_id from public.live_sessions where agent_name = 'Brenda' and created_at > now() - interval '1 hour'"
        [(old_id, active, lines, agent)] = person.rows(seen)
        assert (active, lines, agent) == (True, 0, "agent_7")
        assert other.rows(seen) == []
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        assert person.rows(seen) == [(old_id, False, 6, "agent_7")]
        with prepared.grader() as grader:
            [claim] = grader.rpc("claim_training_sessions")
            scores = {"rapport": 10, "discovery": 20, "objection_handling": 30, "closing": 40}
            attempt = {
                "outcome": "accepted",
                "grader": "model",
                "rubric_version": "1",
                "scores": scores,
                "feedback_strengths": ["Warm"],
            }
            grader.rpc("save_training_grade", session_id=session_id, claim_id=claim["claim_id"], attempts=[attempt])
        [row] = prepared.sql("select to_jsonb(o) from public.live_sessions o where id = %s", old_id)
        assert (row["close_score"], row["overall_score"], row["grading_status"]) == (40, 25, "completed")
        assert row["analytics"]["feedback"]["strengths"] == ["Warm"]
        assert {line["speaker"] for line in row["full_transcript"]} == {"user", "homeowner"}
        prepared.migrate("verify")
        person.rpc("delete_training_session", session_id=session_id)
        assert person.rows(seen) == []


def test_the_mirrors_do_not_loop(prepared: Old) -> None:
    old_id = prepared.insert(agent_name="Austin")
    versions = "select o.xmin::text, t.xmin::text from public.live_sessions o join public.training_sessions t on t.legacy_id = o.id where o.id = %s"
    before = prepared.sql(versions, old_id)
    prepared.sql("update public.live_sessions set agent_name = agent_name where id = %s", old_id)
    [(old_version, new_version)] = prepared.sql(versions, old_id)
    assert old_version != before[0][0]
    assert new_version == before[0][1]  # nothing the session has changed
    assert prepared.sql("select count(*) from training_migration.pending_out") == [0]


def test_an_old_write_succeeds_when_the_mirror_fails_and_is_listed_and_caught_up(
    prepared: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.sql("alter table public.training_sessions rename to away")
    old_id = prepared.insert(agent_name="Austin")
    assert prepared.sql("select count(*) from public.live_sessions where id = %s", old_id) == [1]
    prepared.sql("alter table public.away rename to training_sessions")
    assert prepared.sql("select problem from training_migration.pending") == ["42P01"]
    prepared.migrate("status")
    assert "failed: 42P01" in capsys.readouterr().out
    prepared.migrate("backfill")
    assert prepared.session(old_id)["agent_name"] == "Austin"


def test_an_old_write_does_not_wait_for_a_lock_of_the_mirror(prepared: Old) -> None:
    old_id = prepared.insert(agent_name="Austin")
    with psycopg.connect(prepared.url) as holding:
        holding.execute("select 1 from public.training_sessions where legacy_id = %s for update", (old_id,))
        started = time.monotonic()
        prepared.sql("update public.live_sessions set agent_name = 'Brenda' where id = %s", old_id)
        waited = time.monotonic() - started
    assert waited < 1
    assert prepared.sql("select problem from training_migration.pending") == ["55P03"]
    prepared.migrate("backfill")
    assert prepared.session(old_id)["agent_name"] == "Brenda"


def test_while_a_batch_runs_old_writes_are_listed_and_come_next(prepared: Old) -> None:
    with psycopg.connect(prepared.url) as batch:
        batch.execute("select pg_advisory_xact_lock(7261696, 2)")
        old_id = prepared.insert(agent_name="Austin")
        assert prepared.session(old_id) == {}
        with prepared.rep(prepared.world.people[0]) as owner, prepared.rep(prepared.world.people[1]) as other:
            resolve = "select public.resolve_legacy_sessions(array[%(id)s]::uuid[])"
            assert other.call(resolve, {"id": old_id}) == {}
            assert list(owner.call(resolve, {"id": old_id})) == [old_id]
    prepared.migrate("backfill")
    assert prepared.pending() == 0
    prepared.migrate("verify")


def test_many_rows_at_once_are_listed_not_converted(prepared: Old) -> None:
    prepared.sql(
        "insert into public.live_sessions (user_id, agent_name) select %s, 'Bulk' from generate_series(1, 300)",
        prepared.world.people[0],
    )
    assert prepared.pending() == 300
    prepared.migrate("backfill")
    assert prepared.sql("select count(*) from public.training_sessions where agent_name = 'Bulk'") == [300]


def test_a_new_session_goes_on_when_the_old_table_refuses_it(prepared: Old) -> None:
    prepared.sql("alter table public.live_sessions add column branch text not null default 'x'")
    prepared.sql("alter table public.live_sessions alter column branch drop default")
    with prepared.rep(prepared.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
    assert prepared.sql("select session_id, problem from training_migration.pending_out") == [(session_id, "23502")]
    prepared.migrate("backfill", status=1)
    prepared.sql("alter table public.live_sessions drop column branch")
    prepared.migrate("backfill")
    prepared.migrate("verify")


def test_an_erasure_reaches_the_other_system_even_if_late(prepared: Old) -> None:
    old_id = prepared.insert(agent_name="Austin", full_transcript='{"odd": 1}')
    assert prepared.sql("select columns from training.legacy_originals") != []
    session = prepared.session(old_id)
    with psycopg.connect(prepared.url) as holding, prepared.rep(session["user_id"]) as owner:
        holding.execute("select 1 from public.live_sessions where id = %s for update", (old_id,))
        owner.rpc("delete_training_session", session_id=session["id"])
    assert prepared.sql("select columns from training.legacy_originals where session_id = %s", session["id"]) == []
    with prepared.rep(session["user_id"]) as owner:
        assert owner.call("select public.resolve_legacy_sessions(array[%(id)s]::uuid[])", {"id": old_id}) == {}
    prepared.migrate("backfill")
    assert prepared.sql("select count(*) from public.live_sessions where id = %s", old_id) == [0]
    assert prepared.session(old_id) == {}


def test_a_session_stays_in_the_system_in_which_it_began(prepared: Old) -> None:
    old_id = prepared.insert(agent_name="Austin", full_transcript=SAID)
    session = prepared.session(old_id)
    with prepared.rep(session["user_id"]) as owner, pytest.raises(Refused) as refused:
        owner.rpc("append_transcript", session_id=session["id"], lines=[line(2)])
    assert (refused.value.status, refused.value.code) == (409, "session_not_active")
    # Swept here meanwhile, it waits for no paid model; and the old app's own end still counts.
    prepared.sql(
        "update public.live_sessions set started_at = now() - interval '2 hours', created_at = now() - interval '2 hours' where id = %s",
        old_id,
    )
    with prepared.grader() as grader:
        assert grader.rpc("sweep_training_sessions")["completed"] == 1
        assert grader.rpc("claim_training_sessions") == []
    prepared.sql("update public.live_sessions set ended_at = now(), rapport_score = 50 where id = %s", old_id)
    assert (prepared.session(old_id)["end_reason"], prepared.session(old_id)["rapport_score"]) == ("ended", 50)


def test_a_grade_of_the_new_system_is_not_lost_to_a_later_old_write(prepared: Old) -> None:
    old_id = prepared.insert(
        agent_name="Austin", full_transcript=SAID, ended_at="2026-01-01T00:05:00Z", started_at="2026-01-01T00:00:00Z"
    )
    prepared.migrate("backfill", "--grade")
    with prepared.grader() as grader:
        claims: list[Any] = grader.rpc("claim_training_sessions", max_count=100)
        [claim] = [each for each in claims if each["session_id"] == prepared.session(old_id)["id"]]
        scores = {"rapport": 10, "discovery": 20, "objection_handling": 30, "closing": 40}
        attempt = {"outcome": "accepted", "grader": "model", "rubric_version": "1", "scores": scores}
        grader.rpc(
            "save_training_grade", session_id=claim["session_id"], claim_id=claim["claim_id"], attempts=[attempt]
        )
    assert prepared.sql(
        "select rapport_score::int, close_score::int from public.live_sessions where id = %s", old_id
    ) == [(10, 40)]
    prepared.sql("update public.live_sessions set sale_closed = true where id = %s", old_id)
    assert prepared.session(old_id)["graded_by"] == "model"
    prepared.migrate("verify")


def test_a_conversation_that_becomes_known_later_is_taken_over_unless_another_session_has_it(prepared: Old) -> None:
    first, second = prepared.insert(agent_name="Austin"), prepared.insert(agent_name="Brenda")
    for old_id in (first, second):
        prepared.sql("update public.live_sessions set elevenlabs_conversation_id = ' conv_late' where id = %s", old_id)
    assert [prepared.session(each)["conversation_id"] for each in (first, second)] == ["conv_late", None]
    prepared.migrate("verify")
    prepared.sql("update public.live_sessions set elevenlabs_conversation_id = 'conv_other' where id = %s", second)
    prepared.sql("update public.live_sessions set elevenlabs_conversation_id = null where id = %s", first)
    assert [prepared.session(each)["conversation_id"] for each in (first, second)] == ["conv_late", "conv_other"]
    prepared.migrate("verify")


@pytest.mark.parametrize("precision", [0, 1])
def test_a_grade_of_the_new_system_stays_where_the_old_column_rounds_its_time(prepared: Old, precision: int) -> None:
    prepared.sql(f"alter table public.live_sessions alter graded_at type timestamptz({precision})")
    old_id = prepared.insert(
        agent_name="Austin", full_transcript=SAID, ended_at="2026-01-01T00:05:00Z", rapport_score=50
    )
    prepared.sql(
        "update public.training_sessions set graded_by = 'model', graded_at = '2026-01-02T00:00:00.96Z', rapport_score = 70 where legacy_id = %s",
        old_id,
    )
    prepared.sql("update public.live_sessions set sale_closed = true where id = %s", old_id)
    session = prepared.session(old_id)
    assert (session["graded_by"], session["rapport_score"]) == ("model", 70)


def test_a_time_goes_through_a_column_without_a_zone_unchanged(prepared: Old) -> None:
    prepared.sql(
        "set timezone = 'UTC'; alter table public.live_sessions alter started_at type timestamp, alter created_at type timestamp"
    )
    with prepared.rep(prepared.world.people[0]) as person:
        person.connection.execute("set timezone = 'America/Los_Angeles'")
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
    [(ours, theirs)] = prepared.sql(
        """select t.started_at at time zone 'UTC', o.started_at
             from public.training_sessions t join public.live_sessions o on o.id = t.legacy_id where t.id = %s""",
        session_id,
    )
    assert ours == theirs


def test_an_erased_account_takes_its_sessions_and_the_old_tables_keys_decide(prepared: Old) -> None:
    person = str(uuid.uuid4())
    prepared.sql("insert into public.users (id) values (%s)", person)
    old_id = prepared.insert(agent_name="Austin", user_id=person)
    with prepared.rep(person) as rep:
        rep.rpc("create_training_session", agent_name="Brenda")
    prepared.sql("delete from public.users where id = %s", person)
    assert prepared.sql("select count(*) from public.training_sessions where user_id = %s", person) == [0]
    assert prepared.sql("select id::text from public.live_sessions where user_id = %s", person) == [old_id]
    prepared.migrate("backfill")
    prepared.migrate("verify")


def test_a_finished_mirror_does_not_disable_the_other_in_the_same_transaction(prepared: Old) -> None:
    person = prepared.world.people[0]
    with prepared.rep(person) as rep, rep.connection.transaction():
        first = rep.call("insert into public.live_sessions (user_id) values (auth.uid()) returning id::text")
        session_id = rep.rpc("create_training_session", agent_name="Brenda")["id"]
        second = rep.call("insert into public.live_sessions (user_id) values (auth.uid()) returning id::text")
    assert prepared.session(first)["status"] == prepared.session(second)["status"] == "active"
    [seen] = prepared.sql("select legacy_id::text from public.training_sessions where id = %s", session_id)
    assert prepared.sql("select agent_name from public.live_sessions where id = %s", seen) == ["Brenda"]
