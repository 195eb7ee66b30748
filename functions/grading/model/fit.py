"""Fits a long transcript into a token budget without losing its opening, its objections and its close. Pure.

Within the budget it keeps the first and last lines, then the objections, their answers and the closing
attempts, each with its neighbours, then other lines spread evenly over the transcript. The lines of a group are taken
in an order that is spread over the transcript too, so that a budget that ends early thins all its parts alike.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from grading.heuristic.grader import key_lines
from grading.transcript import Line

OPENING_LINES = 8
CLOSING_LINES = 16
LONG_LINE = 600
"""Characters of a line that are kept once a transcript has to be shortened: two thirds from its start, the rest
from its end."""

_LINE_TOKENS = 16
_GAP_TOKENS = 8


@dataclass(frozen=True)
class Fitted:
    """A transcript, or the kept part of it: lines in order, and between them the number of lines left out."""

    pieces: tuple[Line | int, ...]
    kept: int
    total: int
    shortened: int = 0
    """Lines of which only the beginning and the end are kept."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for a reader of the grade about what is missing; empty if nothing is."""
        notes = []
        if self.kept < self.total:
            notes.append(f"Graded on {self.kept} of {self.total} lines.")
        if self.shortened:
            notes.append(f"{self.shortened} long lines were graded on their beginning and end.")
        return tuple(notes)


def estimate_tokens(text: str) -> int:
    """Tokens of a text, rather too many than too few: about 4 ASCII characters a token, one token for any
    other character of the basic plane, three beyond it (emoji)."""
    if text.isascii():
        return -(-len(text) // 4)
    ascii_count = len(text.encode("ascii", "ignore"))
    astral = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    return -(-ascii_count // 4) + (len(text) - ascii_count - astral) + 3 * astral


def fit(lines: Sequence[Line], budget: int, on_error: Callable[[Exception], object] | None = None) -> Fitted:
    """The lines within `budget` tokens (by `estimate_tokens`, with the JSON around each line).

    A transcript that fits comes back whole. With `on_error`, an error of the heuristic goes there, and costs its key lines.
    """
    if sum(map(_cost, lines)) <= budget:
        return Fitted(tuple(lines), len(lines), len(lines))
    short = [_shorten(line) for line in lines]
    costs = [_cost(line) + _GAP_TOKENS for line in short]
    kept: set[int] = set()
    left = budget - _GAP_TOKENS
    for group in _groups(short, on_error):
        for index in group:
            if index not in kept and costs[index] <= left:
                kept.add(index)
                left -= costs[index]
    return _assemble(lines, short, kept)


def _cost(line: Line) -> int:
    return estimate_tokens(json.dumps(line.text, ensure_ascii=False)) + _LINE_TOKENS


def _groups(lines: Sequence[Line], on_error: Callable[[Exception], object] | None) -> Iterable[list[int]]:
    """Indexes into the lines, the most important first. A group may name lines of an earlier one again."""
    last = len(lines) - 1
    ends = zip_longest(range(OPENING_LINES), range(last, last - CLOSING_LINES, -1))
    yield [index for pair in ends for index in pair if index is not None and 0 <= index <= last]
    important = key_lines(lines, on_error)
    named = [index for index, line in enumerate(lines) if line.sequence in important]
    yield [near for index in _spread(named) for near in (index, index + 1, index - 1) if 0 <= near <= last]
    yield _spread(range(last + 1))


def _spread(indexes: Sequence[int]) -> list[int]:
    """The same indexes in an order of which every beginning is spread over the whole (multiples of the golden
    ratio)."""
    order = sorted(range(len(indexes)), key=lambda place: (place * 0.6180339887498949) % 1)
    return [indexes[place] for place in order]


def _shorten(line: Line) -> Line:
    if len(line.text) <= LONG_LINE:
        return line
    head = LONG_LINE * 2 // 3
    return replace(line, text=f"{line.text[:head]} […] {line.text[head - LONG_LINE :]}")


def _assemble(lines: Sequence[Line], short: Sequence[Line], kept: Collection[int]) -> Fitted:
    pieces: list[Line | int] = []
    missing = 0
    for index, line in enumerate(short):
        if index not in kept:
            missing += 1
            continue
        if missing:
            pieces.append(missing)
            missing = 0
        pieces.append(line)
    if missing:
        pieces.append(missing)
    shortened = sum(short[index] != lines[index] for index in kept)
    return Fitted(tuple(pieces), len(kept), len(lines), shortened)
