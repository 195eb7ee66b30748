"""The rubric: what each category means, its anchors and examples, the heuristic's points and the earnings rule.

The data is rubric.json, read once when this module is imported. Changing it means changing its version:
tests/grading/rubric_versions.json holds the content hash of every version.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["closed", "appointment", "none"]


@dataclass(frozen=True)
class Example:
    """A few lines and the score they deserve in one category, to calibrate a model."""

    transcript: str
    score: int
    why: str


@dataclass(frozen=True)
class Category:
    """One graded category. `anchors` are (score, description) at 0, 25, 50, 75 and 100, lowest first."""

    name: str
    title: str
    question: str
    counts: tuple[str, ...]
    does_not_count: tuple[str, ...]
    anchors: tuple[tuple[int, str], ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Points:
    """The heuristic's numbers. All scores are in points out of 100."""

    rapport_base: int
    rapport_per_warm_line: int
    rapport_per_cold_line: int
    discovery_per_question: int
    objection_per_answer: int
    closing_with_attempt: int
    closing_without: int


@dataclass(frozen=True)
class Earnings:
    """The earnings rule, in the rubric's currency."""

    commission_share: float
    closed_floor: float
    closed_cap: float
    appointment: float
    none: float
    heuristic_with_attempt: float
    heuristic_without: float

    def for_outcome(self, outcome: Outcome, stated_amount: float | None = None) -> float:
        """The earnings of a model-graded session, rounded to cents, from its outcome and the amount stated.

        An amount that is None, not finite or not above zero counts as not stated.
        """
        if outcome == "appointment":
            return self.appointment
        if outcome != "closed":
            return self.none
        if stated_amount is None or not math.isfinite(stated_amount) or stated_amount <= 0:
            return self.closed_floor
        share = round(self.commission_share * stated_amount, 2)
        return min(self.closed_cap, max(self.closed_floor, share))

    def for_attempt(self, closing_attempt: bool) -> float:
        """The earnings of a heuristically graded session. The heuristic sees an attempt to close and not its outcome."""
        return self.heuristic_with_attempt if closing_attempt else self.heuristic_without


@dataclass(frozen=True)
class Rubric:
    """A version of the rubric. `data` is rubric.json as read.

    `most_without_evidence` is the highest score a model may give where nothing happened that it could quote.
    """

    version: str
    categories: tuple[Category, ...]
    most_without_evidence: int
    points: Points
    earnings: Earnings
    data: dict[str, Any]

    def category(self, name: str) -> Category:
        """The category of this name. KeyError if there is none."""
        return {category.name: category for category in self.categories}[name]


def content_hash(data: dict[str, Any]) -> str:
    """SHA-256 (hex) of everything but the version, independent of the file's spacing and key order."""
    content = {key: value for key, value in data.items() if key != "version"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def parse_rubric(data: dict[str, Any]) -> Rubric:
    """Builds a Rubric from the shape of rubric.json. KeyError or ValueError where a part is missing."""
    heuristic, earnings = data["heuristic"], data["earnings"]
    model_pay, flat_pay = earnings["model"], earnings["heuristic"]
    return Rubric(
        version=data["version"],
        categories=tuple(
            Category(
                name=entry["name"],
                title=entry["title"],
                question=entry["question"],
                counts=tuple(entry["counts"]),
                does_not_count=tuple(entry["does_not_count"]),
                anchors=tuple(sorted((int(score), text) for score, text in entry["anchors"].items())),
                examples=tuple(Example(**example) for example in entry["examples"]),
            )
            for entry in data["categories"]
        ),
        most_without_evidence=data["most_without_evidence"],
        points=Points(
            rapport_base=heuristic["rapport"]["base"],
            rapport_per_warm_line=heuristic["rapport"]["points_per_warm_line"],
            rapport_per_cold_line=heuristic["rapport"]["points_per_cold_line"],
            discovery_per_question=heuristic["discovery"]["points_per_question"],
            objection_per_answer=heuristic["objection_handling"]["points_per_answer"],
            closing_with_attempt=heuristic["closing"]["with_attempt"],
            closing_without=heuristic["closing"]["without"],
        ),
        earnings=Earnings(
            commission_share=model_pay["commission_share"],
            closed_floor=model_pay["closed_floor"],
            closed_cap=model_pay["closed_cap"],
            appointment=model_pay["appointment"],
            none=model_pay["none"],
            heuristic_with_attempt=flat_pay["with_attempt"],
            heuristic_without=flat_pay["without"],
        ),
        data=data,
    )


RUBRIC = parse_rubric(json.loads((Path(__file__).parent / "rubric.json").read_text(encoding="utf-8")))
CATEGORIES = tuple(category.name for category in RUBRIC.categories)
