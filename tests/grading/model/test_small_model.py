"""The wire test against a small real model tells a dead server from a grader that works."""

import sys
from pathlib import Path

import pytest

from prove import small_model
from run.local.ports import free_port

SERVER = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        if DIES and self.path.endswith("/responses"):
            os._exit(139)
        self.send_response(404)
        self.end_headers()

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


@pytest.mark.parametrize("dies", [True, False])
def test_a_server_that_died_is_told_and_is_a_failure(
    dies: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stand-in is a `python` that finds the weights, and that as the server answers 404 or dies of the first request."""
    server = tmp_path / "server.py"
    server.write_text(f"DIES = {dies}\n{SERVER}")
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\nif [ "$1" = -c ]; then echo weights.gguf; else exec {sys.executable} {server} "$@"; fi\n'
    )
    python.chmod(0o755)
    log = tmp_path / "log"
    monkeypatch.setattr(sys, "argv", ["small_model", str(python), "--port", str(free_port()), "--log", str(log)])
    assert small_model.main() == (1 if dies else 0)
    assert ("the server died with exit status 139" in capsys.readouterr().out) is dies
