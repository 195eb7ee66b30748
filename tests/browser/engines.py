"""The engines beside Chromium, driven over the standard protocols: Firefox by WebDriver BiDi, WebKit by WebDriver.

A test gets an engine's browser with a page: `open` an address, `run` an async script in it, `close`.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
from websockets.sync.client import connect

from run.local.ports import free_port

START_SECONDS = 60
SCRIPT_SECONDS = 60
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT_DRIVER = shutil.which("WebKitWebDriver")
MINI_BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))), None)
XVFB = shutil.which("Xvfb")


class Page(Protocol):
    """One browser with one page."""

    def open(self, url: str) -> None:
        """Returns when the page has loaded."""

    def run(self, script: str, *arguments: Any) -> Any:
        """Calls `script`, an async function's source, in the page; its value, by way of JSON."""


def missing(engine: str) -> str | None:
    """What this machine lacks for the engine, in words for the skipped test."""
    if engine == "firefox" and not FIREFOX:
        return "no Firefox (Debian: apt-get install firefox-esr)"
    if engine == "webkit" and not (WEBKIT_DRIVER and MINI_BROWSER):
        return "no WebKit (Debian: apt-get install webkit2gtk-driver)"
    if engine == "webkit" and not (XVFB or os.environ.get("DISPLAY")):
        return "no display for WebKit (Debian: apt-get install xvfb)"
    return None


@contextmanager
def browser(engine: str, folder: Path) -> Iterator[Page]:
    """A fresh browser; `folder` keeps its profile and log."""
    with ExitStack() as parts:
        yield (_firefox if engine == "firefox" else _webkit)(parts, folder)


def _launch(parts: ExitStack, command: list[str | Path], log: Path, **environment: str) -> None:
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})

    def stop() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    parts.callback(stop)


class _Firefox:
    """https://w3c.github.io/webdriver-bidi/"""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._count = 0
        self._send("session.new", capabilities={})
        self._context = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, url: str) -> None:
        self._send("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, script: str, *arguments: Any) -> Any:
        answer = self._send(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify(await ({script})(...JSON.parse(given)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def _send(self, method: str, **params: Any) -> Any:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=SCRIPT_SECONDS))
            if message.get("id") == self._count:
                assert message["type"] == "success", message
                return message["result"]


def _firefox(parts: ExitStack, folder: Path) -> Page:
    assert FIREFOX
    port = free_port()
    profile = folder / "firefox"
    profile.mkdir()
    log = folder / "firefox.log"
    _launch(
        parts,
        [FIREFOX, "--headless", "--no-remote", "--profile", profile, f"--remote-debugging-port={port}"],
        log,
        HOME=str(folder),
    )
    _until(lambda: "WebDriver BiDi listening" in log.read_text(errors="replace"), log)
    return _Firefox(parts.enter_context(connect(f"ws://127.0.0.1:{port}/session", max_size=None)))


class _WebKit:
    """https://www.w3.org/TR/webdriver2/"""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        options = {"binary": str(MINI_BROWSER), "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        self._session = ""
        self._session = "/session/" + self._send("/session", capabilities={"alwaysMatch": wanted})["sessionId"]
        self._send("/timeouts", script=SCRIPT_SECONDS * 1000)

    def open(self, url: str) -> None:
        self._send("/url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        body = f"""
          const [given, done] = arguments;
          (async () => ({script})(...JSON.parse(given)))()
            .then((value) => done(JSON.stringify({{ value: value ?? null }})), (error) => done(JSON.stringify({{ error: String(error) }})));
        """
        answer = json.loads(self._send("/execute/async", script=body, args=[json.dumps(arguments)]))
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        self._client.delete(self._session)

    def _send(self, path: str, **body: Any) -> Any:
        response = self._client.post(self._session + path, json=body)
        assert response.is_success, response.text
        return response.json()["value"]


def _webkit(parts: ExitStack, folder: Path) -> Page:
    assert WEBKIT_DRIVER
    port = free_port()
    environment = {"HOME": str(folder), "NO_AT_BRIDGE": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
    if XVFB:
        display = folder / "display"  # Xvfb takes a free number and says which.
        _launch(parts, [XVFB, "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], display)
        _until(lambda: re.search(r"^\d+\n", display.read_text(), re.MULTILINE), display)
        environment["DISPLAY"] = ":" + re.findall(r"^\d+$", display.read_text(), re.MULTILINE)[-1]
    log = folder / "webkit.log"
    _launch(parts, [WEBKIT_DRIVER, f"--port={port}"], log, **environment)
    client = parts.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SCRIPT_SECONDS + 10))

    def answers() -> bool:
        try:
            return client.get("/status").is_success
        except httpx.TransportError:
            return False

    _until(answers, log)
    page = _WebKit(client)
    parts.callback(page.close)
    return page


def _until(holds: Any, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (log.exists() and holds()):
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-2_000:]
        time.sleep(0.05)
