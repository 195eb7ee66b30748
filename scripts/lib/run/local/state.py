"""The state of the stack: a lock that its supervisor holds, a file that lists its servers, process identities."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Self

from .settings import write_private


def identity(pid: int) -> str | None:
    """A text that identifies the process, although the system reuses process ids; None if the process is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        after_name = stat.rpartition(")")[2].split()
        return None if after_name[0] == "Z" else f"{boot} {after_name[19]}"
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


class Lock:
    """A lock on a file. The kernel releases it when its holder dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self, *, wait: bool) -> bool:
        """Whether the lock is ours now."""
        file = self.path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.take(wait=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@dataclass
class ServiceState:
    """One server: its port (None where it has none) and how often it had to be started again."""

    name: str
    port: int | None
    pid: int | None
    identity: str | None
    restarts: int
    answering: bool


@dataclass
class StackState:
    """`phase` is starting, ready or stopping; `pid` is the supervisor's."""

    phase: str
    port_base: int
    pid: int = field(default_factory=os.getpid)
    identity: str | None = field(default_factory=lambda: identity(os.getpid()))
    services: list[ServiceState] = field(default_factory=list)

    def save(self, folder: Path) -> None:
        write_private(_file(folder), json.dumps(asdict(self), indent=2))

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The last saved state, of any supervisor; None when there is none."""
        try:
            saved = json.loads(_file(folder).read_text())
            return cls(**{**saved, "services": [ServiceState(**service) for service in saved["services"]]})
        except (OSError, ValueError, TypeError, KeyError):
            return None


def of_living_supervisor(folder: Path) -> StackState | None:
    """The state as its living supervisor tells it; None when there is none or it has not spoken yet."""
    current = StackState.load(folder)
    return current if current and identity(current.pid) == current.identity else None


def clear(folder: Path) -> None:
    """Forget the saved state."""
    _file(folder).unlink(missing_ok=True)


def is_running(folder: Path) -> bool:
    """Whether a supervisor of this folder lives."""
    lock = supervisor_lock(folder)
    if lock.take(wait=False):
        lock.release()
        return False
    return True


def supervisor_lock(folder: Path) -> Lock:
    """Held for as long as a stack runs."""
    return Lock(folder / "supervisor.lock")


def command_lock(folder: Path) -> Lock:
    """Held while a command changes what runs, so that two at once take turns."""
    return Lock(folder / "command.lock")


def _file(folder: Path) -> Path:
    return folder / "state.json"
