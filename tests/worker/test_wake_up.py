"""A wake-up is signed, answered at once, and graded in the background, which SIGTERM lets finish."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from working import CANARY, Work

from run.local.postgres import Postgres
from stacks import running_stack
from standins.openai import OpenAIStandIn
from support import assert_error, transcript_lines, until
from worker.drain import Counts, Worker
from worker.queue import Claim, Queue, Saved
from worker.signature import is_signed

SECRET = b"of-the-tests"


def sign(work: Work, session_id: int | None, moment: str = "clock_timestamp()") -> str:
    """The header as SQL makes it."""
    database = work.stack.database
    database.sql(
        "insert into training.settings values ('grader_secret', %s) on conflict (name) do update set value = excluded.value",
        work.stack.grader_secret,
    )
    [signature] = database.sql(
        f"select training.wake_up_signature(%s) from set_config('training.now', ({moment})::text, false)", session_id
    )
    return str(signature)


def post(work: Work, session_id: int | None, signature: str) -> httpx.Response:
    body = {} if session_id is None else {"session_id": session_id}
    return httpx.post(work.stack.grader_url, json=body, headers={"X-Grader-Signature": signature}, timeout=20)


@pytest.fixture(scope="module")
def work(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """A stack whose own grader asks the stand-in."""
    with OpenAIStandIn() as openai:
        env = {
            "OPENAI_API_KEY": "sk-test-key-of-the-tests",
            "OPENAI_BASE_URL": openai.url,
            "GRADER_DEADLINE_SECONDS": "20",
            "GRADER_STOP_SECONDS": "0.5",
            "GRADER_CONCURRENCY": "4",
        }
        with running_stack(postgres, tmp_path_factory.mktemp("wake"), grader_env=env) as stack:
            yield Work(stack, openai)


def test_a_signed_wake_up_is_answered_before_the_model_has_graded(work: Work) -> None:
    [session_id] = work.finish(1)
    work.openai.play("slow")
    answer = post(work, session_id, sign(work, session_id))
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert work.accepted_grades()[session_id] == 0
    until(lambda: work.accepted_grades()[session_id] == 1)


def test_the_webhooks_of_a_grade_leave_after_the_model_has_graded(work: Work) -> None:
    """Nothing but the wake-up calls the grader here. The endpoint's address is refused, which counts as a try."""
    database = work.stack.database
    [session_id] = work.finish(1)
    [endpoint] = database.sql(
        "select training.add_webhook('https://127.0.0.1/', %s, '{session.graded}')", f"whsec_{'A' * 43}="
    )
    work.openai.play("slow")
    assert post(work, session_id, sign(work, session_id)).status_code == 202
    until(lambda: database.sql("select tries from training.webhook_deliveries") == [1])
    database.sql("select training.remove_webhook(%s)", endpoint)


def test_a_wake_up_without_an_id_grades_what_waits(work: Work) -> None:
    ids = work.finish(2)
    work.openai.play("well")
    assert post(work, None, sign(work, None)).status_code == 202
    until(lambda: len(work.accepted_grades()) == len(ids))


def test_a_signature_is_good_for_its_session_and_for_minutes_only(work: Work) -> None:
    [session_id] = work.finish(1)
    signature = sign(work, session_id)
    for wrong, for_id in (
        (signature, session_id + 1),
        (signature, None),
        (signature[:-1] + ("0" if signature[-1] != "0" else "1"), session_id),
        (signature + ",v1=" + "0" * 64, session_id),
        ("t=1", session_id),
        (sign(work, session_id, "clock_timestamp() - interval '6 minutes'"), session_id),
        (sign(work, session_id, "clock_timestamp() + interval '6 minutes'"), session_id),
    ):
        assert_error(post(work, for_id, wrong), 401, "not_authenticated")
    assert work.accepted_grades()[session_id] == 0


@pytest.mark.parametrize("secret", ["short", "x" * 64, "x" * 65, "schlüssel 🏠"])
def test_sql_and_python_sign_alike_for_secrets_of_every_length(work: Work, secret: str) -> None:
    work.stack.database.sql(
        "insert into training.settings values ('grader_secret', %s) on conflict (name) do update set value = excluded.value",
        secret,
    )
    [signature] = work.stack.database.sql("select training.wake_up_signature(7)")
    assert is_signed(signature, 7, secret.encode(), time.time())
    assert not is_signed(signature, 7, b"", time.time())


def test_a_light_user_is_graded_while_a_heavy_one_holds_all_places_a_user_may_hold(work: Work) -> None:
    work.finish(0)
    work.openai.play("hang", containing={"session 1.": ["well"]})
    with work.stack.new_user() as heavy:
        for _ in range(6):
            session_id = heavy.start()
            heavy.end(session_id, transcript_lines=transcript_lines())
            work.stack.wake(session_id)
        until(lambda: len(work.openai.calls) == 3)
        light = work.finish_one_more()
        work.stack.wake(light)
        until(lambda: work.accepted_grades()[light] == 1)
        leases = "select count(*) from training.grading_claims where lease_until > now()"
        assert work.stack.database.sql(leases) == [3]
    work.stack.parts["grader"].stop()
    work.stack.parts["grader"].start()


def test_sigterm_lets_the_background_finish(work: Work) -> None:
    ids = work.finish(3)
    work.openai.play("hang")
    grader = work.stack.parts["grader"]
    work.stack.wake(ids[0])
    until(lambda: len(work.openai.calls) == 3)
    started = time.monotonic()
    grader.stop()
    assert time.monotonic() - started < 8
    assert work.history() == {("model:stopped", "heuristic"): 3}
    assert CANARY not in work.stack.log_text()
    grader.start()


class Unreliable(Queue):
    """The real queue, of which some calls fail after or before they reached the database."""

    def __init__(self, rest_url: str, secret_key: str, saves_to_lose: int = 0) -> None:
        super().__init__(rest_url, secret_key)
        self.saves_to_lose = saves_to_lose
        self.claims = 0

    async def save(self, claim: Claim, attempts: list[dict[str, object]]) -> Saved:
        if self.saves_to_lose:
            self.saves_to_lose -= 1
            raise httpx.ReadTimeout(f"lost, with {CANARY}")
        return await super().save(claim, attempts)


def run(work: Work, queue: Queue, **changes: object) -> Counts:
    async def drain() -> Counts:
        worker = Worker(queue, work.settings(openai_api_key="", **changes))
        try:
            return await worker.drain()
        finally:
            await worker.close()
            await queue.close()

    return asyncio.run(drain())


def test_a_save_that_fails_is_tried_again_and_its_error_is_logged_without_its_text(
    work: Work, capfd: pytest.CaptureFixture[str]
) -> None:
    [session_id] = work.finish(1)
    queue = Unreliable(f"{work.stack.gateway_url}/rest/v1", work.stack.keys.secret, saves_to_lose=2)
    counts = run(work, queue)
    assert (counts.graded["heuristic"], counts.errors) == (1, 0)
    assert work.accepted_grades()[session_id] == 1
    work.finish(1)
    counts = run(work, Unreliable(f"{work.stack.gateway_url}/rest/v1", work.stack.keys.secret, saves_to_lose=3))
    assert counts.errors == 1
    told = "".join(capfd.readouterr())
    assert "ReadTimeout" in told
    assert CANARY not in told


def test_a_claim_whose_answer_is_lost_is_asked_for_again_and_holds_no_second_lease(work: Work) -> None:
    ids = work.finish(3)

    class Lossy(Queue):
        lost = 0

        async def _call(self, function: str, seconds: float, **params: object) -> object:
            answer = await super()._call(function, seconds, **params)
            if function == "claim_training_sessions" and self.lost < 2:
                self.lost += 1
                raise httpx.ReadTimeout("the answer")
            return answer

    counts = run(work, Lossy(f"{work.stack.gateway_url}/rest/v1", work.stack.keys.secret), grader_concurrency=8)
    assert (counts.claimed, counts.graded["heuristic"], counts.errors) == (3, 3, 0)
    numbers = "select distinct claim_number from public.training_grades"
    assert work.stack.database.sql(numbers) == [1]
    assert set(work.accepted_grades()) == set(ids)


def test_a_drain_that_is_stopped_tells_that_more_waits(work: Work) -> None:
    work.finish(3)

    async def stopped(worker: Worker) -> Counts:
        worker.stop()
        assert worker.wake(1) is False
        return await worker.drain()

    counts: Counts = work.run(stopped)
    assert counts.more is True
    assert counts.claimed == 0
