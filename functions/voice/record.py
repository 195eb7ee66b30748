"""The neutral shape of a provider's record. Each provider's module reads its own format into it. Pure."""

import math
import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

Role = Literal["user", "agent"]

MAX_ID = 200
"""Characters of a conversation's or agent's id."""

MAX_TURNS = 4_000

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ProviderTurn:
    """The words that one side said without a break. `at_seconds`: from the conversation's start; None where the provider does not say."""

    role: Role
    text: str
    at_seconds: float | None = None
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A finished conversation. `started_at` is ISO 8601; `status` is `failed` where the provider could not hold it."""

    provider: str
    conversation_id: str
    agent_id: str | None
    status: Literal["done", "failed"]
    turns: tuple[ProviderTurn, ...]
    started_at: str | None = None
    duration_seconds: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As `store_voice_record` takes it."""
        return asdict(self)


def turn(role: Role, text: object, at_seconds: object = None, interrupted: object = False) -> ProviderTurn | None:
    """A turn of untrusted values; None where nothing was said."""
    if not isinstance(text, str) or not text.strip():
        return None
    return ProviderTurn(role, _UNSTORABLE.sub("\ufffd", text.strip()), seconds(at_seconds), interrupted is True)


def seconds(value: object) -> float | None:
    """A time or duration in seconds, from 0 to a day; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(float(value), 3) if 0 <= value <= 86_400 else None


def turns_of(stored: object) -> tuple[ProviderTurn, ...]:
    """The turns as the database keeps them."""
    items = stored if isinstance(stored, list) else []
    return tuple(ProviderTurn(item["role"], item["text"], item["at_seconds"], item["interrupted"]) for item in items)
