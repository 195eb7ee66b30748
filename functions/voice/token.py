"""The hook's right to store.

The users' function holds no secret key. Its hook proves itself to the database with a token made from the webhook's secret; the
database keeps only the SHA-256 of the token. So the function can store transcripts and nothing else, and one secret configures both.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256


def store_token(secret: str) -> str:
    """The token of a webhook secret. The secret cannot be found from it."""
    return hmac.new(secret.encode(), b"training-sessions: store a voice record", sha256).hexdigest()


def token_hashes(secrets: Sequence[str]) -> list[str]:
    """The SHA-256 hashes of the tokens, as `training.configure_voice` takes them."""
    return [sha256(store_token(secret).encode()).hexdigest() for secret in secrets]


def split_secrets(text: str) -> tuple[str, ...]:
    """ELEVENLABS_WEBHOOK_SECRET: one secret, or several separated by commas while one is replaced."""
    return tuple(secret.strip() for secret in text.split(",") if secret.strip())
