"""Compares the provider's record of a voice conversation with the stored transcript, word by word. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from prove.chaos.ledger import Breach, Conversation, Practice, Words

PROVIDER = "provider"


def same_words(one: Words, other: Words) -> bool:
    """Whether both say the same, apart from case and punctuation."""
    return one[0] == other[0] and _plain(one[1]) == _plain(other[1])


def foreign_line(practice: Practice, line: Mapping[str, Any]) -> Breach | None:
    """The breach in a line that the browser did not send. None where it is the provider's and marked as such."""
    conversation = practice.conversation or Conversation([], numbered_as_heard=True)
    said = (line["speaker"], line["text"])
    if _is_among(said, conversation.forged):
        return Breach("forged", practice.id, f"line {line['sequence']} came with a forged event")
    if not _is_among(said, conversation.turns):
        return Breach("never sent", practice.id, f"line {line['sequence']} was never sent")
    if line.get("source") != PROVIDER:
        return Breach("unmarked", practice.id, f"line {line['sequence']} is not marked as the provider's")
    return None


def witness_breaches(
    practice: Practice, transcript: Sequence[Mapping[str, Any]], unplaced: int, status: str
) -> list[Breach]:
    """The breaches in what was made of the provider's record; all of them, once nothing waits."""
    conversation = practice.conversation
    if conversation is None or not conversation.over:
        return []
    found = []
    if status == "active":
        found.append(Breach("not ended", practice.id, "its conversation is over"))
    times = Counter(
        (role, word) for role, text in ((line["speaker"], line["text"]) for line in transcript) for word in _plain(text)
    )
    missing = 0
    for number, (role, text) in enumerate(conversation.turns, start=1):
        own = _plain(text)[1:]  # the first word is said in many turns
        if all(times[role, word] == 0 for word in own):
            missing += 1
        elif any(times[role, word] == 0 for word in own):
            found.append(Breach("lost words", practice.id, f"turn {number} of the provider is there in part"))
        elif any(times[role, word] > 1 for word in own):
            found.append(Breach("double turn", practice.id, f"turn {number} of the provider stands there twice"))
    if missing > (0 if conversation.numbered_as_heard else unplaced):
        what = f"{missing} turns of the provider are not there, {unplaced} count as unplaced"
        found.append(Breach("lost words", practice.id, what))
    if unplaced > missing:
        found.append(Breach("miscounted", practice.id, f"{unplaced} turns count as unplaced, {missing} are not there"))
    return found


def deliveries_breaches(delivered: Mapping[str, int]) -> list[Breach]:
    """The breaches in the answers to deliveries, by kind and status: only an event that is signed well may be received."""
    return [
        Breach("forged", None, f"{times} deliveries: {kind}")
        for kind, times in delivered.items()
        if kind.endswith(" 200") and kind != "event 200"
    ]


def _is_among(said: Words, turns: Sequence[Words]) -> bool:
    """Whether these are words of the turns of one role, in their order."""
    spoken = " ".join(" ".join(_plain(text)) for role, text in turns if role == said[0])
    return bool(_plain(said[1])) and f" {' '.join(_plain(said[1]))} " in f" {spoken} "


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
