"""Checks that quoted words are in the transcript.

Case, white space, invisible characters, the shape of quotation marks, dashes, dots and accents, and punctuation
around the quote do not matter; every word between does.
"""

import re
from collections.abc import Iterable, Sequence
from unicodedata import normalize

from grading.grade import Quote
from grading.transcript import Line

MIN_WORDS = 2

_SINGLE, _DOUBLE, _DASHES = "'‘’‚‛ʼ`´", '"“”„‟«»', "-‐‑‒–—―−"
_UNSEEN = "\u00ad\u200b\u200c\u200d\ufeff"  # soft hyphen, zero-width spaces and joiners
# Scripts written without spaces: each character counts as a word, and a quote may begin in a run of them.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:[{_SINGLE}.,]\w+)*")
# "don" is not a quote from "don't", nor "art" from "start", "$49" from "$49.50" or "cafe" from "café".
_BEFORE = rf"(?<![^\W{_UNSPACED}]|[{_UNSEEN}])(?<!\w[{_SINGLE}])(?<!\d[.,])[{_UNSEEN}]*"
_AFTER = rf"(?![{_UNSEEN}]*(?:[^\W{_UNSPACED}]|[\u0300-\u036f]|[{_SINGLE}]\w|[.,]\d))"
_BEGIN, _END = re.compile(_BEFORE), re.compile(_AFTER)
_SPACE = rf"[{_UNSEEN}]*\s[\s{_UNSEEN}]*"
_EDGE = " \t\r\n.,;:!?…" + _DASHES + _SINGLE + _DOUBLE + _UNSEEN
_ALIKE = (
    dict.fromkeys(map(ord, _SINGLE), "'") | dict.fromkeys(map(ord, _DOUBLE), '"') | dict.fromkeys(map(ord, _DASHES), "-")
    | dict.fromkeys(map(ord, _UNSEEN)) | {ord("…"): "..."}
)  # fmt: skip
# A letter and its accents, or a Hangul syllable in parts. Bounded: the time to sort marks grows with their square.
_APART = re.compile(r"\w[\u0300-\u036f\u1161-\u11c2\u3099\u309a]{1,4}")
_ANY_OF = {"'": f"[{_SINGLE}]", '"': f"[{_DOUBLE}]", "-": f"[{_DASHES}]", "…": r"(?:…|\.\.\.)"}


def find_quote(sequence: int, quote: str, lines: Sequence[Line]) -> Quote | None:
    """The quote in the spelling of its line, or None if it is not in the transcript.

    A quote with the wrong number gets the right one when its words are in exactly one line. Quotes of fewer
    than two words count only when they are a whole line.
    """
    words = _plain(quote).strip(_EDGE)
    if not words:
        return None
    named = [line for line in lines if line.sequence == sequence]
    for some in (named, lines):
        found = [Quote(line.sequence, piece) for line in some if (piece := _piece_of(line, words))]
        if len(found) == 1:
            return found[0]
    return None


def check_quotes(quotes: Iterable[Quote], lines: Sequence[Line]) -> tuple[Quote, ...]:
    """The quotes that are in the transcript, with the right numbers, each once, in the order given."""
    found = (find_quote(quote.sequence, quote.quote, lines) for quote in quotes)
    return tuple(dict.fromkeys(quote for quote in found if quote is not None))


def _plain(text: str) -> str:
    """The text with each difference that does not matter spelled in one way, except for the case of its letters."""
    return " ".join(_APART.sub(_compose, text.translate(_ALIKE)).split())


def _compose(letter: re.Match[str]) -> str:
    return normalize("NFC", letter.group())


def _pattern(words: str) -> re.Pattern[str]:
    """Finds plain words in each spelling that a line may have."""
    pieces = words.replace("...", "…").split()
    return re.compile(_BEFORE + _SPACE.join(map(_spelled_anyhow, pieces)) + _AFTER, re.IGNORECASE)


def _spelled_anyhow(piece: str) -> str:
    return f"[{_UNSEEN}]*".join(_ANY_OF.get(char) or _composed_or_not(char) for char in piece)


def _composed_or_not(char: str) -> str:
    apart = normalize("NFD", char)
    return re.escape(char) if apart == char else f"(?:{char}|{apart})"


def _piece_of(line: Line, words: str) -> str | None:
    """The piece of the line that says these words."""
    # This check is linear. The pattern's time on "a a a a" grows with both lengths.
    times = _plain(line.text).casefold().count(words.casefold())
    if not times:
        return None
    if times == 1 and _is_verbatim(line.text, words):
        found = words
    else:
        match = _pattern(words).search(line.text)
        if match is None:
            return None
        found = match.group().strip(_UNSEEN)
    whole_line = found == line.text.strip(_EDGE)
    return found if whole_line or len(_WORD.findall(_plain(found))) >= MIN_WORDS else None


def _is_verbatim(text: str, words: str) -> bool:
    """Whether the words are in the text as they are spelled. Saves the pattern, which takes milliseconds to compile."""
    at = text.find(words)
    return at >= 0 and _BEGIN.match(text, at) is not None and _END.match(text, at + len(words)) is not None
