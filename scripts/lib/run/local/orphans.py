"""After a crash: stop what an earlier run of this very stack left behind, and nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from .state import ServiceState, identity

# Every child of a supervisor carries this variable with the path of its stack's folder.
MARKER = "TRAINING_STACK_FOLDER"


def clean_up(folder: Path, data_dir: Path, recorded: list[ServiceState]) -> list[str]:
    """Stop the leftovers; the names of what was stopped. The caller makes sure that no supervisor runs."""
    stopped = []
    if _stop_postgres(data_dir):
        stopped.append("postgres")
    for service in recorded:
        if service.pid and service.identity and identity(service.pid) == service.identity:
            _end_group(service.pid, service.identity)
            stopped.append(service.name)
    # A killed server may have left workers whose master is no longer there to be recorded.
    deadline = time.monotonic() + 5.0
    while (pids := _marked(folder)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        stopped += [name for pid in pids if (name := f"process {pid}") not in stopped]
        time.sleep(0.02)
    return stopped


def _stop_postgres(data_dir: Path) -> bool:
    """Stop the server that runs on `data_dir`; remove a pid file that names some other process."""
    pid_file = data_dir / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return False
    born = identity(pid)
    if born is None or str(data_dir) not in _command_line(pid):
        pid_file.unlink(missing_ok=True)
        return False
    # Fast, then immediate; both leave the data whole.
    for number, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if _wait_gone(pid, born, seconds):
            break
    return True


def _end_group(pid: int, born: str) -> None:
    for number, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        if _wait_gone(pid, born, seconds):
            return


def _wait_gone(pid: int, born: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while identity(pid) == born:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _marked(folder: Path) -> list[int]:
    """Processes that carry the marker of `folder`; empty where the system does not show environments."""
    wanted = f"{MARKER}={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found
