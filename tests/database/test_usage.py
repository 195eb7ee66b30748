"""The usage of a user outlives the sessions, and the limits of a day are read from them."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from grading_calls import attempt, claim, end_sessions, move_clock, save

from support import Database, Refused, Role, line, transcript_lines

BY_MODEL = attempt("model", tokens_in=5000, tokens_out=1000)


def limit(database: Database, name: str, value: int) -> None:
    database.sql("insert into training.settings values (%s, %s)", f"{name}_per_user_per_day", str(value))


def books(database: Database) -> list[Any]:
    return database.sql(
        "select sessions_begun, model_grades, tokens_in::int, tokens_out::int from training.usage order by day"
    )


def end_one(rep: Role) -> int:
    session_id: int = rep.rpc("create_training_session", agent_name="Austin")["id"]
    rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    return session_id


def test_erasing_each_session_before_the_next_buys_no_further_grade_by_the_model(database: Database) -> None:
    limit(database, "model_grades", 2)
    heuristic_only = []
    with database.rep() as rep, database.grader() as grader:
        for _ in range(6):
            session_id = end_one(rep)
            [mine] = claim(grader)
            heuristic_only.append(mine["heuristic_only"])
            save(grader, mine, attempt() if mine["heuristic_only"] else BY_MODEL)
            rep.rpc("delete_training_session", session_id=session_id)
        assert heuristic_only == [False, False, True, True, True, True]
        assert grader.rows("select tokens_in::int, tokens_out::int from public.grading_health") == [(10_000, 2_000)]
    assert books(database) == [(6, 2, 10_000, 2_000)]


def test_a_session_erased_while_the_model_grades_it_is_counted_when_the_grader_saves(database: Database) -> None:
    with database.rep() as rep, database.grader() as grader:
        session_id = end_one(rep)
        [mine] = claim(grader)
        rep.rpc("delete_training_session", session_id=session_id)
        assert save(grader, mine, BY_MODEL) == {"saved": False, "reason": "session_deleted"}
        assert save(grader, mine, BY_MODEL) == {"saved": False, "reason": "session_deleted"}
    assert books(database) == [(1, 1, 5000, 1000)]
    assert database.sql("select count(*) from training.grading_claims") == [0]


def test_a_session_erased_under_a_grader_that_is_lost_counts_one_grade(database: Database) -> None:
    with database.rep() as rep, database.grader() as grader:
        session_id = end_one(rep)
        claim(grader, lease_seconds=60)
        rep.rpc("delete_training_session", session_id=session_id)
        grader.rpc("sweep_training_sessions")
        assert database.sql("select count(*) from training.grading_claims") == [1], "its grader may still save"
        move_clock(grader, mins=2)
        grader.rpc("sweep_training_sessions")
    assert [(row[0], row[1]) for row in books(database)] == [(1, 1)]
    assert database.sql("select count(*) from training.grading_claims") == [0]


def test_a_lost_grader_counts_one_grade_and_a_skipped_model_none(database: Database) -> None:
    end_sessions(database)
    with database.grader() as grader:
        claim(grader, lease_seconds=60)
        move_clock(grader, mins=2)
        [second] = claim(grader)
        skipped = {"grader": "model", "outcome": "failed", "error_class": "skipped_outage"}
        save(grader, second, skipped, attempt())
    assert books(database) == [(1, 1, 0, 0)]


def test_the_two_hundred_first_session_of_a_day_is_left_to_the_heuristic_by_default(database: Database) -> None:
    end_sessions(database)
    database.sql("update training.usage set model_grades = 199")
    with database.grader() as grader:
        [last] = claim(grader)
        assert last["heuristic_only"] is False
        save(grader, last, BY_MODEL)
        [user_id] = database.sql("select user_id::text from training.usage")
        end_sessions(database, user_id=user_id)
        [beyond] = claim(grader)
        assert beyond["heuristic_only"] is True


def test_graders_lost_at_once_do_not_make_room_for_more_grades_by_the_model(database: Database) -> None:
    limit(database, "model_grades", 2)
    user_id = str(uuid.uuid4())
    end_sessions(database, 5, user_id=user_id)
    with database.grader() as grader:
        asks_model = [not mine["heuristic_only"] for mine in claim(grader, max_count=3, lease_seconds=60)]
        assert asks_model == [True, True, False]
        move_clock(grader, mins=2)
        again = claim(grader, max_count=5)
        assert [mine["heuristic_only"] for mine in again] == [True] * 5, (
            "both grades of the day may have been asked for"
        )
        for mine in again:
            save(grader, mine, attempt())
    assert [row[1] for row in books(database)] == [2]


def test_graders_that_claim_at_the_same_moment_do_not_pass_the_limit_together(database: Database) -> None:
    limit(database, "model_grades", 1)
    user_id = str(uuid.uuid4())
    end_sessions(database, 2, user_id=user_id)
    with database.grader() as first, database.grader() as second, ThreadPoolExecutor() as pool:
        with first.connection.transaction():
            [mine] = claim(first, max_count=1)
            waiting = pool.submit(claim, second, max_count=1)
            database.wait_until_locked(second.pid)
        [other] = waiting.result()
    assert (mine["heuristic_only"], other["heuristic_only"]) == (False, True)


class TestSessionsPerDay:
    def test_one_more_is_429_with_the_seconds_until_the_next_day_and_counts_nothing(self, database: Database) -> None:
        limit(database, "sessions", 2)
        with database.rep() as rep, database.rep() as other:
            rep.connection.execute("set training.now = '2026-03-01T23:00:00Z'")
            for _ in range(2):
                rep.rpc("create_training_session", agent_name="Austin")
            with pytest.raises(psycopg.Error) as refused:
                rep.connection.execute("select public.create_training_session('Austin')")
            error = json.loads(refused.value.diag.message_primary or "")
            detail = json.loads(refused.value.diag.message_detail or "")
            assert (detail["status"], error["code"]) == (429, "too_many_sessions")
            assert detail["headers"] == {"Retry-After": "3600"}
            other.rpc("create_training_session", agent_name="Austin")
            rep.connection.execute("set training.now = '2026-03-02T00:00:00Z'")
            rep.rpc("create_training_session", agent_name="Austin")
        assert sorted(row[0] for row in books(database)) == [1, 1, 2]

    def test_a_repeated_key_is_answered_at_the_limit_and_not_counted(self, database: Database) -> None:
        limit(database, "sessions", 1)
        with database.rep() as rep:
            first = rep.rpc("create_training_session", agent_name="Austin", idempotency_key="k")
            assert rep.rpc("create_training_session", agent_name="Austin", idempotency_key="k") == first
            with pytest.raises(Refused, match="too_many_sessions"):
                rep.rpc("create_training_session", agent_name="Austin", idempotency_key="k2")
        assert [row[0] for row in books(database)] == [1]

    def test_erasing_sessions_makes_no_room_for_more(self, database: Database) -> None:
        limit(database, "sessions", 1)
        with database.rep() as rep:
            session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
            rep.rpc("delete_training_session", session_id=session_id)
            with pytest.raises(Refused, match="too_many_sessions"):
                rep.rpc("create_training_session", agent_name="Austin")


@pytest.mark.parametrize("what", ["voice_starts", "homeowner_turns"])
def test_other_use_is_counted_and_limited_by_its_own_setting(database: Database, what: str) -> None:
    limit(database, what, 3)
    user_id = str(uuid.uuid4())
    spend = "select training.spend(%(user)s::uuid, %(what)s, %(count)s)"
    with database.role("postgres") as inside:
        inside.call(spend, {"user": user_id, "what": what, "count": 2})
        inside.call(spend, {"user": user_id, "what": what, "count": 1})
        with pytest.raises(Refused) as refused:
            inside.call(spend, {"user": user_id, "what": what, "count": 1})
    assert (refused.value.status, refused.value.code) == (429, f"too_many_{what}")
    assert database.sql(f"select {what} from training.usage") == [3]


def test_the_usage_of_an_erased_person_is_deleted_after_the_day(database: Database) -> None:
    with database.rep() as rep, database.rep() as other:
        for each in (rep, other):
            end_one(each)
        database.sql("delete from public.users where id = %s", rep.user_id)
    assert database.sql("select training.forget_usage()") == [0]
    database.sql("update training.usage set day = day - 1")
    assert database.sql("select training.forget_usage()") == [1]
    assert database.sql("select user_id::text from training.usage") == [other.user_id]
    database.sql("update training.usage set day = day - 400")
    assert database.sql("select training.forget_usage()") == [1]


def test_a_retry_of_a_line_costs_nothing(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        for _ in range(3):
            rep.rpc("append_transcript", session_id=session_id, lines=[line(1)])
    assert books(database) == [(1, 0, 0, 0)]
