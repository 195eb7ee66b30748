"""What the linear models look at: words of a line, of the lines around it, and of an objection and its reply.

A feature is a string; one that begins with @ is not a word. Each line has a bounded number of features, and the lines
around it are read only at their near end, so the work is linear in the transcript. Training and grading use the same
functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grading.heuristic.concepts import concepts
from grading.heuristic.words import word_set, words
from grading.transcript import Line

NEAR_WORDS = 15
"""Of the line before, its last words; of the line after, its first."""
MARKED = "@marked"
"""The feature of a line in which a question mark stands."""
PLAIN = "@plain"
"""The feature of each line of a transcript without a question mark; training sets its threshold by itself."""
WHOLE_LINES = 6
"""A shorter transcript is a fragment: its beginning and end say nothing about a line's place."""
TAIL_WORDS = 8
STEM = 5
"""A longer word also counts by its first letters, so that its endings matter less."""
REPLY_LINES = 4
REPLY_WORDS = 120

_AUXILIARIES = word_set("do does did is are was were has have had can could would will should may might shall am")
_SUBJECTS = word_set("i you your he she it they we the this that these those there my our their ya u") | (
    word_set("any anyone anybody somebody")
)
_ASKING = word_set(
    "what whats who where when why which how que quien donde cuando cual cuanto cuanta cuantos cuantas como "
    "quem onde quando qual quais quanto quanta quantos quantas was wer wo wann warum wie welche welcher "
    "welches wieviel quoi qui ou quand pourquoi quel quelle quels quelles combien comment"
)


@dataclass(frozen=True)
class Spoken:
    """A line with its words: whether a question mark stands in it, and whether one stands anywhere in the transcript."""

    line: Line
    words: tuple[str, ...]
    marked: bool
    punctuated: bool


def spoken(lines: Iterable[Line]) -> list[Spoken]:
    """The lines that hold a word."""
    heard = [(line, tuple(words(line.text)), any(mark in line.text for mark in "?？؟")) for line in lines]
    punctuated = any(marked for _, _, marked in heard)
    return [Spoken(line, said, marked, punctuated) for line, said, marked in heard if said]


def line_features(lines: Sequence[Spoken], at: int) -> set[str]:
    """Of one line among its neighbours: for objections, closing attempts and questions."""
    own = lines[at]
    found = _phrases("", own.words)
    found |= {f"^{word}" for word in own.words[:3]}
    found |= {f"{word}$" for word in own.words[-2:]}
    kinds = _kinds(own.words)
    found |= set(_shapes(kinds)) | set(_tail(own.words, kinds))
    found.add(f"@length {min(6, len(own.words) // 4)}")
    whole = len(lines) >= WHOLE_LINES
    if whole:
        found.add(_place(lines, at))
    if own.punctuated:
        found.add(MARKED if own.marked else "@unmarked")
    else:
        found.add(PLAIN)
    if at:
        found |= _near("<", lines[at - 1], lines[at - 1].words[-NEAR_WORDS:], own)
    elif whole:
        found.add("@first")
    if at + 1 < len(lines):
        after = lines[at + 1]
        found |= _near(">", after, after.words[:NEAR_WORDS], own)
        found |= {f"@> starts {after.words[0]}", "@> starts " + " ".join(after.words[:2])}
    elif whole:
        found.add("@last")
    return found


def reply_to(lines: Sequence[Spoken], at: int) -> list[Spoken]:
    """The rep's next words after a homeowner's line: the lines of their next turn, at most REPLY_LINES of them."""
    first = at + 1
    while first < len(lines) and first <= at + REPLY_LINES and lines[first].line.speaker == "agent":
        first += 1
    end = first
    while end < len(lines) and end < first + REPLY_LINES and lines[end].line.speaker == "user":
        end += 1
    return list(lines[first:end])


def answer_features(lines: Sequence[Spoken], at: int, style: set[str]) -> set[str]:
    """Of an objection and the rep's next words: for whether they answer it. `style`: see `style_features`."""
    objection, reply = lines[at], reply_to(lines, at)
    said = tuple(word for each in reply for word in each.words)[:REPLY_WORDS]
    found = style | _phrases("", said)
    found |= {f"objection {word}" for word in (*objection.words, *concepts(objection.words))}
    found |= {f"^{word}" for word in said[:3]} | {"^" + " ".join(said[:2])}
    shared = {word[:5] for word in said if len(word) > 3} & {word[:5] for word in objection.words if len(word) > 3}
    found.add(f"@shared {min(3, len(shared))}")
    found |= {f"@longer than {4 * step}" for step in range(min(9, len(said) // 4))}
    if any(each.marked for each in reply):
        found.add(MARKED)
    if not objection.punctuated:
        found.add(PLAIN)
    if at:
        found |= {f"<{word}" for word in lines[at - 1].words[-NEAR_WORDS:]}
    whole = len(lines) >= WHOLE_LINES
    if whole:
        found.add(_place(lines, at))
    if reply and (after := _after(lines, reply[-1], at)) is not None:
        found |= _near(">", after, after.words[:NEAR_WORDS], reply[-1])
    elif whole:
        found.add("@last")
    return found


def style_features(lines: Sequence[Spoken], questions: int) -> set[str]:
    """Of the transcript as a whole: how much the rep says at a time and how often they ask. None of a fragment."""
    if len(lines) < WHOLE_LINES:
        return set()
    rep = [each for each in lines if each.line.speaker == "user"]
    total = sum(len(each.words) for each in rep)
    found = {f"@rep says {size}" for size in (6, 9, 12, 15, 18, 21) if total > size * len(rep)}
    found |= {f"@rep asks {share}" for share in (15, 30, 45) if 100 * questions > share * len(rep)}
    return found | {f"@lines {size}" for size in (10, 14, 18, 22) if len(lines) > size}


def _place(lines: Sequence[Spoken], at: int) -> str:
    return f"@place {min(4, 5 * at // len(lines))}"


def _after(lines: Sequence[Spoken], last: Spoken, at: int) -> Spoken | None:
    for number in range(at + 1, min(len(lines) - 1, at + 2 * REPLY_LINES + 1)):
        if lines[number] is last:
            return lines[number + 1]
    return None


def _phrases(prefix: str, said: Sequence[str]) -> set[str]:
    """Each word and its stem, each pair, each pair with one word between; each concept, each pair of concepts."""
    found = {prefix + word for word in said}
    found |= {f"{prefix}{one} {two}" for one, two in pairwise(said)}
    found |= {f"{prefix}{one} _ {two}" for one, two in zip(said, said[2:], strict=False)}
    found |= {f"{prefix}{word[:STEM]}-" for word in said if len(word) > STEM}
    meant = concepts(said)
    found |= {prefix + each for each in meant}
    return found | {f"{prefix}{one} {two}" for one, two in pairwise(meant)}


def _kinds(said: Sequence[str]) -> str:
    """One letter a word: an auxiliary, a subject, a word that asks, or any other."""
    return "".join(
        "A" if word in _AUXILIARIES else "S" if word in _SUBJECTS else "W" if word in _ASKING else "." for word in said
    )


def _shapes(kinds: str) -> Iterable[str]:
    """The order of words that asks: "do you", "how long have you", at the beginning or later."""
    for shape in ("AS", "WA", "WAS", "WS", "W.A", "W.AS", "W..A", "SA"):
        if kinds.startswith(shape):
            yield f"@starts {shape}"
        if shape in kinds:
            yield f"@shape {shape}"


def _tail(said: Sequence[str], kinds: str) -> Iterable[str]:
    """The words from the last order of words that asks. Without punctuation a question is often the end of a line."""
    last = max(kinds.rfind("AS"), kinds.rfind("WA"), kinds.rfind("WS"))
    if last < 0:
        yield "@no tail"
        return
    yield f"@tail length {min(5, (len(said) - last) // 3)}"
    yield f"@tail {said[last]} {said[last + 1]}"
    yield from (f"@tail {word}" for word in said[last : last + TAIL_WORDS])
    if last and kinds[last - 1] == ".":
        yield f"@before tail {said[last - 1]}"


def _near(side: str, neighbour: Spoken, said: Sequence[str], own: Spoken) -> set[str]:
    prefix = side if neighbour.line.speaker != own.line.speaker else side * 2
    found = {f"{prefix}{word}" for word in (*said, *concepts(said))}
    found.add(f"@{prefix} length {min(5, len(neighbour.words) // 5)}")
    if neighbour.marked:
        found.add(f"@{prefix} marked")
    return found
