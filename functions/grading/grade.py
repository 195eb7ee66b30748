"""A grade: four category scores, each with its reason and its quotes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from grading.rubric import CATEGORIES, Outcome

Confidence = Literal["high", "low"]


@dataclass(frozen=True)
class Quote:
    """Words of one line of the transcript. `sequence` is that line's number."""

    sequence: int
    quote: str


@dataclass(frozen=True)
class CategoryGrade:
    """One category's score, 0 to 100, why, and the quotes behind it. ValueError for a score out of range."""

    score: int
    reason: str
    quotes: tuple[Quote, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 100:
            raise ValueError("a score is between 0 and 100")


@dataclass(frozen=True)
class Facts:
    """Counts by the number of the line: the rep's questions, the homeowner's objections with whether
    the rep's next words answer each, and the lines with a closing attempt."""

    questions: Mapping[int, int] = field(default_factory=dict)
    objections: Mapping[int, bool] = field(default_factory=dict)
    closing: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Ready for JSON, whose keys are strings."""
        return {
            "questions": {str(line): count for line, count in self.questions.items()},
            "objections": {str(line): answered for line, answered in self.objections.items()},
            "closing": list(self.closing),
        }


@dataclass(frozen=True)
class Remark:
    """One thing to keep or to change, tied to a line. `say_instead` is None where there is nothing to change."""

    sequence: int
    category: str
    what: str
    why: str
    say_instead: str | None


@dataclass(frozen=True)
class Grade:
    """A whole session's grade. ValueError unless exactly the rubric's categories are graded.

    The overall score is not here: the database keeps it, so that it cannot differ from the four.
    `confidence` says how far the grade can be trusted, and `confidence_reason` why, in one sentence without words of
    the transcript: the reason is kept after the transcript is erased.
    """

    categories: Mapping[str, CategoryGrade]
    strengths: tuple[str, ...]
    improvements: tuple[str, ...]
    virtual_earnings: float
    confidence: Confidence
    confidence_reason: str
    outcome: Outcome = "none"
    notes: tuple[str, ...] = ()
    facts: Facts | None = None
    remarks: tuple[Remark, ...] = ()

    def __post_init__(self) -> None:
        if set(self.categories) != set(CATEGORIES):
            raise ValueError("a grade covers exactly the rubric's categories")

    def attempt_fields(self) -> dict[str, Any]:
        """The part of a saved attempt that comes from grading, ready for JSON.

        `{"scores": {category: int}, "evidence": {category: {"reason", "quotes": [{"sequence", "quote"}]}},
        "remarks": [{"sequence", "category", "what", "why", "say_instead"}], "feedback_strengths": [str],
        "feedback_improvements": [str], "virtual_earnings": number, "notes": [str], "confidence": "high"|"low",
        "confidence_reason": str, "facts": {...} | None}`
        """
        graded = [(name, self.categories[name]) for name in CATEGORIES]
        return {
            "scores": {name: category.score for name, category in graded},
            "evidence": {
                name: {
                    "reason": category.reason,
                    "quotes": [{"sequence": q.sequence, "quote": q.quote} for q in category.quotes],
                }
                for name, category in graded
            },
            "remarks": [asdict(remark) for remark in self.remarks],
            "feedback_strengths": list(self.strengths),
            "feedback_improvements": list(self.improvements),
            "virtual_earnings": self.virtual_earnings,
            "notes": list(self.notes),
            "confidence": self.confidence,
            "confidence_reason": self.confidence_reason,
            "facts": self.facts.as_json() if self.facts else None,
        }
