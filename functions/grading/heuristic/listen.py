"""What the heuristic hears in a transcript: the rep's questions, closing attempts, warm and cold lines, and the homeowner's
objections with the lines that answer them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grading.heuristic.features import Spoken, answer_features, line_features, reply_to, spoken, style_features
from grading.heuristic.linear import Models
from grading.heuristic.rapport import Sign, signs
from grading.transcript import Line

NEAR = 40
"""A model's score as close to zero as this is a close call."""
SURE = 100
"""Above this a judgement is far from its threshold."""
QUESTION_WORDS = 4
"""A further question mark in a line counts where its sentence has so many words: "Hello? Is that you?" asks once."""
_SENTENCE_END = re.compile(r"(?<=[.!?？؟])")


@dataclass(frozen=True)
class Objection:
    """A pushback by the homeowner. `reply` is the first line of the rep's next words; None where the rep had no turn left.
    `answer` is the same line where those words answer the objection, else None."""

    line: Line
    reply: Line | None
    answer: Line | None


@dataclass(frozen=True)
class Heard:
    """The facts of a transcript in order. Warm lines begin with those that hold one of `signs`; then, and for cold lines, the
    surest come first. A line with a sign is not cold. `close_calls` counts the judgements that could as well have gone the other way, by kind."""

    questions: tuple[tuple[Line, int], ...]
    objections: tuple[Objection, ...]
    closing: tuple[Line, ...]
    warm: tuple[Line, ...]
    cold: tuple[Line, ...]
    close_calls: dict[str, int]
    signs: tuple[Sign, ...] = ()


def listen(lines: Sequence[Line], models: Models, least: int = 0) -> Heard:
    """Judges each line with the models. An objection or a closing attempt scores more than `least`."""
    heard = spoken(lines)
    features = [line_features(heard, at) for at in range(len(heard))]
    rep = [at for at, each in enumerate(heard) if each.line.speaker == "user"]
    asks = {at: models.question.score(features[at]) for at in rep}
    closes = {at: models.closing.score(features[at]) for at in rep}
    warms = {at: models.rapport.score(features[at]) for at in rep}
    objects = {
        at: models.objection.score(features[at]) for at, each in enumerate(heard) if each.line.speaker == "agent"
    }
    questions = [at for at in rep if heard[at].marked or asks[at] > 0]
    style = style_features(heard, len(questions))
    raised = [at for at, score in objects.items() if score > least]
    answers = {at: models.answer.score(answer_features(heard, at, style)) for at in raised if reply_to(heard, at)}
    seen = tuple(signs(heard))
    signed = {each.line.sequence for each in seen}
    warm = [at for at in rep if heard[at].line.sequence in signed and warms[at] >= -NEAR]
    warm += [at for at in sorted(rep, key=lambda at: -warms[at]) if warms[at] > NEAR and at not in warm]
    return Heard(
        questions=tuple((heard[at].line, _count(heard[at])) for at in questions),
        objections=tuple(_objection(heard, at, answers.get(at)) for at in raised),
        closing=tuple(heard[at].line for at in rep if closes[at] > least),
        warm=tuple(heard[at].line for at in warm),
        cold=tuple(
            heard[at].line
            for at in sorted(rep, key=lambda at: warms[at])
            if warms[at] < -NEAR and heard[at].line.sequence not in signed
        ),
        close_calls={
            # Each line moves the overall score by less than two points.
            "rapport": 0,
            "discovery": sum(abs(asks[at]) < NEAR and not heard[at].marked for at in rep),
            "objection_handling": sum(abs(score) < NEAR for score in answers.values()),
            # Only the surest line decides whether there is a closing attempt at all.
            "closing": int(bool(rep) and abs(max(closes.values())) < NEAR),
        },
        signs=seen,
    )


def _count(each: Spoken) -> int:
    if not each.marked:
        return 1
    marked = [sentence for sentence in _SENTENCE_END.split(each.line.text) if sentence.endswith(("?", "？", "؟"))]
    return max(1, sum(len(sentence.split()) >= QUESTION_WORDS for sentence in marked))


def _objection(heard: Sequence[Spoken], at: int, score: int | None) -> Objection:
    reply = reply_to(heard, at)[0].line if score is not None else None
    return Objection(heard[at].line, reply, reply if score is not None and score > 0 else None)
