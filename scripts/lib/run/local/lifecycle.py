"""Up, down, reset: what the commands do, apart from how they are typed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import orphans, state
from .binaries import ROOT
from .ports import free_base, is_free, is_listening, owner
from .settings import PORTS, Settings
from .state import StackState
from .supervisor import Supervisor

DOWN_SECONDS = 60.0
UP_SECONDS = 180.0
POLL_SECONDS = 0.05
# The operating system also uses ports of this range for outgoing connections, mostly for moments.
PASSING_USE_SECONDS = 3.0
# The message of the background process when it is up.
READY = "ready"


class StackError(Exception):
    """A command could not do what it was asked; the text says why and what to do."""


Report = Callable[[str], None]


def up(settings: Settings, report: Report, on_ready: Callable[[Settings, float], None]) -> None:
    """Run the stack in this process until a signal. Does nothing when it is up already. Raises StackError."""
    begun = time.monotonic()
    with state.command_lock(settings.folder) as command:
        if already_up(settings, report):
            return

        def ready() -> None:
            command.release()
            on_ready(settings, time.monotonic() - begun)

        run(settings, report, ready)


def up_detached(settings: Settings, report: Report) -> float | None:
    """Start the stack in the background; the seconds until it was ready, or None if it was up already."""
    begun = time.monotonic()
    with state.command_lock(settings.folder):
        if already_up(settings, report):
            return None
        log = settings.log("stack")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            start = output.tell()
            child = subprocess.Popen(
                [sys.executable, "-m", "run.local.cli", "run"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(ROOT / "functions")]),
                    "STACK_DIR": str(settings.folder),
                    "STACK_PORT_BASE": str(settings.port_base),
                },
            )
        try:
            while not _ready(settings):
                if child.poll() is not None:
                    said = log.read_bytes()[start:].decode(errors="replace").strip()
                    raise StackError(said or f"the stack stopped while starting, see {log}")
                if time.monotonic() - begun > UP_SECONDS:
                    raise StackError(f"the stack is not ready after {UP_SECONDS:.0f} s, see {log}")
                time.sleep(POLL_SECONDS)
        except BaseException:
            child.terminate()
            child.wait()
            raise
        for line in log.read_bytes()[start:].decode(errors="replace").splitlines():
            if line != READY:
                report(line)
    return time.monotonic() - begun


def run(settings: Settings, report: Report, on_ready: Callable[[], None]) -> None:
    """Runs the supervisor. The caller holds the command lock, or acts for the process that holds it."""
    lock = state.supervisor_lock(settings.folder)
    if not lock.take(wait=False):
        raise StackError("another supervisor is running")
    try:
        _clean_up(settings, report)
        _check_ports(settings)
        settings.save()
        Supervisor(settings, report).run(on_ready)
    finally:
        lock.release()


def down(settings: Settings, report: Report) -> bool:
    """Stop the stack and what a crashed one left; whether there was anything to stop."""
    with state.command_lock(settings.folder):
        return _down(settings, report)


def reset(settings: Settings, report: Report) -> bool:
    """Throw the database away; keys and ports stay. Whether the stack was running."""
    with state.command_lock(settings.folder):
        was_up = _down(settings, report)
        shutil.rmtree(settings.data_dir, ignore_errors=True)
        (settings.folder / "seeded").unlink(missing_ok=True)
    return was_up


def already_up(settings: Settings, report: Report) -> bool:
    """Whether the stack runs, after waiting for one that is starting. Raises StackError if on other ports."""
    if not state.is_running(settings.folder):
        return False
    deadline = time.monotonic() + UP_SECONDS
    while not _ready(settings):
        if not state.is_running(settings.folder):
            return False
        if time.monotonic() > deadline:
            raise StackError("the stack is starting and does not get ready; see ./scripts/stack logs")
        time.sleep(POLL_SECONDS)
    running = state.of_living_supervisor(settings.folder)
    if running and running.port_base != settings.port_base:
        raise StackError(
            f"the stack is up on STACK_PORT_BASE={running.port_base}; "
            f"run ./scripts/stack down before using {settings.port_base}"
        )
    return True


def _ready(settings: Settings) -> bool:
    current = state.of_living_supervisor(settings.folder)
    return current is not None and current.phase == "ready"


def _down(settings: Settings, report: Report) -> bool:
    running = state.is_running(settings.folder)
    begun = time.monotonic()
    while state.is_running(settings.folder):
        # Asked each time: a supervisor that is only just starting has not written its own state yet.
        current = state.of_living_supervisor(settings.folder)
        if current:
            late = time.monotonic() - begun > DOWN_SECONDS
            os.kill(current.pid, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(POLL_SECONDS)
    left = _clean_up(settings, report)
    return running or left


def _clean_up(settings: Settings, report: Report) -> bool:
    earlier = StackState.load(settings.folder)
    stopped = orphans.clean_up(settings.folder, settings.data_dir, earlier.services if earlier else [])
    if stopped:
        report(f"an earlier run had crashed; stopped what it left: {', '.join(stopped)}")
    state.clear(settings.folder)
    return bool(stopped)


def _check_ports(settings: Settings) -> None:
    deadline = time.monotonic() + PASSING_USE_SECONDS
    while taken := [(name, settings.port(name)) for name in PORTS if not is_free(settings.port(name))]:
        if any(is_listening(port) for _, port in taken) or time.monotonic() > deadline:
            break
        time.sleep(POLL_SECONDS)
    else:
        return
    lines = [f"port {port} ({name}) is taken by {owner(port) or 'another program'}" for name, port in taken]
    lines.append(f"Stop it, or choose other ports: STACK_PORT_BASE={free_base(PORTS.values())} ./scripts/stack up")
    raise StackError("\n".join(lines))
