"""An operator with docs/OPERATIONS.md open, who copies a block of commands into a shell."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from run.local.postgres import Postgres
from support import ROOT

BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def documented(postgres: Postgres, tmp_path: Path) -> Callable[..., Path]:
    """Runs the block of docs/OPERATIONS.md that holds these words, with these variables, in a folder that it answers; any failing command fails it."""
    (tmp_path / "sql").symlink_to(ROOT / "sql")

    def run(words: str, **env: str) -> Path:
        [block] = [each for each in BLOCK.findall((ROOT / "docs" / "OPERATIONS.md").read_text()) if words in each]
        path = f"{postgres.tool('psql').parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env={"PATH": path, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return tmp_path

    return run
