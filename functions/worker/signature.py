"""The signature of a wake-up: `t=<unix seconds>,v1=<hex>`, made in SQL (training.wake_up_signature) from the secret.

A wake-up carries it instead of the secret, because pg_net keeps waiting requests in a table that others may read.
"""

import hmac
import re

GOOD_FOR_SECONDS = 300
"""pg_net may send a request late: it finishes a batch before the next."""
AHEAD_SECONDS = 60
"""How far the database's clock may be ahead of ours."""

_HEADER = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def is_signed(header: str, session_id: int | None, secret: bytes, now: float) -> bool:
    """Whether `header` is a signature of this session id by the holder of `secret`, made within the last minutes."""
    parts = _HEADER.fullmatch(header)
    if not parts or not secret:
        return False
    signed_at, signature = parts[1], parts[2]
    expected = hmac.digest(secret, f"{signed_at}.{'' if session_id is None else session_id}".encode(), "sha256").hex()
    in_time = -AHEAD_SECONDS <= now - int(signed_at) <= GOOD_FOR_SECONDS
    return hmac.compare_digest(signature, expected) and in_time
