"""A simple HTTP client for health checks, the schedule and the demo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit


class Unreachable(Exception):
    """No HTTP answer came: refused, cut off, or too slow."""


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body; None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def request(
    method: str,
    url: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> HttpAnswer:
    """One request on a connection of its own; `body` is sent as JSON. Raises Unreachable."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    payload = None if body is None else json.dumps(body).encode()
    sent = {**({"Content-Type": "application/json"} if payload is not None else {}), **(headers or {})}
    try:
        connection.request(method, target, payload, sent)
        response = connection.getresponse()
        return HttpAnswer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    except (OSError, HTTPException) as error:
        raise Unreachable(f"no answer from {parts.netloc} ({type(error).__name__})") from None
    finally:
        connection.close()


def answers(url: str, *, below: int = 600, timeout: float = 3.0) -> bool:
    """Whether `url` gives any HTTP answer with a status under `below`."""
    try:
        return request("GET", url, timeout=timeout).status < below
    except Unreachable:
        return False
