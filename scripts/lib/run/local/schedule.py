"""Calls the grader of a local stack: regularly, and at once when a session is completed.

Runs as `python -m local.schedule` with DATABASE_URL, GRADER_URL, GRADER_SECRET and perhaps SCHEDULE_SECONDS.
The regular call alone would grade every session. The listener makes it quick.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from .http_client import Unreachable, request

CHANNEL = "training_session_completed"
DEFAULT_SECONDS = 15.0
CALL_TIMEOUT_SECONDS = 120.0
CALLS_AT_ONCE = 8
LONGEST_RECONNECT_SECONDS = 5.0


class GraderCaller:
    """Calls the grader in the background, once at a time for the same session and for the schedule."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE)
        self._under_way: set[int | None] = set()
        self._asked_again = False

    def call(self, session_id: int | None = None) -> None:
        """Ask for one session to be graded, or for everything that waits."""
        if session_id not in self._under_way:
            self._under_way.add(session_id)
            self._pool.submit(self._post, session_id)
        elif session_id is None:
            self._asked_again = True  # the call under way may have missed the session of this notification

    def _post(self, session_id: int | None) -> None:
        body = {} if session_id is None else {"session_id": session_id}
        secret = {"X-Grader-Secret": self._secret}
        try:
            answer = request("POST", self._url, body=body, headers=secret, timeout=CALL_TIMEOUT_SECONDS)
            if answer.status_code not in (200, 202):
                say(f"the grader answered {answer.status_code}")
        except Unreachable as error:
            say(str(error))
        finally:
            self._under_way.discard(session_id)
            if session_id is None and self._asked_again:
                self._asked_again = False
                self.call()


def run(database_url: str, caller: GraderCaller, interval: float) -> None:
    """Call every `interval` seconds and at every notification, for ever. A lost connection is opened again."""
    next_call = time.monotonic()
    wait = 0.1
    while True:
        try:
            with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
                connection.execute(f"listen {CHANNEL}")
                # Sessions may have been completed while the connection was lost.
                wait, next_call = 0.1, time.monotonic()
                while True:
                    if time.monotonic() >= next_call:
                        caller.call()
                        next_call = time.monotonic() + interval
                    pause = max(0.0, next_call - time.monotonic())
                    for notice in connection.notifies(timeout=pause, stop_after=1):
                        caller.call(int(notice.payload) if notice.payload.isdigit() else None)
        except psycopg.Error as error:
            say(f"the database does not answer ({type(error).__name__})")
            time.sleep(wait)
            wait = min(LONGEST_RECONNECT_SECONDS, wait * 2)
            if time.monotonic() >= next_call:
                caller.call()
                next_call = time.monotonic() + interval


def say(text: str) -> None:
    """One log line, without data of a session and without secrets."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)


def main() -> None:
    # Calls under way may be cut off: the grader finishes its work without them.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    caller = GraderCaller(os.environ["GRADER_URL"], os.environ["GRADER_SECRET"])
    run(os.environ["DATABASE_URL"], caller, float(os.environ.get("SCHEDULE_SECONDS") or DEFAULT_SECONDS))


if __name__ == "__main__":
    main()
