"""The operator's commands against a running project."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operate.health import risks
from support import ROOT, Database, Stack, User, talk

WELL = {
    "waiting": 3, "oldest_wait_seconds": 2.0, "leased": 3, "graded_by_model": 90, "graded_by_heuristic": 10,
    "model_asked": 100, "model_failed": 10, "given_up": 0, "failures": {"timeout": 2}, "bad_settings": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"oldest_wait_seconds": 301.0}, ["no grader is at work"]),
        ({"given_up": 1}, ["given up"]),
        ({"model_failed": 60}, ["60 of 100 sessions put to the model got no grade from it"]),
        ({"graded_by_model": 0, "graded_by_heuristic": 50, "model_asked": 50, "model_failed": 50}, ["50 of 50"]),
        ({"graded_by_model": 0, "graded_by_heuristic": 50, "model_asked": 0, "model_failed": 0}, []),
        ({"bad_settings": ["transcripts_kept_days"]}, ["the setting transcripts_kept_days"]),
    ],
)
def test_health_tells_when_the_promise_is_at_risk(change: dict[str, Any], said: list[str]) -> None:
    found = risks({**WELL, **change})
    assert len(found) == len(said)
    assert all(words in risk for words, risk in zip(said, found, strict=True))


def run(stack: Stack, command: str, *arguments: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SUPABASE_URL": stack.gateway_url, "SUPABASE_SECRET_KEY": key or stack.keys.secret}
    path = f"{ROOT / 'scripts' / 'lib'}"
    return subprocess.run(
        [sys.executable, "-m", f"operate.{command}", *arguments],
        env={**env, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_health_and_regrade_work_with_the_secret_key(stack: Stack, user: User) -> None:
    session_id = user.start("Operated")
    user.end(session_id, transcript_lines=talk())
    stack.grade(session_id)
    health = run(stack, "health")
    assert (health.returncode, "graded by heuristic" in health.stdout) == (0, True), health.stderr

    counted = run(stack, "regrade", "--agent", "Operated")
    assert counted.stdout.startswith("Would queue again: 1 sessions, about 1,")
    assert user.get(session_id)["grading"]["state"] == "graded"
    assert run(stack, "regrade", "--agent", "Operated", "--yes").stdout.startswith("Queued again: 1 sessions")
    assert user.get(session_id)["grading"]["state"] == "waiting"
    stack.grade()
    assert user.get(session_id)["grading"]["state"] == "graded"
    history = "select outcome from public.training_grades where session_id = %s"
    assert stack.database.sql(history, session_id) == ["accepted", "accepted"]


@pytest.mark.parametrize("command", [("health",), ("regrade", "--agent", "x")])
def test_without_the_secret_key_they_are_refused_in_one_line(stack: Stack, command: tuple[str, ...]) -> None:
    refused = run(stack, *command, key=stack.keys.publishable)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "refused" in refused.stderr


def test_the_documented_look_at_the_database_works(database: Database, documented: Callable[..., Path]) -> None:
    documented("pg_blocking_pids", DATABASE_URL=database.url)
