"""The operator's commands against a running project."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operate.health import risks
from standins.openai import OpenAIStandIn
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


@pytest.mark.parametrize(
    ("days", "status", "told"), [(None, 0, ""), (200, 0, "WARNING: the provider"), (30, 1, "AT RISK: the provider")]
)
def test_health_warns_of_the_announced_end_of_the_model(stack: Stack, days: int | None, status: int, told: str) -> None:
    end = None if days is None else (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    with OpenAIStandIn() as openai:
        openai.play("well", shutdown_date=end)
        model = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": openai.url, "OPENAI_MODEL": "gpt-6-luna"}
        health = run(stack, "health", **model, SUPABASE_PUBLISHABLE_KEY="p", GRADER_SECRET="g", COLUMNS="200")
    assert (health.returncode, told in health.stdout) == (status, True), health.stdout + health.stderr
    if end is not None:
        assert f"shuts down the model gpt-6-luna on {end} (in {days} days): set OPENAI_MODEL" in health.stdout


def test_a_provider_that_announces_nothing_or_does_not_answer_changes_nothing(stack: Stack) -> None:
    model = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    health = run(stack, "health", **model, SUPABASE_PUBLISHABLE_KEY="p", GRADER_SECRET="g")
    assert (health.returncode, "shuts down" in health.stdout) == (0, False), health.stderr


def run(
    stack: Stack, command: str, *arguments: str, key: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SUPABASE_URL": stack.gateway_url, "SUPABASE_SECRET_KEY": key or stack.keys.secret, **settings}
    path = f"{ROOT / 'functions'}:{ROOT / 'scripts' / 'lib'}"
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
    assert counted.stdout.startswith("Would queue again: 1 sessions, about 3,")
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
