"""For the tests of ./scripts/stack and ./scripts/demo: a stack as its user sees it."""

import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from run.local import state
from run.local.ports import free_base
from run.local.settings import PORTS
from run.local.state import ServiceState, StackState

ROOT = Path(__file__).parents[1]


class Checkout:
    """One stack as its user sees it: a folder, a port base, and the command."""

    def __init__(self, folder: Path, base: int) -> None:
        self.folder = folder
        self.base = base
        self.environment = {**os.environ, "STACK_DIR": str(folder), "STACK_PORT_BASE": str(base)}

    def begin(self, *arguments: str, command: str = "stack") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [ROOT / "scripts" / command, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, command: str = "stack") -> "subprocess.CompletedProcess[str]":
        with self.begin(*arguments, command=command) as process:
            out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def up(self) -> None:
        done = self.run("up", "--detach")
        assert done.returncode == 0, done.stderr

    def env(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.run("env").stdout.splitlines())

    def now(self) -> StackState:
        """What the running supervisor says."""
        current = state.of_living_supervisor(self.folder)
        assert current is not None
        return current

    def service(self, name: str) -> ServiceState:
        return next(service for service in self.now().services if service.name == name)


def eventually(happens: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def unused_base() -> int:
    return free_base(PORTS.values(), random.randrange(20_000, 30_000))
