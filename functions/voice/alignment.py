"""Aligns a provider's turns with our lines and plans which of our gaps they fill. Pure.

Our transcript is a row of slots, one a sequence: a line, or a gap where a sequence is missing. The alignment keeps the order of
both sides and never changes a line. A turn and a line with the same role and words, each once on its side, are an anchor. Between
two anchors a table over slots and turns (Needleman and Wunsch, 1970) finds the best way to pair, fill and leave out.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from voice.record import ProviderTurn, Role
from voice.words import MAX_TEXT, Words, find, likeness, part, pieces, words

MAX_LINES = 2_000
"""Lines of a session, and the highest sequence; the database's limit."""

LOOSELY_UP_TO = 250_000
"""Pairs of a zone beyond which only equal words and beginnings are compared, for time."""

MOST_PAIRS = 1_000_000
"""Pairs of a zone that are looked at; in a larger one, those nearest to its diagonal."""

EQUAL, LIKE, FILL, JOINED, APPEND, COVER = 1_000, 1_000, 100, 40, 100, 990
"""The score of each step. An equal pair outweighs all fills that it could prevent. A fill outweighs a turn left out."""


@dataclass(frozen=True, slots=True)
class OurLine:
    """One of our acknowledged lines."""

    sequence: int
    speaker: Role
    text: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A line to add: a free sequence, and the turn (by index) its text comes from."""

    sequence: int
    speaker: Role
    text: str
    turn: int


@dataclass
class Plan:
    """The lines to add. `turn_of`: for each sequence the turn (by index) it was spoken in; `unplaced`: turns without a place."""

    fills: list[Fill] = field(default_factory=list)
    turn_of: dict[int, int] = field(default_factory=dict)
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class _Slot:
    sequence: int
    line: OurLine | None
    words: Words


@dataclass(frozen=True, slots=True)
class _Piece:
    """A turn, or a part of one that is too long for a line."""

    role: Role
    text: str
    words: Words
    turn: int
    interrupted: bool
    number: int


# A step of a zone: how many slots and pieces it takes, and the parts of texts it puts into gaps.
_Step = tuple[int, int, tuple[tuple[int, str], ...], bool]
_SKIP_SLOT: _Step = (1, 0, (), False)
_SKIP_PIECE: _Step = (0, 1, (), False)
_PAIR: _Step = (1, 1, (), True)


def align(lines: Sequence[OurLine], turns: Sequence[ProviderTurn], *, open_end: bool = True) -> Plan:
    """Plans how `turns`, in the order spoken, complete `lines`, ordered by sequence.

    open_end: the turns reach to the end of the session, so those after our last line are appended; else they are unplaced.
    """
    slots = _slots(lines, len(turns))
    parts = [(index, turn, text) for index, turn in enumerate(turns) for text in pieces(turn.text)]
    spoken = [
        _Piece(turn.role, text, words(text), index, turn.interrupted, number)
        for number, (index, turn, text) in enumerate(parts)
    ]
    plan, placed = Plan(), set[int]()
    last = lines[-1].sequence if lines else 0
    appended: list[_Piece] = []
    ends = [*_anchors(slots, spoken), (len(slots), len(spoken))]
    slot_from, piece_from = 0, 0
    for slot_to, piece_to in ends:
        final = slot_to == len(slots)
        zone = _Zone(slots[slot_from:slot_to], spoken[piece_from:piece_to], appends=final and open_end)
        for piece, filled, matched in zone.solve():
            if filled is None and matched is None:
                appended.append(piece)
            placed.add(piece.number)
            if filled is not None:
                sequence, text = filled
                plan.fills.append(Fill(sequence, piece.role, text, piece.turn))
                plan.turn_of.setdefault(sequence, piece.turn)
            if matched is not None:
                plan.turn_of.setdefault(matched, piece.turn)
        if not final:
            plan.turn_of.setdefault(slots[slot_to].sequence, spoken[piece_to].turn)
            placed.add(piece_to)
        slot_from, piece_from = slot_to + 1, piece_to + 1
    room = MAX_LINES - len(lines) - len(plan.fills)
    for number, piece in enumerate(appended, start=1):
        if last + number > MAX_LINES or number > room:
            placed.discard(piece.number)
            continue
        plan.fills.append(Fill(last + number, piece.role, piece.text, piece.turn))
        plan.turn_of.setdefault(last + number, piece.turn)
    plan.unplaced = len({piece.turn for piece in spoken if piece.number not in placed})
    return plan


def _slots(lines: Sequence[OurLine], most: int) -> list[_Slot]:
    """Lines and gaps. A gap longer than all turns together is cut: the rest of it cannot be filled."""
    slots: list[_Slot] = []
    expected = 1
    for line in lines:
        slots += (_Slot(sequence, None, ()) for sequence in range(expected, min(line.sequence, expected + most)))
        slots.append(_Slot(line.sequence, line, words(line.text)))
        expected = line.sequence + 1
    return slots


def _anchors(slots: Sequence[_Slot], spoken: Sequence[_Piece]) -> list[tuple[int, int]]:
    """Pairs (slot, piece) of equal role and words that both sides have once, the most that keep the order of both."""
    ours = _once((index, (slot.line.speaker, slot.words)) for index, slot in enumerate(slots) if slot.line)
    theirs = _once((index, (piece.role, piece.words)) for index, piece in enumerate(spoken))
    pairs = sorted((ours[key], theirs[key]) for key in ours.keys() & theirs.keys() if len(key[1]) > 2)
    # The longest increasing subsequence of the pieces, by patience sorting.
    tops: list[int] = []
    tails: list[int] = []
    before: list[int] = []
    for number, (_, piece) in enumerate(pairs):
        pile = bisect_left(tops, piece)
        before.append(tails[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [piece]
        tails[pile : pile + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = tails[-1] if tails else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _once(keyed: Iterator[tuple[int, tuple[Role, Words]]]) -> dict[tuple[Role, Words], int]:
    found: dict[tuple[Role, Words], int] = {}
    twice = set()
    for index, key in keyed:
        if key in found:
            twice.add(key)
        found[key] = index
    return {key: index for key, index in found.items() if key not in twice}


class _Zone:
    """The slots and pieces between two anchors."""

    def __init__(self, slots: Sequence[_Slot], spoken: Sequence[_Piece], *, appends: bool) -> None:
        self._slots, self._spoken = slots, spoken
        self._append = APPEND if appends else 0
        self._loosely = len(slots) * len(spoken) <= LOOSELY_UP_TO

    def solve(self) -> Iterator[tuple[_Piece, tuple[int, str] | None, int | None]]:
        """Each piece that has a place, with (sequence, text) of the gap it fills, or the sequence of the line it is; or neither: append it."""
        if not self._spoken:
            return
        steps = self._best_steps()
        i, j = len(self._slots), len(self._spoken)
        path: list[tuple[int, int, _Step]] = []
        while i or j:
            step = steps[i][j]
            i, j = i - step[0], j - step[1]
            path.append((i, j, step))
        for i, j, step in reversed(path):
            yield from self._places(i, j, step)

    def _places(self, i: int, j: int, step: _Step) -> Iterator[tuple[_Piece, tuple[int, str] | None, int | None]]:
        n_slots, n_pieces, fills, matches = step
        taken = self._spoken[j : j + n_pieces]
        if n_slots == 0 and self._append and i == len(self._slots):
            yield from ((piece, None, None) for piece in taken)
        for offset, text in fills:
            yield taken[0], (self._slots[i + offset].sequence, text), None
        if matches:
            lines = [slot.sequence for slot in self._slots[i : i + n_slots] if slot.line]
            yield from ((taken[0], None, sequence) for sequence in lines)
        if fills or matches:  # the pieces that were joined to the first
            yield from ((piece, None, self._slots[i].sequence) for piece in taken[1:])

    def _best_steps(self) -> list[list[_Step]]:
        """The table: steps[i][j] is the last step of the best way through the first i slots and j pieces."""
        slots, spoken = self._slots, self._spoken
        width = len(spoken) + 1
        scores = [[0.0] * width for _ in range(len(slots) + 1)]
        steps: list[list[_Step]] = [[_SKIP_PIECE] * width, *([_SKIP_SLOT] * width for _ in slots)]
        reach = max(MOST_PAIRS // (2 * len(slots) + 1), 50)
        for i in range(len(slots) + 1):
            row, step_row = scores[i], steps[i]
            skip = self._append if i == len(slots) else 0
            middle = i * len(spoken) // max(1, len(slots))
            for j in range(max(0, middle - reach), min(width, middle + reach + 1)):
                if i and scores[i - 1][j] > row[j]:
                    row[j], step_row[j] = scores[i - 1][j], _SKIP_SLOT
                if j and row[j - 1] + skip > row[j]:
                    row[j], step_row[j] = row[j - 1] + skip, _SKIP_PIECE
                if i < len(slots) and j < len(spoken):
                    base = row[j]
                    for worth, step in self._steps_from(i, j):
                        to, at = i + step[0], j + step[1]
                        if base + worth > scores[to][at]:
                            scores[to][at], steps[to][at] = base + worth, step
        return steps

    def _steps_from(self, i: int, j: int) -> Iterator[tuple[float, _Step]]:
        """The ways to use slot i and piece j together."""
        slot, piece = self._slots[i], self._spoken[j]
        if slot.line is None:
            yield from self._fills(j)
        elif slot.line.speaker == piece.role:
            like = likeness(slot.words, piece.words, loosely=self._loosely)
            if like:
                yield like * LIKE if like < 1 else EQUAL, _PAIR
            if len(piece.words) < len(slot.words):
                yield from self._split_by_them(slot, j)
        yield from self._split_by_us(i, piece)

    def _fills(self, j: int) -> Iterator[tuple[float, _Step]]:
        """A gap takes a piece, or several of one role where there are fewer gaps than pieces."""
        role, text = self._spoken[j].role, ""
        for count, piece in enumerate(self._spoken[j : j + 6], start=1):
            text = f"{text} {piece.text}".strip()
            if piece.role != role or len(text) > MAX_TEXT:
                return
            yield FILL + JOINED * (count - 1), (1, count, ((0, text),), False)

    def _split_by_them(self, slot: _Slot, j: int) -> Iterator[tuple[float, _Step]]:
        """One line of ours, several pieces of theirs."""
        joined: Words = ()
        for count, piece in enumerate(self._spoken[j:], start=1):
            joined += piece.words
            if piece.role != self._spoken[j].role or slot.words[: len(joined)] != joined:
                return
            if count > 1 and joined == slot.words:
                yield EQUAL, (1, count, (), True)

    def _split_by_us(self, i: int, piece: _Piece) -> Iterator[tuple[float, _Step]]:
        """Several lines of ours, one piece of theirs; a gap among them takes the words between."""
        position, gap, lines = 0, -1, 0
        fills: tuple[tuple[int, str], ...] = ()
        for k in range(i, len(self._slots)):
            slot = self._slots[k]
            if slot.line is None:
                gap = k if gap < 0 else gap
                continue
            if slot.line.speaker != piece.role or not 0 < len(slot.words) < len(piece.words):
                return
            found = find(piece.words, slot.words, position)
            if found < 0 or (found > position and (gap < 0 or len(slot.words) < 2)):
                return
            if found > position:
                between = part(piece.text, position, found)
                if not between:
                    return
                fills += ((gap - i, between),)
            position, gap, lines = found + len(slot.words), -1, lines + 1
            if position == len(piece.words):
                if lines + len(fills) > 1:
                    yield COVER + FILL * len(fills), (k + 1 - i, 1, fills, True)
                return
            rest = part(piece.text, position, len(piece.words))
            behind = k + 1 < len(self._slots) and self._slots[k + 1].line is None
            if behind and rest and len(slot.words) > 1 and not piece.interrupted:
                # More than the pair alone; less than what another turn is worth in the gap instead of joined to a third.
                yield 890 + 50 + FILL * len(fills), (k + 2 - i, 1, (*fills, (k + 1 - i, rest)), True)
