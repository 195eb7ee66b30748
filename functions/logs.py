"""Structured logs: one JSON object a line on stdout, in the field names Google Cloud Logging reads.

Callers pass what happened, never what was said: no token, no secret, no words of a transcript.
"""

import sys
import time
import traceback

import orjson


def log(severity: str, message: str, **fields: object) -> None:
    """Writes one entry. `severity` is DEBUG, INFO, WARNING or ERROR; `fields` must be JSON values."""
    entry = {"severity": severity, "message": message, "time": time.time(), **fields}
    sys.stdout.write(orjson.dumps(entry).decode() + "\n")
    sys.stdout.flush()


def log_unexpected(error: BaseException, **fields: object) -> None:
    """Writes what kind of error it was and where it arose, without its text, which may repeat a user's words."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    log("ERROR", "unexpected error", error=type(error).__name__, where=where, **fields)
