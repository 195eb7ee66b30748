"""Facts about the delivery from a provider's timings. They are never scored. Pure.

Providers such as ElevenLabs give the second at which each turn begins, and none at which it ends.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import TypedDict

from voice.record import ProviderTurn
from voice.words import words

VOICE_WORDS_PER_SECOND = 2.6
"""How fast synthetic voices speak English at normal speed, about 155 words a minute. It estimates when the homeowner's turn ended."""


class Timings(TypedDict):
    """None where the provider gives no times."""

    rep_talk_seconds: float | None
    """From the start of each turn of the rep to the next turn, or to the end of the conversation, together."""
    response_seconds: float | None
    """The median wait from the estimated end of a homeowner's turn to the start of the rep's."""
    interruptions: int | None
    """How often the homeowner was cut off."""


def timings(turns: Sequence[ProviderTurn], duration_seconds: float | None) -> Timings:
    """The timings of one conversation, for `training.delivery_facts`."""
    if not turns or any(turn.at_seconds is None for turn in turns):
        return {"rep_talk_seconds": None, "response_seconds": None, "interruptions": None}
    starts = [turn.at_seconds or 0.0 for turn in turns]
    ends = [*starts[1:], max(starts[-1], duration_seconds or 0.0)]
    spoken = sum(end - start for turn, start, end in zip(turns, starts, ends, strict=True) if turn.role == "user")
    waits = [
        max(0.0, (after.at_seconds or 0.0) - (turn.at_seconds or 0.0) - len(words(turn.text)) / VOICE_WORDS_PER_SECOND)
        for turn, after in pairwise(turns)
        if turn.role == "agent" and after.role == "user" and not turn.interrupted
    ]
    return {
        "rep_talk_seconds": round(spoken, 1) if spoken > 0 else None,
        "response_seconds": round(median(waits), 1) if waits else None,
        "interruptions": sum(turn.interrupted for turn in turns),
    }
