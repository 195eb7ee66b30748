"""Twelve labelled transcripts, and judges that are good, lazy, generous, inventing, swapped, noisy or down.

A judge is what the instrument measures: it takes a stored transcript and gives attempts, as the worker would save them.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grading.attempts import Attempt, accepted, failed
from grading.grade import CategoryGrade, Facts, Grade
from grading.rubric import CATEGORIES
from prove.evaluate.grades import Graded, grade_all
from prove.evaluate.labelled import LabelledTranscript, read_labelled
from prove.evaluate.metrics import measure

QUALITIES = (12, 20, 28, 35, 44, 50, 57, 63, 70, 78, 85, 93)
MARKS = {
    # Four independent impressions, which rise with the quality on the whole.
    "rapport": (25, 10, 40, 20, 60, 45, 50, 80, 65, 60, 95, 80),
    "discovery": (0, 30, 20, 45, 30, 60, 70, 50, 60, 90, 70, 100),
    "objection_handling": (10, 25, 20, 50, 40, 30, 60, 60, 85, 75, 80, 95),
    "closing": (15, 10, 45, 25, 50, 75, 40, 65, 75, 95, 90, 85),
}


def _item(number: int) -> dict[str, Any]:
    closes = number % 2 == 1
    marks = {name: MARKS[name][number] for name in CATEGORIES}
    return {
        "name": f"transcript-{number}",
        "domain": ("pest", "solar", "saas")[number % 3],
        "language": "es" if number % 4 == 0 else "en",
        "lines": [
            ["user", f"Hello, I am rep number {number}. How long have you lived here?"],
            ["agent", "Nine years. But I am not interested, it costs too much."],
            ["user", "I understand. It costs less than a repair, and you can cancel any month."],
            ["agent", "Well, I would have to ask my wife."],
            ["user", "Shall we start on Thursday?" if closes else "All right then. Goodbye."],
        ],
        "expect": {
            "question_lines": {"1": 1},
            "objections": {"2": True, "4": False},
            "closing_lines": [5] if closes else [],
            "rapport": "mid",
            "quality": QUALITIES[number],
        },
        "scores": [
            {"rater": "ana", **marks},
            {"rater": "ben", **{name: min(100, mark + 10) for name, mark in marks.items()}},
        ],
    }


ITEMS = [_item(number) for number in range(len(QUALITIES))]
TRANSCRIPTS = [read_labelled(item) for item in ITEMS]


@dataclass(frozen=True)
class Judgement:
    """What a judge makes of one transcript."""

    scores: dict[str, int]
    facts: Facts
    model: str = "judge-1"


Opinion = Callable[[LabelledTranscript, int], Judgement]
"""A judge's mind: a labelled transcript and its number, to a judgement. The labels are what a good judge sees."""


def marks(labelled: LabelledTranscript) -> dict[str, int]:
    return dict(labelled.raters["ana"])


def facts(labelled: LabelledTranscript) -> Facts:
    assert labelled.facts is not None
    return labelled.facts


def good(labelled: LabelledTranscript, _: int) -> Judgement:
    return Judgement(marks(labelled), facts(labelled))


def lazy(labelled: LabelledTranscript, _: int) -> Judgement:
    """Reads nothing: no facts, the middle of the scale."""
    return Judgement(dict.fromkeys(CATEGORIES, 50), Facts())


def generous(labelled: LabelledTranscript, _: int) -> Judgement:
    return Judgement({name: min(100, mark + 25) for name, mark in marks(labelled).items()}, facts(labelled))


def one_impression(labelled: LabelledTranscript, number: int) -> Judgement:
    """Gives each category the same score: the halo."""
    return Judgement(dict.fromkeys(CATEGORIES, QUALITIES[number]), facts(labelled))


def inventing(labelled: LabelledTranscript, _: int) -> Judgement:
    """Sees questions, objections, answers and closes on each line."""
    everywhere = range(1, 6)
    return Judgement(
        marks(labelled), Facts(dict.fromkeys(everywhere, 1), dict.fromkeys(everywhere, True), tuple(everywhere))
    )


def swapped(labelled: LabelledTranscript, number: int) -> Judgement:
    """The server answers the second half with another model."""
    return Judgement(marks(labelled), facts(labelled), "judge-1" if number < 6 else "judge-2")


def noisy(points: int) -> Opinion:
    """Each score is off by up to so many points, differently each time."""
    chance = random.Random(7)

    def opinion(labelled: LabelledTranscript, _: int) -> Judgement:
        scores = {
            name: max(0, min(100, mark + chance.randint(-points, points))) for name, mark in marks(labelled).items()
        }
        return Judgement(scores, facts(labelled))

    return opinion


def attempt(judgement: Judgement) -> Attempt:
    grade = Grade(
        categories={name: CategoryGrade(score, "As seen.") for name, score in judgement.scores.items()},
        strengths=(),
        improvements=(),
        virtual_earnings=0,
        confidence="high",
        confidence_reason="A scripted judge.",
        facts=judgement.facts,
    )
    call = {"model": judgement.model, "prompt_hash": "p1", "tokens_in": 1_000, "tokens_out": 100}
    return accepted("model", "r1", grade, 250, **call)


def refusal() -> Attempt:
    return failed("model", "r1", "refused", 90, model="judge-1", prompt_hash="p1", tokens_in=1_000, tokens_out=5)


def grades(opinion: Opinion, repeat: int = 1) -> list[tuple[LabelledTranscript, list[Graded]]]:
    """The judge's grades of all transcripts, as the instrument takes them."""
    numbers = {labelled.transcript[0]["text"]: number for number, labelled in enumerate(TRANSCRIPTS)}

    async def judge(transcript: list[dict[str, Any]]) -> list[Attempt]:
        number = numbers[transcript[0]["text"]]
        return [attempt(opinion(TRANSCRIPTS[number], number))]

    return list(zip(TRANSCRIPTS, asyncio.run(grade_all(TRANSCRIPTS, judge, repeat, at_once=4)), strict=True))


def measured(opinion: Opinion, repeat: int = 1) -> dict[str, Any]:
    return measure(grades(opinion, repeat))
