"""The grade that is left when the heuristic itself fails: the plan's formulas on question marks alone."""

from collections import Counter

from grading.grade import CategoryGrade, Facts, Grade, Quote
from grading.quotes import check_quotes
from grading.rubric import CATEGORIES, RUBRIC
from grading.transcript import has_rep_words, read_transcript

FAILED = "The heuristic failed on this transcript. Only question marks were counted."
NOT_JUDGED = "The heuristic failed, so this category was not judged."


def minimal_grade(transcript: object) -> Grade | None:
    """Grades a stored transcript without the models, for any set of categories. None when the rep says no word."""
    lines = read_transcript(transcript)
    if not has_rep_words(lines):
        return None
    points = RUBRIC.points
    asking = [line for line in lines if line.speaker == "user" and "?" in line.text]
    quotes = check_quotes((Quote(line.sequence, line.text[:200]) for line in asking[:3]), lines)
    known = {
        "rapport": CategoryGrade(points.rapport_base, NOT_JUDGED),
        "discovery": CategoryGrade(
            min(100, points.discovery_per_question * len(asking)), f"{len(asking)} lines with a question mark.", quotes
        ),
        "objection_handling": CategoryGrade(0, NOT_JUDGED),
        "closing": CategoryGrade(points.closing_without, NOT_JUDGED),
    }
    return Grade(
        categories={name: known.get(name, CategoryGrade(0, NOT_JUDGED)) for name in CATEGORIES},
        strengths=(),
        improvements=(),
        virtual_earnings=RUBRIC.earnings.for_attempt(False),
        confidence="low",
        confidence_reason=FAILED,
        notes=(FAILED,),
        facts=Facts(questions=Counter(line.sequence for line in asking)),
    )
