"""The ElevenLabs stand-in of the tests as a process of its own, for the instruments."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .binaries import ROOT
from .http_client import answers
from .ports import HOST
from .process import Process


class VoiceStandIn(Process):
    """Holds the conversations it is given, and delivers their events to `hook_url`."""

    name = "voice"

    def __init__(self, port: int, hook_url: str, key: str, secret: str, *, log: Path) -> None:
        super().__init__(log=log)
        self.port = port
        self._hook_url = hook_url
        self._secrets = {"ELEVENLABS_API_KEY": key, "ELEVENLABS_WEBHOOK_SECRET": secret}

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        module = "standins.elevenlabs_calls"
        return [sys.executable, "-m", module, "--port", str(self.port), "--hook", self._hook_url]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT / "tests"), **self._secrets}

    def ready(self) -> bool:
        return answers(f"{self.url}/_calls")
