"""Schemathesis over the document as it is served, with a real user's token: every check, in every phase, links included."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from run.local.temporary import TemporaryStack
from support import FUZZ_EXAMPLES

HERE = Path(__file__).parent
CASES = ["--max-examples", str(FUZZ_EXAMPLES)] if FUZZ_EXAMPLES else ["--max-examples", "25", "--seed", "1"]


@pytest.mark.timeout(3600)
def test_the_api_does_what_its_document_says(tmp_path: Path) -> None:
    with TemporaryStack(tmp_path, durable=False, scheduled=False) as stack:
        url = stack.url("functions")
        token = stack.keys.user_token(str(uuid.uuid4()))
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml",
                "run", f"{url}/api/openapi.json", "--url", url, "--header", f"Authorization: Bearer {token}",
                *CASES, "--no-color", "--suppress-health-check", "all",
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-8000:]
        operations, total = map(int, re.search(r"Selected: (\d+)/(\d+)", said).groups())  # type: ignore[union-attr]
        assert operations == total
        assert "unexpected error" not in stack.log_text()
