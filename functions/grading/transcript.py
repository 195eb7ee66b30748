"""Reads a stored transcript into lines. Any JSON gives a list of lines, perhaps an empty one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Speaker = Literal["user", "agent"]

# The database stores `user` and `agent`; old transcripts may hold the other names that it accepts on input.
SPEAKERS: dict[str, Speaker] = {
    **dict.fromkeys(("user", "rep", "salesrep", "you"), "user"),
    **dict.fromkeys(("agent", "ai", "assistant", "homeowner", "customer", "prospect"), "agent"),
}
MAX_SEQUENCE = 2**31 - 1

# Neither can be stored again: UTF-8 has no lone surrogates, PostgreSQL text no NUL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Line:
    """One utterance. `user` is the rep, `agent` the homeowner; `text` is never blank."""

    sequence: int
    speaker: Speaker
    text: str


def read_transcript(transcript: object) -> tuple[Line, ...]:
    """The lines of a transcript in the order of their sequence. Items that are not lines are skipped.

    A line is an object with a known `speaker` and a `text` that is not blank. Where `sequence` is missing, is not a
    whole number from 1, or is already taken by other words, the line gets the number after the highest so far.
    The same words at the same number again are the same line.
    """
    if not isinstance(transcript, list):
        return ()
    lines: dict[int, Line] = {}
    highest = 0
    for item in transcript:
        if not isinstance(item, dict):
            continue
        speaker, text, sequence = _speaker(item.get("speaker")), item.get("text"), item.get("sequence")
        if speaker is None or not isinstance(text, str) or not text.strip():
            continue
        text = _UNSTORABLE.sub("\ufffd", text)
        if type(sequence) is not int or not 1 <= sequence <= MAX_SEQUENCE:
            sequence = highest + 1
        taken = lines.get(sequence)
        if taken is not None:
            if (taken.speaker, taken.text) == (speaker, text):
                continue
            sequence = highest + 1
        lines[sequence] = Line(sequence, speaker, text)
        highest = max(highest, sequence)
    return tuple(lines[sequence] for sequence in sorted(lines))


def has_rep_words(lines: Iterable[Line]) -> bool:
    """Whether the rep says anything at all: a letter or a digit on a line of theirs."""
    return any(line.speaker == "user" and any(map(str.isalnum, line.text)) for line in lines)


def _speaker(name: object) -> Speaker | None:
    return SPEAKERS.get(name.strip().lower()) if isinstance(name, str) else None
