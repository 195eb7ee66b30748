"""The worker against the real database and a model that fails in every way: each session gets one grade."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from working import CANARY, Work

from grading.heuristic import linear
from run.local.postgres import Postgres
from stacks import running_stack
from standins.openai import OpenAIStandIn
from support import until
from worker.drain import Counts, Worker
from worker.queue import MOST_CONNECTIONS, Queue

SESSIONS = 20
HISTORY = {
    "well": ("model",),
    "fenced": ("model",),
    "unstorable": ("model",),
    "hang": ("model:timeout", "heuristic"),
    "drip": ("model:timeout", "heuristic"),
    "rate_limited_long": ("model:rate_limited", "heuristic"),
    "rate_limited": ("model:rate_limited", "model:rate_limited", "heuristic"),
    "error_500": ("model:unavailable", "model:unavailable", "heuristic"),
    "close": ("model:unavailable", "model:unavailable", "heuristic"),
    "refuse": ("model:refused", "heuristic"),
    "cut_off": ("model:cut_off", "heuristic"),
    "out_of_range": ("model:wrong_shape", "heuristic"),
    "not_json": ("model:wrong_shape", "heuristic"),
    "invent": ("model:invented_quotes", "model:invented_quotes", "heuristic"),
    "other_session": ("model:invented_quotes", "model:invented_quotes", "heuristic"),
    "other_mark": ("model:wrong_mark", "model:wrong_mark", "heuristic"),
    "lazy": ("model:unfounded", "model:unfounded", "heuristic"),
    "no_auth": ("model:auth", "heuristic"),
    "bad_request": ("model:bad_request", "model:bad_request", "heuristic"),
}

SKIPPED = ("model:skipped_outage", "heuristic")


@pytest.fixture(scope="module")
def work(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    folder = tmp_path_factory.mktemp("worker")
    with OpenAIStandIn() as openai, running_stack(postgres, folder) as stack:
        yield Work(stack, openai)


@pytest.mark.parametrize("fault", HISTORY)
def test_twenty_sessions_are_graded_under_every_fault_of_the_model(
    work: Work, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ids = work.finish(SESSIONS)
    work.openai.play(fault)
    deadline = 1.2 if fault in ("hang", "drip") else 15
    started = time.monotonic()
    counts = work.drain(grader_deadline_seconds=deadline, grader_lease_seconds=20)
    assert time.monotonic() - started < deadline + 2
    grader = HISTORY[fault][-1]
    assert work.graded_by() == {grader: SESSIONS}
    history = work.history()
    del history[SKIPPED]  # The breaker may open before the last of them has asked.
    assert set(history) == {HISTORY[fault]}
    assert work.accepted_grades() == Counter(ids)
    assert counts.graded == {"model": 0, "heuristic": 0, grader: SESSIONS}
    assert (counts.claimed, counts.late, counts.errors, counts.more) == (SESSIONS, 0, 0, False)
    told = work.stored_words() + "".join(capfd.readouterr())
    assert "session graded" in told
    assert CANARY not in told
    assert "golden contract" not in told


def test_twenty_sessions_that_fail_differently_do_not_disturb_each_other(work: Work) -> None:
    work.finish(SESSIONS)
    faults = list(HISTORY)[:SESSIONS]
    work.openai.play("well", containing={f"session {n}.": [fault] for n, fault in enumerate(faults, start=1)})
    work.drain(grader_deadline_seconds=2)
    assert sum(work.graded_by().values()) == SESSIONS
    assert work.history() == Counter(HISTORY[fault] for fault in faults) + Counter({("model",): SESSIONS - len(faults)})


def test_in_an_outage_everything_is_graded_at_once_and_the_model_hardly_asked(work: Work) -> None:
    work.finish(60)
    work.openai.play("hang")
    started = time.monotonic()
    counts = work.drain(grader_concurrency=8, grader_deadline_seconds=1.5)
    assert time.monotonic() - started < 5
    assert counts.graded == {"model": 0, "heuristic": 60}
    assert len(work.openai.calls) < 15
    assert work.history()[SKIPPED] > 45


def test_the_model_is_used_again_once_it_answers(work: Work) -> None:
    async def outage_and_recovery(worker: Worker) -> Counts:
        work.openai.play("error_500")
        await worker.drain()
        await asyncio.to_thread(work.finish, 10)
        work.openai.play("well")
        return await worker.drain()

    work.finish(10)
    counts: Counts = work.run(outage_and_recovery, grader_deadline_seconds=10, grader_lease_seconds=20)
    assert counts.graded["model"] >= 1
    assert sum(counts.graded.values()) == 10


def test_a_session_whose_graders_vanished_three_times_is_left_to_the_heuristic(work: Work) -> None:
    work.finish(1)
    work.openai.play("well")
    with work.stack.database.grader() as lost:
        for _ in range(3):
            lost.rpc("claim_training_sessions")
            work.outlast_leases()
    work.drain()
    assert work.openai.calls == []
    assert work.graded_by() == {"heuristic": 1}


def test_without_a_key_the_heuristic_grades(work: Work) -> None:
    work.finish(5)
    work.openai.play("well")
    assert work.drain(openai_api_key="").graded == {"model": 0, "heuristic": 5}
    assert work.openai.calls == []


def test_without_the_model_file_the_minimal_grade_is_saved_and_the_error_logged_without_words(
    work: Work, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(linear, "WEIGHTS", tmp_path / "absent.json")
    linear.load_models.cache_clear()
    [session_id] = work.finish(1)
    assert work.drain(openai_api_key="").graded["heuristic"] == 1
    told = "".join(capfd.readouterr())
    assert "FileNotFoundError" in told
    assert CANARY not in told
    scores = "select discovery_score, objection_handling_score, closing_score, confidence from public.training_sessions"
    assert work.stack.database.sql(f"{scores} where id = %s", session_id) == [(20, 0, 25, "low")]


def test_a_session_without_a_word_from_the_rep_fails_and_keeps_no_score(work: Work) -> None:
    [session_id] = work.finish(1)
    work.stack.database.sql("update public.training_sessions set transcript = '[]' where id = %s", session_id)
    work.openai.play("well")
    assert work.drain().unscored == 1
    assert work.stack.database.sql(
        "select status, end_reason, overall_score from public.training_sessions where id = %s", session_id
    ) == [("failed", "no_conversation", None)]
    assert work.openai.calls == []


def test_a_grade_that_cannot_be_saved_disturbs_no_other_and_comes_back_with_the_lease(work: Work) -> None:
    ids = work.finish(10)
    work.openai.play("well")
    database = work.stack.database
    database.sql(
        "create function training.no_room() returns trigger language plpgsql as "
        "$$ begin raise exception 'no room' using errcode = 'disk_full'; end $$"
    )
    database.sql(
        f"create trigger no_room before insert on public.training_grades for each row "
        f"when (new.session_id = {ids[3]}) execute function training.no_room()"
    )
    counts = work.drain()
    assert (counts.graded["model"], counts.errors) == (9, 1)
    database.sql("drop function training.no_room cascade")
    assert work.drain().claimed == 0, "still leased"
    work.outlast_leases()
    assert work.drain().graded["model"] == 1
    assert work.accepted_grades() == Counter(ids)


def test_a_wake_up_grades_its_session_first_and_then_what_else_waits(work: Work) -> None:
    ids = work.finish(3)
    work.openai.play("well")

    async def wake(worker: Worker) -> None:
        assert worker.wake(ids[2])
        await worker.finished()

    work.run(wake, grader_concurrency=1)
    graded = work.stack.database.sql("select session_id from public.training_grades order by id")
    assert graded == [ids[2], ids[0], ids[1]]


def test_a_drain_takes_no_session_that_it_could_not_finish_in_its_budget(work: Work) -> None:
    work.finish(6)
    work.openai.play("hang")
    started = time.monotonic()
    counts = work.drain(grader_concurrency=2, grader_deadline_seconds=1, grader_budget_seconds=1.5)
    assert time.monotonic() - started < 2
    assert counts.claimed == 2
    assert counts.more


def test_no_more_sessions_are_at_the_model_than_allowed_over_all_drains(work: Work) -> None:
    work.finish(30)
    work.openai.play("slow")

    async def three_drains(worker: Worker) -> list[Counts]:
        return list(await asyncio.gather(*(worker.drain() for _ in range(3))))

    counts: list[Counts] = work.run(
        three_drains, grader_concurrency=5, grader_deadline_seconds=5, grader_lease_seconds=20
    )
    assert sum(each.graded["model"] for each in counts) == 30
    assert work.openai.most_at_once == 5


def test_one_drain_grades_all_that_waits_though_a_claim_has_no_room_for_it(work: Work) -> None:
    ids = work.finish(4)
    work.stack.database.sql(
        "update public.training_sessions set transcript = (select jsonb_agg(jsonb_build_object("
        "  'sequence', n, 'speaker', 'user', 'text', 'Hello ' || repeat('🏠', 3990))) from generate_series(1, 1100) n)"
        " where id = any (%s)", ids[:3],
    )  # fmt: skip
    counts = work.drain(openai_api_key="", grader_lease_seconds=60)
    assert (counts.claimed, counts.graded["heuristic"], counts.errors, counts.more) == (4, 4, 0, False)
    assert work.accepted_grades() == Counter(ids)


def test_abandoned_sessions_are_swept_before_grading(work: Work) -> None:
    work.finish(0)
    work.openai.play("well")
    with work.stack.database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc(
            "append_transcript",
            session_id=session_id,
            lines=[{"speaker": "user", "text": "Anyone home today?"}],
        )
    work.stack.database.sql(
        "update public.training_sessions set started_at = started_at - interval '1 hour', "
        "last_activity_at = last_activity_at - interval '1 hour'"
    )
    counts = work.drain()
    assert counts.swept == {"completed": 1, "failed": 0}
    assert counts.graded["model"] == 1


def test_a_database_that_does_not_answer_is_counted_not_raised(work: Work) -> None:
    async def without_database(worker: Worker) -> Counts:
        work.stack.parts["postgrest"].stop()
        try:
            return await worker.drain()
        finally:
            await asyncio.to_thread(work.stack.parts["postgrest"].start)

    counts: Counts = work.run(without_database)
    assert (counts.claimed, counts.errors) == (0, 2)


def test_the_queue_answers_again_after_more_calls_were_given_up_than_it_has_connections(work: Work) -> None:
    """A call that is given up must return its connection, or the worker would never reach the database again."""
    work.finish(1)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%get_claimed%'"

    async def scene() -> None:
        queue = Queue(f"{work.stack.gateway_url}/rest/v1", work.stack.keys.secret)
        [claim] = await queue.claim(1, 60, None, 1_000_000, 1)
        with psycopg.connect(work.stack.database.admin.url) as blocker:
            blocker.execute("lock table training.grading_claims in access exclusive mode")
            calls = [asyncio.create_task(queue.transcript(claim)) for _ in range(2 * MOST_CONNECTIONS)]
            await asyncio.to_thread(until, lambda: work.stack.database.admin.sql(waiting)[0] > 0)
            for call in calls:
                call.cancel()
            await asyncio.wait(calls)
            blocker.rollback()
        assert await queue.transcript(claim) is not None
        await queue.close()

    asyncio.run(scene())
