"""What a provider's timings say about the delivery: facts, never scored. Pure.

Providers such as ElevenLabs give the second at which each turn begins, and none at which it ends.
"""

from collections.abc import Sequence
from statistics import median
from typing import TypedDict

from voice.record import Turn
from voice.words import words

VOICE_WORDS_PER_SECOND = 2.6
"""How fast synthetic voices speak English at normal speed, about 155 words a minute. It estimates when the homeowner's turn ended."""


class Timings(TypedDict):
    """None where the provider gives no times."""

    words_per_minute: float | None
    """The rep's words over the time from the start of each of their turns to the next turn."""
    response_seconds: float | None
    """The median wait from the estimated end of a homeowner's turn to the start of the rep's."""
    interruptions: int | None
    """How often the homeowner was cut off."""


def timings(turns: Sequence[Turn]) -> Timings:
    """The delivery facts of one conversation."""
    spoken, seconds = 0, 0.0
    waits = []
    for turn, following in zip(turns, turns[1:], strict=False):
        if turn.at_seconds is None or following.at_seconds is None:
            continue
        lasted = following.at_seconds - turn.at_seconds
        count = len(words(turn.text))
        if turn.role == "user" and following.role == "agent" and lasted > 0:
            spoken, seconds = spoken + count, seconds + lasted
        if turn.role == "agent" and following.role == "user" and not turn.interrupted:
            waits.append(max(0.0, lasted - count / VOICE_WORDS_PER_SECOND))
    timed = any(turn.at_seconds is not None for turn in turns)
    return {
        "words_per_minute": round(60 * spoken / seconds, 1) if seconds else None,
        "response_seconds": round(median(waits), 1) if waits else None,
        "interruptions": sum(turn.interrupted for turn in turns) if timed else None,
    }
