"""A plain HTTP request, for health checks, the schedule and the demo: each on a connection of its own, past any proxy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import httpx


class Unreachable(Exception):
    """No HTTP answer came: refused, cut off, or too slow."""


def request(
    method: str,
    url: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> httpx.Response:
    """`body` is sent as JSON; `timeout` in seconds, of each wait. Raises Unreachable."""
    try:
        return _client().request(method, url, json=body, headers=headers, timeout=timeout)
    except httpx.RequestError as error:
        host = httpx.URL(url).netloc.decode()
        raise Unreachable(f"no answer from {host} ({type(error).__name__})") from None


def answers(url: str, *, below: int = 600, timeout: float = 3.0) -> bool:
    """Whether `url` gives any HTTP answer with a status under `below`."""
    try:
        return request("GET", url, timeout=timeout).status_code < below
    except Unreachable:
        return False


@cache
def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
