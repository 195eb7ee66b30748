"""Installs the pinned packages of this checkout, each set only when its lock file has changed.

Called by setup.sh as `install.py ROOT` with any Python from 3.11 on; uses the standard library only. A lock lets one
install at a time. Writes to `.venv/` and `web/node_modules/`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST_NODE = 20
LOCK = ".lock"


def main(root: Path) -> None:
    """Bring both sets up to date; exits with a message when something needed is missing."""
    environment, node_modules = root / ".venv", root / "web" / "node_modules"
    python_done = environment / ".installed", python_stamp(root)
    node_done = node_modules / ".installed", _checksum(root / "web" / "package-lock.json", "")
    if _is(*python_done) and _is(*node_done):
        return
    if environment.is_symlink():
        sys.exit(
            f"{environment} is a link to the packages of another checkout, which installing here would empty; remove the link."
        )
    environment.mkdir(exist_ok=True)
    with (environment / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another command installs the packages of this checkout; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is(*node_done):
            _install_node(node_modules.parent)
            node_done[0].write_text(node_done[1])
        if not _is(*python_done):
            _install_python(environment, root / "scripts" / "requirements.txt")
            python_done[0].write_text(python_done[1])


def python_stamp(root: Path) -> str:
    """The mark of a complete environment. The environment holds absolute paths, so a moved checkout needs a new one."""
    return _checksum(root / "scripts" / "requirements.txt", f"{root} {sys.version_info[:2]}")


def _install_node(folder: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    version = re.match(r"v(\d+)", said)
    if not npm or not version or int(version[1]) < OLDEST_NODE:
        found = f"this is {said.strip()}" if said else "it was not found"
        sys.exit(f"Node {OLDEST_NODE} or newer with npm is needed; {found}.")
    _say("installing the Node packages (first use, or the lock file changed) ...")
    # No package needs its install script, and an install without scripts runs no foreign code.
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--logs-max=0"]
    with _npm_cache(npm) as cache:
        _run([npm, "ci", *flags, *cache], folder)


@contextmanager
def _npm_cache(npm: str) -> Iterator[list[str]]:
    """The flag that gives npm a cache of its own where the user's is not writable; npm cannot do without one."""
    asked = subprocess.run([npm, "config", "get", "cache"], capture_output=True, text=True, check=False)
    usual = Path(asked.stdout.strip() or "/")
    while not usual.exists():
        usual = usual.parent
    if os.access(usual, os.W_OK):
        yield []
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield [f"--cache={folder}"]


def _install_python(environment: Path, lock: Path) -> None:
    _say("installing the Python packages (first use, or the lock file changed) ...")
    python = environment / "bin" / "python"
    try:
        if not _works(environment):
            for old in environment.iterdir():
                if old.is_dir() and not old.is_symlink():
                    shutil.rmtree(old)
                elif old.name != LOCK:
                    old.unlink()
            venv.create(environment, with_pip=True, symlinks=True, upgrade_deps=False)
    except (subprocess.CalledProcessError, OSError):
        sys.exit("Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
    _run([*pip, "install", "--require-hashes", "--requirement", str(lock)], environment.parent)


def _works(environment: Path) -> bool:
    """Whether the environment was made in this folder (its scripts name it) by this Python version, with pip."""
    config, python = environment / "pyvenv.cfg", environment / "bin" / "python"
    if not config.exists() or not config.read_text().rstrip().endswith(f" {environment}"):
        return False
    asked = [str(python), "-c", "import pip, sys; print(*sys.version_info[:2])"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout if python.exists() else ""
    return told.split() == [str(part) for part in sys.version_info[:2]]


def _run(command: list[str], folder: Path) -> None:
    quiet = subprocess.DEVNULL
    done = subprocess.run(command, cwd=folder, stdin=quiet, stdout=quiet, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])} ... failed with status {done.returncode}.")


def _checksum(file: Path, salt: str) -> str:
    return hashlib.sha256(file.read_bytes() + salt.encode()).hexdigest()


def _is(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
