"""Several answers of a model on one transcript: when they are asked for, which of them counts, and how sure it is. Pure.

Most sessions get one answer. Only where the model and the heuristic differ widely are two more asked for.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median_low

from grading.grade import Grade
from grading.rubric import CATEGORIES

WIDE_DIFFERENCE = 30
"""Points between the overall scores of the model and the heuristic, above which the model is asked again."""
FURTHER_LOOKS = 2
WIDE_SPREAD = 15
"""Points between the highest and the lowest overall score of the answers, above which the grade has low confidence."""

AGREE = "The model and the heuristic agree within {points} points."
STEADY = "The model and the heuristic differ by {points} points, but {count} answers of the model lie within {spread}."
UNSTEADY = (
    "The model and the heuristic differ by {points} points, and {count} answers of the model spread over {spread}."
)
ALONE = "The model and the heuristic differ by {points} points, and the model gave no second answer in time."
PARTIAL = "The transcript was too long for the model to read every line of it."


def overall(grade: Grade) -> int:
    """The rounded average of the categories, half points up, as the database keeps it."""
    return int(fmean(grade.categories[name].score for name in CATEGORIES) + 0.5)


def difference(grade: Grade, heuristic: Grade | None) -> int | None:
    """Points between two graders; None where the heuristic has no grade that it trusts itself."""
    if heuristic is None or heuristic.confidence == "low":
        return None
    return abs(overall(grade) - overall(heuristic))


def needs_another_look(grade: Grade, heuristic: Grade | None) -> bool:
    """Whether the two graders differ so widely that the model is asked again."""
    points = difference(grade, heuristic)
    return points is not None and points > WIDE_DIFFERENCE


def middle(grades: Sequence[Grade]) -> int:
    """The index of the answer that lies nearest to the median of each category; the earliest of equals."""
    medians = {name: median_low(grade.categories[name].score for grade in grades) for name in CATEGORIES}
    distances = [sum(abs(grade.categories[name].score - medians[name]) for name in CATEGORIES) for grade in grades]
    return distances.index(min(distances))


def with_confidence(grades: Sequence[Grade], heuristic: Grade | None, *, whole: bool) -> Grade:
    """The middle one of the answers, with what the others and the heuristic say about it.

    `whole` says whether the model was shown every line. A low confidence from the check of the answer itself stays.
    """
    grade = grades[middle(grades)]
    if grade.confidence == "low":
        return grade
    if not whole:
        return replace(grade, confidence="low", confidence_reason=PARTIAL)
    points = difference(grades[0], heuristic)
    if points is None:
        return grade
    if not needs_another_look(grades[0], heuristic):
        return replace(grade, confidence_reason=AGREE.format(points=points))
    if len(grades) == 1:
        return replace(grade, confidence="low", confidence_reason=ALONE.format(points=points))
    scores = [overall(each) for each in grades]
    spread = max(scores) - min(scores)
    steady = spread <= WIDE_SPREAD
    reason = (STEADY if steady else UNSTEADY).format(points=points, count=len(grades), spread=spread)
    return replace(grade, confidence="high" if steady else "low", confidence_reason=reason)
