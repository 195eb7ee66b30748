"""`./scripts/mutate FILE... [--sample N] [--seed S]`: how many planted faults the tests notice."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from prove.mutate.operators import Mutant, mutants
from run.local.binaries import ROOT

TESTS: dict[str, list[str]] = {
    "sql/5": ["tests/database", "tests/worker"],
    "sql/60": ["tests/database", "tests/worker"],
    "sql/70": ["tests/migration/test_flag.py", "tests/database", "tests/http"],
    "sql/7": ["tests/voice", "tests/database"],
    "sql/95": ["tests/database", "tests/attack", "tests/voice"],
    "sql": ["tests/database", "tests/http"],
    "functions/api/audio": ["tests/voice/test_audio.py"],
    "functions/api/hooks": ["tests/voice/test_hook.py"],
    "functions/api/voice": ["tests/http/test_voice.py", "tests/web/test_voice_token.py"],
    "functions/api": ["tests/http"],
    "functions/grading": ["tests/grading"],
    "functions/voice": ["tests/voice"],
    "functions/worker/webhooks": ["tests/voice/test_webhooks.py"],
    "functions/worker": ["tests/worker"],
    "functions": ["tests/http", "tests/worker"],
    "web": ["tests/web"],
}
"""The tests that should notice a fault, by the folder of the file; the first that fits."""
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".stack", "node_modules", "__pycache__", ".*_cache")
STOP_SECONDS = 30.0
NOTHING_RAN = 5
"""pytest's exit status where it collected no test."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="./scripts/mutate", description=__doc__)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a source file or folder to plant faults in"
    )
    parser.add_argument("--sample", type=int, default=20, help="how many faults, drawn by the seed (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--seconds", type=float, default=600, help="for the tests of one fault (default 600)")
    arguments = parser.parse_args()
    files = sorted({file for given in arguments.files for file in _sources(given)})
    every = [mutant for file in files for mutant in mutants(ROOT, file)]
    chosen = random.Random(arguments.seed).sample(every, min(arguments.sample, len(every)))  # noqa: S311 - replayable
    print(f"{len(chosen)} of {len(every)} faults in {len(files)} files", flush=True)
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        copy = Path(folder) / "copy"
        copy.parent.chmod(0o755)  # PostgreSQL may run as another user
        for tests in {tuple(_tests(mutant)) for mutant in chosen}:
            if _fails(copy, None, list(tests), arguments.seconds):
                print(f"{' '.join(tests)} fail, or take too long, without any fault", file=sys.stderr)
                return 2
        for mutant in chosen:
            noticed = _fails(copy, mutant, _tests(mutant), arguments.seconds)
            print(f"{'noticed' if noticed else 'SURVIVED'} {mutant}", flush=True)
            if not noticed:
                survivors.append(mutant)
    print(f"{len(chosen) - len(survivors)} noticed, {len(survivors)} survived")
    return 1 if survivors else 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Interrupts pytest, so that it stops the servers that it started, and kills it if it takes too long."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _sources(given: Path) -> list[Path]:
    path = (ROOT / given).resolve()
    found = [path] if path.is_file() else [file for file in path.rglob("*") if file.suffix in (".sql", ".py", ".js")]
    return [file.relative_to(ROOT) for file in found if "node_modules" not in file.parts]


def _tests(mutant: Mutant) -> list[str]:
    return next(tests for folder, tests in TESTS.items() if str(mutant.file).startswith(folder))


def _fails(copy: Path, mutant: Mutant | None, tests: list[str], seconds: float) -> bool:
    """Whether a test fails, or does not end, on a fresh copy of the checkout with this fault."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    (copy / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    if mutant is not None:
        lines = (copy / mutant.file).read_text(encoding="utf-8").split("\n")
        lines[mutant.number - 1] = mutant.after
        (copy / mutant.file).write_text("\n".join(lines), encoding="utf-8")
        if mutant.file.suffix == ".sql":
            [migration] = (copy / "supabase" / "migrations").glob("*.sql")
            sources = sorted((copy / "sql").glob("*.sql"))
            migration.write_text("".join(file.read_text("utf-8") for file in sources), "utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{copy}/functions:{copy}/scripts/lib"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=copy, env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            _stop(process)
            return True
    if status == NOTHING_RAN:
        raise SystemExit(f"{' '.join(tests)}: no test ran")
    return status != 0


if __name__ == "__main__":
    sys.exit(main())
