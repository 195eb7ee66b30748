"""One child process: start it, wait until it answers, stop it with everything it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO, Self

POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 4_000


class ProcessFailed(Exception):
    """A server did not start, or did not answer in time. The text ends with the last lines of its log."""


class Interrupted(Exception):
    """A stop was asked for while a server was starting."""


class Process:
    """A server in a process group of its own. Subclasses say how it is called and when it is ready.

    `log` is the file its output is appended to; without one the output is kept in a temporary file, so that a
    failed start can still be explained. Usable as a context manager.
    """

    name = "process"
    stop_signal = signal.SIGTERM
    stop_seconds = 12.0
    ready_seconds = 30.0

    def __init__(self, *, log: Path | None = None) -> None:
        self.log = log
        self.extra_env: dict[str, str] = {}
        self._popen: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    def command(self) -> Sequence[str]:
        """The argument list to run."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """The whole environment of the child."""
        return os.environ

    def working_directory(self) -> Path | None:
        return None

    def ready(self) -> bool:
        """Whether the server answers now. Must return within a few seconds and never raise."""
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def launch(self) -> Self:
        """Start the process and return at once."""
        self._close_output()
        if self.log:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._output = self.log.open("ab+")
        else:
            self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        self._popen = subprocess.Popen(
            list(self.command()),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={**self.environment(), **self.extra_env},
            cwd=self.working_directory(),
            start_new_session=True,
        )
        return self

    def wait_ready(self, give_up: Event | None = None) -> Self:
        """Return when the server answers.

        Raises ProcessFailed when it exits or takes over `ready_seconds`, Interrupted when `give_up` is set.
        """
        deadline = time.monotonic() + self.ready_seconds
        while True:
            if give_up and give_up.is_set():
                raise Interrupted
            if self.exited():
                raise ProcessFailed(f"{self.name} stopped while starting{self._tail()}")
            if self.ready():
                return self
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} did not answer in {self.ready_seconds:.0f} s{self._tail()}")
            time.sleep(POLL_SECONDS)

    def start(self) -> Self:
        """Launch and wait until ready; nothing is left running when that fails."""
        self.launch()
        try:
            return self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def exited(self) -> bool:
        """Whether the process is gone; what it left in its group (workers of a killed master) goes too."""
        if self._popen is None or self._popen.returncode is not None:
            return True
        # waitid without reaping keeps the process id reserved, so the group signal cannot reach another process.
        # (Python learnt to do that on macOS with 3.13; before, the id is free for the moment in between.)
        if hasattr(os, "waitid"):
            gone = os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        else:
            gone = self._popen.poll() is not None
        if not gone:
            return False
        self._signal_group(signal.SIGKILL)
        self._popen.wait()
        return True

    def stop(self) -> None:
        """Ask the process to stop, insist after `stop_seconds`; safe to call twice."""
        if self._popen and not self.exited():
            self._popen.send_signal(self.stop_signal)
            deadline = time.monotonic() + self.stop_seconds
            while not self.exited() and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
            self.kill()
        self._close_output()

    def kill(self) -> None:
        """kill -9 for the whole group: a crash on purpose."""
        if self._popen and not self.exited():
            self._signal_group(signal.SIGKILL)
            self._popen.wait()

    def _signal_group(self, number: signal.Signals) -> None:
        if self._popen:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, number)

    def _close_output(self) -> None:
        if self._output:
            self._output.close()
            self._output = None

    def _tail(self) -> str:
        if not self._output:
            return ""
        size = self._output.seek(0, os.SEEK_END)
        self._output.seek(max(0, size - LOG_TAIL_BYTES))
        text = self._output.read().decode(errors="replace").strip()
        return f":\n{text}" if text else " and wrote nothing"

    def __enter__(self) -> Self:
        if self._popen is None:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
