"""Compares our texts with a provider's by their words, without case, punctuation and the spelling of accents. Pure."""

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

Words = tuple[str, ...]

MAX_TEXT = 4_000
"""Characters of a line; the database's limit."""

# Scripts without spaces: each character counts as a word.
_WORD = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


@lru_cache(maxsize=8_192)
def words(text: str) -> Words:
    """The words of a text. Two texts with the same words count as equal."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def likeness(one: Words, other: Words, *, loosely: bool = True) -> float:
    """From 0 to 1: how sure it is that both are the same utterance.

    1 for equal words; 0.9 where one is the beginning of the other, as after an interruption; 0.4 for a text without words, such
    as "…"; 0.3 where, `loosely`, three words of five are the same in order. 0 is unlike.
    """
    if one == other:
        return 1.0
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return 0.4
    if longer[: len(shorter)] == shorter:
        return 0.9
    enough = 0.6 * (len(one) + len(other)) / 2
    if not loosely or len(shorter) < enough or sum((Counter(one) & Counter(other)).values()) < enough:
        return 0.0
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 0.3 if sum(block.size for block in blocks) >= enough else 0.0


def find(longer: Words, shorter: Words, start: int) -> int:
    """Where `shorter` stands in `longer` as a whole, from `start` on; -1 where it does not."""
    for index in range(start, len(longer) - len(shorter) + 1):
        if longer[index : index + len(shorter)] == shorter:
            return index
    return -1


def part(text: str, begin: int, end: int) -> str:
    """The text of the words `begin` to `end` (exclusive), with the punctuation behind them. "" where the words cannot be told apart
    in the text as it was written."""
    starts = [match.start() for match in _WORD.finditer(text)]
    if len(starts) != len(words(text)):
        return ""
    stop = starts[end] if end < len(starts) else len(text)
    return text[starts[begin] : stop].strip()


def pieces(text: str) -> list[str]:
    """Cuts a text that is too long for a line, at a space where it has one, as web/elevenlabs.js does."""
    found = []
    while len(text) > MAX_TEXT:
        space = text.rfind(" ", 0, MAX_TEXT)
        end = space if space > 0 else MAX_TEXT
        found.append(text[:end])
        text = text[end:].strip()
    return [*found, text]
