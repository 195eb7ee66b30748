"""Grader processes that are killed, stopped, frozen and called all at once."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from working import CANARY, Work

from run.local.binaries import ROOT
from run.local.postgres import Postgres
from stacks import running_stack
from standins.openai import OpenAIStandIn
from support import Stack, transcript_lines, until

DEADLINE = 20
MODEL = {"OPENAI_API_KEY": "sk-test-key-of-the-tests"}


@pytest.fixture(scope="module")
def work(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """A stack whose own grader asks the stand-in."""
    with OpenAIStandIn() as openai:
        settings = {"GRADER_DEADLINE_SECONDS": str(DEADLINE), "GRADER_STOP_SECONDS": "0.5"}
        env = {**MODEL, "OPENAI_BASE_URL": openai.url, **settings}
        with running_stack(postgres, tmp_path_factory.mktemp("processes"), grader_env=env) as stack:
            yield Work(stack, openai)


class Nursery:
    """Starts grader processes within milliseconds; see nursery.py."""

    def __init__(self, stack: Stack, env: dict[str, str], log: Path) -> None:
        paths = os.pathsep.join(str(ROOT / folder) for folder in ("functions", "scripts/lib"))
        connection = {
            "SUPABASE_URL": stack.gateway_url,
            "SUPABASE_PUBLISHABLE_KEY": stack.keys.publishable,
            "SUPABASE_SECRET_KEY": stack.keys.secret,
            "GRADER_SECRET": "unused: no target runs here",
        }
        self.log = log
        self._output = log.open("w")
        self._parent = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("nursery.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
            env={**os.environ, "PYTHONPATH": paths, **connection, **env},
        )
        self.running: list[int] = []

    def start(self) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write("start\n")
        self._parent.stdin.flush()
        self.running.append(int(self._parent.stdout.readline()))
        return self.running[-1]

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.running.remove(pid)

    def close(self) -> None:
        for pid in list(self.running):
            with contextlib.suppress(ProcessLookupError):
                self.kill(pid)
        self._parent.communicate(timeout=20)
        self._output.close()


@pytest.fixture
def nursery(work: Work, tmp_path: Path) -> Iterator[Nursery]:
    """Graders with a short lease and few places, so that a kill costs little and happens often."""
    env = {
        **MODEL,
        "OPENAI_BASE_URL": work.openai.url,
        "GRADER_DEADLINE_SECONDS": "1",
        "GRADER_LEASE_SECONDS": "2",
        "GRADER_BUDGET_SECONDS": "5",
        "GRADER_CONCURRENCY": "4",
    }
    nursery = Nursery(work.stack, env, tmp_path / "nursery.log")
    yield nursery
    nursery.close()


def waiting(work: Work) -> int:
    [count] = work.stack.database.sql(
        "select count(*) from public.training_sessions where status = 'completed' and graded_at is null"
    )
    return int(count)


def test_thirty_kills_among_two_graders_lose_and_double_nothing(work: Work, nursery: Nursery) -> None:
    ids = work.finish(200)
    work.openai.play("slow")
    chance = random.Random(20261122)
    nursery.start()
    nursery.start()
    for _ in range(30):
        time.sleep(chance.uniform(0.01, 0.25))
        nursery.kill(chance.choice(nursery.running))
        nursery.start()
    assert waiting(work) > 0, "the kills came while there was work"
    until(lambda: waiting(work) == 0, seconds=60)
    assert sum(work.graded_by().values()) == 200
    assert set(work.graded_by()) <= {"model", "heuristic"}
    assert work.accepted_grades() == Counter(ids)
    [lost] = work.stack.database.sql("select count(*) from public.training_grades where outcome = 'lost'")
    assert lost > 0, "some were killed with sessions in hand"
    assert CANARY not in nursery.log.read_text()


def test_a_grader_that_wakes_after_its_lease_changes_nothing(work: Work, nursery: Nursery) -> None:
    [session_id] = work.finish(1)
    work.openai.play("slow", "well")
    frozen = nursery.start()
    until(lambda: len(work.openai.calls) == 1)
    os.kill(frozen, signal.SIGSTOP)
    work.outlast_leases()
    assert work.drain(openai_api_key="").graded["heuristic"] == 1
    before = work.stack.database.sql("select to_jsonb(s) from public.training_sessions s")
    os.kill(frozen, signal.SIGCONT)
    marker = work.finish_one_more()
    until(lambda: work.accepted_grades()[marker] == 1)
    after = work.stack.database.sql("select to_jsonb(s) from public.training_sessions s where id = %s", session_id)
    assert after == before
    assert work.accepted_grades()[session_id] == 1
    assert "grade not saved" in nursery.log.read_text()


def test_a_hundred_completes_and_a_hundred_wake_ups_of_one_session_ask_the_model_once(work: Work) -> None:
    work.finish(0)
    work.openai.play("slow")
    with work.stack.new_user() as user, ThreadPoolExecutor(25) as pool:
        session_id = user.start()
        user.say(session_id, *transcript_lines())
        ends = [pool.submit(user.end, session_id) for _ in range(100)]
        wakes = [pool.submit(work.stack.wake, session_id) for _ in range(100)]
        answers = {str(end.result()) for end in ends}
        for wake in wakes:
            wake.result()
        work.stack.grade()
    until(lambda: waiting(work) == 0)
    assert len(answers) == 1
    assert len(work.openai.calls) == 1
    assert work.history() == {("model",): 1}


def test_a_deployed_grader_that_is_killed_leaves_its_sessions_to_the_next(work: Work) -> None:
    ids = work.finish(5)
    work.openai.play("hang", "well")
    grader = work.stack.parts["grader"]
    with ThreadPoolExecutor(1) as pool:
        drain = pool.submit(work.stack.grade)
        until(lambda: len(work.openai.calls) == 5)
        grader.kill()
        with pytest.raises(httpx.TransportError):
            drain.result()
    grader.start()
    assert work.stack.grade()["claimed"] == 0, "still leased to the dead"
    work.outlast_leases()
    assert work.stack.grade()["graded"] == {"model": 5, "heuristic": 0}
    assert work.history() == {("none:lease_expired", "model"): 5}
    assert work.accepted_grades() == Counter(ids)


def test_sigterm_finishes_what_is_in_hand_before_cloud_run_would_kill(work: Work) -> None:
    ids = work.finish(5)
    work.openai.play("hang")
    grader = work.stack.parts["grader"]
    with ThreadPoolExecutor(1) as pool:
        drain = pool.submit(work.stack.grade)
        until(lambda: len(work.openai.calls) == 5)
        started = time.monotonic()
        grader.stop()
        counts = drain.result()
    assert time.monotonic() - started < 8
    assert counts["graded"] == {"model": 0, "heuristic": 5}
    assert work.history() == {("model:stopped", "heuristic"): 5}
    assert work.accepted_grades() == Counter(ids)
    assert CANARY not in work.stack.log_text()
    grader.start()
