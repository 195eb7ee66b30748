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
from support import ROOT, Database, Stack, User, transcript_lines

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


NAMES = ("SUPABASE_URL", "SUPABASE_SECRET_KEY", "DATABASE_URL", "STACK_DIR")


def run(
    stack: Stack, command: str, *arguments: str, key: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    project = {"SUPABASE_URL": stack.gateway_url, "SUPABASE_SECRET_KEY": key or stack.keys.secret}
    return run_with(command, *arguments, **project, **settings)


def run_with(command: str, *arguments: str, **names: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in NAMES} | names
    path = f"{ROOT / 'functions'}:{ROOT / 'scripts' / 'lib'}"
    return subprocess.run(
        [sys.executable, "-m", f"operate.{command}", *arguments],
        env={**env, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_health_and_regrade_work_with_the_secret_key(stack: Stack, user: User) -> None:
    session_id = user.start("Operated")
    user.end(session_id, transcript_lines=transcript_lines())
    stack.grade(session_id)
    health = run(stack, "health")
    assert (health.returncode, "graded by heuristic" in health.stdout) == (0, True), health.stderr

    assert health.stdout.startswith(f"Project: {stack.gateway_url} (from the environment)\n")

    counted = run(stack, "regrade", "--agent", "Operated")
    assert counted.stdout.splitlines()[1].startswith("Would queue again: 1 session, about 3,")
    assert user.get(session_id)["grading"]["state"] == "graded"
    assert (
        run(stack, "regrade", "--agent", "Operated", "--yes")
        .stdout.splitlines()[1]
        .startswith("Queued again: 1 session,")
    )
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


def test_with_the_database_alone_they_work_as_well(stack: Stack, user: User) -> None:
    user.end(user.start("By database"), transcript_lines=transcript_lines())
    stack.grade()
    place = {"DATABASE_URL": stack.database.url}
    health = run_with("health", **place)
    assert (health.returncode, health.stdout.startswith("Project: the database 127.0.0.1:")) == (0, True), health.stderr
    counted = run_with("regrade", "--agent", "By database", **place)
    assert "Would queue again: 1 session," in counted.stdout, counted.stderr
    refused = run_with("regrade", "--agent", "x", "--heuristic-since", "2026-01-01", **place)
    assert refused.returncode == 2


def test_without_a_project_they_say_what_to_set(tmp_path: Path) -> None:
    nothing = run_with("health", STACK_DIR=str(tmp_path))
    assert (nothing.returncode, "Set SUPABASE_URL and SUPABASE_SECRET_KEY, or DATABASE_URL" in nothing.stderr) == (
        1,
        True,
    )
    half = run_with("health", SUPABASE_URL="https://x.supabase.co", STACK_DIR=str(tmp_path))
    assert (half.returncode, half.stderr.startswith("SUPABASE_URL alone")) == (1, True)


def test_an_id_that_does_not_exist_is_named_and_nothing_is_queued(stack: Stack, user: User) -> None:
    session_id = user.start("Named")
    user.end(session_id, transcript_lines=transcript_lines())
    stack.grade(session_id)
    refused = run(stack, "regrade", "--session", str(session_id), "987654", "--yes")
    assert (refused.returncode, "the id 987654;" in refused.stderr) == (1, True)
    assert user.get(session_id)["grading"]["state"] == "graded"


def test_a_date_is_iso_8601_or_refused(stack: Stack) -> None:
    refused = run(stack, "regrade", "--heuristic-since", "yesterday")
    assert (refused.returncode, "'yesterday' is not an ISO 8601 date" in refused.stderr) == (2, True)
    assert run(stack, "regrade", "--heuristic-since", "2026-01-31T09:00+01:00").returncode == 0


COMMANDS = sorted(path.name for path in (ROOT / "scripts").iterdir() if path.is_file() and os.access(path, os.X_OK))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_every_option(command: str) -> None:
    helped = subprocess.run([ROOT / "scripts" / command, "--help"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
    assert f"./scripts/{command}" in helped.stdout or helped.stdout.startswith(f"usage: {command}")


def test_the_documented_look_at_the_database_works(database: Database, documented: Callable[..., Path]) -> None:
    documented("pg_blocking_pids", DATABASE_URL=database.url)
