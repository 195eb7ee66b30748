"""Sends a transcript through the HTTP API, line by line, and waits for its grade."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from run.local.http_client import Unreachable, request

TRIES = 6
GRADE_SECONDS = 120.0


class ApiRefused(Exception):
    """The API answered with an error; `status` and the text say which."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            error = answer.json()
        except ValueError:  # a proxy's page
            error = None
        known = error if isinstance(error, dict) else {}
        field = f" ({known['details']})" if known.get("details") else ""
        super().__init__(f"{known.get('code', 'error')}: {known.get('message', 'no reason given')}{field}")
        self.status = answer.status_code


class DemoSession:
    """One session of the user who owns `token`. Each call is idempotent and is retried."""

    def __init__(self, api_url: str, token: str) -> None:
        self._api = api_url
        self._token = token
        self._key = str(uuid.uuid4())
        self.id = 0

    def start(self, agent_name: str, agent_id: str | None) -> None:
        """Create the session."""
        body = {"agent_name": agent_name} | ({"agent_id": agent_id} if agent_id else {})
        self.id = int(self._call("POST", "", body)["id"])

    def say(self, line: dict[str, Any]) -> None:
        """Append one line."""
        self._call("PATCH", f"/{self.id}", {"transcript_line": line})

    def end(self, seconds: int) -> dict[str, Any]:
        """Complete the session; the API's answer."""
        return self._call("POST", f"/{self.id}/complete", {"duration_seconds": seconds})

    def get(self) -> dict[str, Any]:
        """The whole session."""
        return self._call("GET", f"/{self.id}")

    def wait_for_grade(self, on_state: Callable[[str], None]) -> dict[str, Any]:
        """The session once it is graded or can never be graded, or after GRADE_SECONDS."""
        deadline = time.monotonic() + GRADE_SECONDS
        pause = 0.1
        while True:
            session = self.get()
            grading = session.get("grading") or {}
            if grading.get("state") in ("graded", "unscored") or time.monotonic() > deadline:
                return session
            on_state(str(grading.get("state", "waiting")))
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": self._key}
        for attempt in range(1, TRIES + 1):
            try:
                answer = request(method, self._api + path, body=body, headers=headers, timeout=15)
                if answer.status_code < 400:
                    return dict(answer.json())
                if answer.status_code < 500 or attempt == TRIES:
                    raise ApiRefused(answer)
            except Unreachable:
                if attempt == TRIES:
                    raise
            time.sleep(0.2 * 2**attempt)
        raise AssertionError("the loop returns or raises")
