"""Runs the Node tests of the client and of the SDK path against the running stack, one pytest test a file."""

import os
import re
import subprocess
import uuid
from pathlib import Path

import pytest

from support import Stack, User

HERE = Path(__file__).parent
FILES = sorted(file.name for file in HERE.glob("*.test.js"))


@pytest.fixture
def node_env(stack: Stack, user: User, other: User) -> dict[str, str]:
    """What tests/web/stack.js reads: the stack, two users, an old session of the first and one of the second."""
    legacy_uuid = str(uuid.uuid4())
    legacy = user.start("Old Maria")
    stack.database.sql("update public.training_sessions set legacy_id = %s where id = %s", legacy_uuid, legacy)
    return {
        **os.environ,
        "SUPABASE_URL": stack.gateway_url,
        "SUPABASE_PUBLISHABLE_KEY": stack.keys.publishable,
        "GRADER_URL": stack.grader_url,
        "GRADER_SECRET": stack.grader_secret,
        "USER_ID": user.id,
        "USER_TOKEN": user.token,
        "OTHER_ID": other.id,
        "OTHER_TOKEN": other.token,
        "OTHER_SESSION": str(other.start("Walter")),
        "EXPIRED_TOKEN": stack.keys.user_token(user.id, seconds=-3600),
        "LEGACY_UUID": legacy_uuid,
        "LEGACY_ID": str(legacy),
        "NODE_NO_WARNINGS": "1",
    }


@pytest.mark.timeout(180)
@pytest.mark.parametrize("file", FILES)
def test_node_tests_pass(file: str, node_env: dict[str, str]) -> None:
    run = subprocess.run(
        ["node", "--test", "--test-timeout=120000", "--test-reporter=tap", str(HERE / file)],
        env=node_env, capture_output=True, text=True, timeout=170,
    )  # fmt: skip
    counts = dict(re.findall(r"^# (tests|pass|fail|skipped|todo) (\d+)$", run.stdout, re.MULTILINE))
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-4_000:]
    assert int(counts["tests"]) == int(counts["pass"]) > 0, counts
