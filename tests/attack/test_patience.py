"""Requests that stall in the middle, forty bodies and twenty heads of them since before the first attack of this folder: they
are given up, and everybody else is served meanwhile."""

import time

from attack.field import Field, slow_body

GATEWAY_SECONDS = 20
"""After which the gateway gives up a body; the functions do after 15, and the gateway gives up a head after 10."""
SPARE_SECONDS = 10


def test_other_users_are_served_beside_stalled_requests(field: Field) -> None:
    more = [slow_body(field.stack.url("functions"), field.tokens["other"]) for _ in range(50)]
    started = time.monotonic()
    for _ in range(20):
        assert field.api("user", "POST", "/api/training-sessions", json={"agent_name": "Austin"}).status_code == 201
    assert time.monotonic() - started < 5
    for connection in more:
        connection.close()


def test_stalled_requests_are_given_up(field: Field) -> None:
    for connection in (*field.slow_heads, *field.slow_bodies):
        connection.settimeout(max(1, field.slow_since + GATEWAY_SECONDS + SPARE_SECONDS - time.monotonic()))
        heard = connection.recv(10_000)
        assert heard == b"" or heard.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400")), heard[:300]
