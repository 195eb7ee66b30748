"""A target of functions/main.py under functions-framework, the way it runs when deployed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from .binaries import ROOT
from .http_client import answers
from .ports import HOST
from .process import Process

SOURCE = ROOT / "functions" / "main.py"


class Functions(Process):
    """`Functions(target, port, env).start()`, ready when it answers HTTP at all (also without a database).

    `env` is laid over this process's environment; a value of None takes a variable out, also one of a `.env`. `WORKERS`
    in it sets the number of processes.
    """

    def __init__(
        self,
        target: str,
        port: int,
        env: Mapping[str, str | None],
        *,
        name: str = "functions",
        source: Path = SOURCE,
        log: Path | None = None,
    ) -> None:
        super().__init__(log=log)
        self.name = name
        self.target = target
        self.port = port
        self.env = dict(env)
        self.source = source
        self._runtime: Path | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def launch(self) -> Self:
        # gunicorn puts a control socket here. By default it uses the user's home, one socket for all servers.
        self._runtime = self._runtime or Path(tempfile.mkdtemp(prefix="functions-"))
        return super().launch()

    def stop(self) -> None:
        super().stop()
        if self._runtime:
            shutil.rmtree(self._runtime, ignore_errors=True)
            self._runtime = None

    def command(self) -> Sequence[str]:
        return [
            sys.executable, "-m", "functions_framework", "--host", HOST, "--port", str(self.port),
            "--source", str(self.source), "--target", self.target,
        ]  # fmt: skip

    def environment(self) -> Mapping[str, str]:
        # Deployed, the functions see no other folder of this repository.
        merged: dict[str, str | None] = {
            **os.environ,
            "PYTHONPATH": None,
            "PYTHONUNBUFFERED": "1",
            "XDG_RUNTIME_DIR": str(self._runtime or ""),
            **self.env,
        }
        return {key: value or "" for key, value in merged.items()}

    def working_directory(self) -> Path:
        return ROOT

    def ready(self) -> bool:
        return answers(f"{self.url}/healthz")
