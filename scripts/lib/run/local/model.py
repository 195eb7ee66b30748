"""The OpenAI stand-in of the tests as a process of its own, for the instruments."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .binaries import ROOT
from .http_client import answers
from .ports import HOST
from .process import Process


class ModelStandIn(Process):
    """Answers well until told otherwise; with `seconds`, each time after as long."""

    name = "model"

    def __init__(self, port: int, *, seconds: float | None = None, log: Path) -> None:
        super().__init__(log=log)
        self.port = port
        self.seconds = seconds

    def command(self) -> Sequence[str]:
        slow = [] if self.seconds is None else ["--seconds", str(self.seconds)]
        return [sys.executable, "-m", "standins.openai", "--port", str(self.port), *slow]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT / "tests")}

    def ready(self) -> bool:
        return answers(f"http://{HOST}:{self.port}/_calls")
