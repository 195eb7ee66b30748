"""What the heuristic tells the rep: what went well, and one concrete piece of advice for each category that is not good."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from grading.heuristic.listen import Heard
from grading.transcript import Line

GOOD = 75
"""A category from this score on needs no advice."""
MAX_NAMED = 3
"""How many lines of one sort the feedback names."""
ENOUGH_WORDS = 5
"""A homeowner's line of so many words gives the rep something to ask about."""


def list_signs(heard: Heard) -> str:
    """What the rep did for rapport, each thing with its first line."""
    lines: dict[str, int] = {}
    for each in heard.signs:
        lines.setdefault(each.kind, each.line.sequence)
    if not lines:
        return "Heard no greeting, no name, no thanks and no kind word."
    return f"You {_listed([f'{kind} (line {line})' for kind, line in lines.items()])}."


def strengths(heard: Heard) -> Iterable[str]:
    """Each names its lines."""
    kinds: dict[int, list[str]] = {}
    for each in heard.signs:
        kinds.setdefault(each.line.sequence, []).append(each.kind)
    for line, done in list(kinds.items())[:MAX_NAMED]:
        yield f"line {line}: you {_listed(done)}."
    if asked := [line for line, _ in heard.questions][:MAX_NAMED]:
        yield f"{_lines(asked)}: you asked."
    answers = [(raised.line, raised.answer) for raised in heard.objections if raised.answer]
    for objection, answer in answers[:MAX_NAMED]:
        yield f"line {answer.sequence}: you answered the objection of line {objection.sequence}."
    if heard.closing:
        yield f"line {heard.closing[-1].sequence}: you asked for a decision or a next step."


def improvements(lines: Sequence[Line], heard: Heard, scores: Mapping[str, int]) -> Iterable[str]:
    """Advice for each category below GOOD, each with the line where it applies."""
    advice = {
        "rapport": _rapport(lines, heard),
        "objection_handling": _objections(lines, heard),
        "discovery": _discovery(lines, heard),
        "closing": _closing(lines),
    }
    for category, remarks in advice.items():
        if scores[category] < GOOD:
            yield from remarks


def _rapport(lines: Sequence[Line], heard: Heard) -> Iterable[str]:
    kinds = {each.kind for each in heard.signs}
    said = _passed_over(lines, {line.sequence for line in heard.cold})
    if "said your name" not in kinds and "greeted" not in kinds:
        yield f"line {_first(lines)}: greet the homeowner, and say your name and who you work for."
    elif said is not None:
        yield f"line {said.sequence}: take up what the homeowner says here before you go on."
    elif "said your name" not in kinds:
        yield f"line {_first(lines)}: say your name and who you work for."
    else:
        yield f"line {_first(lines)}: add one thing that you noticed at this house."


def _objections(lines: Sequence[Line], heard: Heard) -> Iterable[str]:
    unanswered = [each.line for each in heard.objections if each.reply and not each.answer]
    if unanswered:
        named = unanswered[:MAX_NAMED]
        what = "this objection" if len(named) == 1 else "these objections"
        yield (
            f"{_lines(named)}: found no answer to {what} in your next words. "
            "Say the concern back, then answer it with one fact."
        )
    elif not heard.objections:
        yield f"line {_last(lines)}: heard no objection. Ask for it: what would keep you from starting?"
    else:
        yield f"line {_last(lines)}: ask for what is left: what else would keep you from starting?"


def _discovery(lines: Sequence[Line], heard: Heard) -> Iterable[str]:
    asking = {line.sequence for line, _ in heard.questions}
    objections = {each.line.sequence for each in heard.objections}
    told = [line for line in lines if line.sequence not in objections]
    said = _passed_over(told, {line.sequence for line in lines if line.speaker == "user"} - asking)
    if said is not None:
        yield f"line {said.sequence}: ask one more question about what the homeowner says here."
    else:
        yield f"line {_first(lines)}: ask about the problem, since when, and what they have tried, before you offer."


def _closing(lines: Sequence[Line]) -> Iterable[str]:
    yield f"line {_last(lines)}: found no closing attempt up to here. Ask for a decision or offer two times for a visit."


def _passed_over(lines: Sequence[Line], replies: set[int]) -> Line | None:
    """The homeowner's longest line of ENOUGH_WORDS or more that one of the replies follows; of two as long, the first."""
    found = None
    for line, after in pairwise(lines):
        if line.speaker == "agent" and after.sequence in replies:
            words = len(line.text.split())
            if words >= ENOUGH_WORDS and (found is None or words > len(found.text.split())):
                found = line
    return found


def _first(lines: Sequence[Line]) -> int:
    return next(line.sequence for line in lines if line.speaker == "user")


def _last(lines: Sequence[Line]) -> int:
    return next(line.sequence for line in reversed(lines) if line.speaker == "user")


def _lines(lines: Sequence[Line]) -> str:
    return _listed([f"line {line.sequence}" for line in lines])


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
