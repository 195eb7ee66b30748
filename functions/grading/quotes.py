"""Checks that quoted words really stand in the talk. Case, white space, the shape of quotation marks, and
punctuation or an ellipsis around the quote do not matter; every word between does."""

import re
from collections.abc import Iterable, Sequence

from grading.grade import Quote
from grading.talk import Line

MIN_WORDS = 2

_SINGLE, _DOUBLE = "'‘’‚‛ʼ`´", '"“”„‟«»'
# Scripts written without spaces: each character counts as a word, and a quote may begin in a run of them.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:[{_SINGLE}.,]\w+)*")
# "don" is no quote from "don't", "art" none from "start", "$49" none from "$49.50".
_BEFORE = rf"(?<![^\W{_UNSPACED}])(?<!\w[{_SINGLE}])(?<!\d[.,])"
_AFTER = rf"(?![^\W{_UNSPACED}]|[{_SINGLE}]\w|[.,]\d)"
_EDGE = " \t\r\n.,;:!?…-–—" + _SINGLE + _DOUBLE


def find_quote(sequence: int, quote: str, talk: Sequence[Line]) -> Quote | None:
    """The quote as it stands in the talk, in the line's own spelling, or None if it does not stand there.

    A quote given with the wrong number is put right when its words stand in exactly one line. Quotes of fewer
    than two words count only when they are a whole line.
    """
    pattern = _pattern(quote)
    if pattern is None:
        return None
    named = [line for line in talk if line.sequence == sequence]
    for lines in (named, talk):
        found = [Quote(line.sequence, words) for line in lines if (words := _words_in(line, quote, pattern))]
        if len(found) == 1:
            return found[0]
    return None


def check_quotes(quotes: Iterable[Quote], talk: Sequence[Line]) -> tuple[Quote, ...]:
    """Those of the quotes that stand in the talk, numbers put right, each once, in the order given."""
    found = (find_quote(quote.sequence, quote.quote, talk) for quote in quotes)
    return tuple(dict.fromkeys(quote for quote in found if quote is not None))


def _pattern(quote: str) -> re.Pattern[str] | None:
    """The quote as a pattern: any white space between its pieces, any quotation marks. None if empty."""
    pieces = quote.strip(_EDGE).split()
    if not pieces:
        return None
    return re.compile(_BEFORE + r"\s+".join(map(_any_marks, pieces)) + _AFTER, re.IGNORECASE)


def _any_marks(piece: str) -> str:
    return "".join(
        f"[{_SINGLE}]" if char in _SINGLE else f"[{_DOUBLE}]" if char in _DOUBLE else re.escape(char) for char in piece
    )


def _words_in(line: Line, quote: str, pattern: re.Pattern[str]) -> str | None:
    match = pattern.search(line.text)
    if match is None:
        return None
    whole_line = match.group() == line.text.strip(_EDGE)
    return match.group() if whole_line or len(_WORD.findall(match.group())) >= MIN_WORDS else None
