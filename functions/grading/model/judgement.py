"""The shape a model must answer in. Totals and earnings are not in it: code computes them.

Every field is required and no other is allowed, as strict structured output demands. Values are not converted:
`true` and `"5"` are not scores. A model writes from left to right, so facts precede scores and reasons precede
their score: the model has weighed its evidence before it gives a number.
"""

import contextlib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from grading.rubric import CATEGORIES

LONGEST_ANSWER = 200_000
"""Characters of an answer that are searched for the judgement, from its end."""
MOST_OBJECTS = 1_000
"""Opening braces in an answer that are tried, from its end. A judgement has at most about a hundred."""

CategoryName: Any = Literal[CATEGORIES]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ObjectionJudgement(_Strict):
    """The number of a line in which the customer pushes back, and of the rep's line that answers it, if one does."""

    sequence: int
    answered_by: int | None


class FactsJudgement(_Strict):
    """The facts, by line numbers. A line with two questions is named twice."""

    questions: Annotated[list[int], Field(max_length=100)]
    objections: Annotated[list[ObjectionJudgement], Field(max_length=50)]
    closing_attempts: Annotated[list[int], Field(max_length=50)]


class QuoteJudgement(_Strict):
    """Words of one line, verbatim, and that line's number."""

    sequence: int
    quote: str


class CategoryJudgement(_Strict):
    """One category: its evidence, the reason, and the score."""

    quotes: Annotated[list[QuoteJudgement], Field(max_length=4)]
    reason: str
    score: Annotated[int, Field(ge=0, le=100)]


class AmountJudgement(_Strict):
    """A contract amount as a line states it."""

    amount: float
    sequence: int
    quote: str


class StrengthJudgement(_Strict):
    """One thing to keep, tied to a line."""

    sequence: int
    category: CategoryName
    what: str
    why: str


class ImprovementJudgement(StrengthJudgement):
    """One thing to change, tied to a line, with words for the next time."""

    say_instead: str


_fields: dict[str, Any] = dict.fromkeys(CATEGORIES, (CategoryJudgement, ...))
CategoriesJudgement: type[BaseModel] = create_model("CategoriesJudgement", __base__=_Strict, **_fields)


class Judgement(_Strict):
    """A model's whole answer on one transcript. `mark` repeats the mark of the transcript it was given."""

    mark: str
    facts: FactsJudgement
    categories: CategoriesJudgement  # type: ignore[valid-type]
    outcome: Literal["closed", "appointment", "none"]
    stated_amount: AmountJudgement | None
    strengths: Annotated[list[StrengthJudgement], Field(max_length=4)]
    improvements: Annotated[list[ImprovementJudgement], Field(max_length=4)]

    def category(self, name: str) -> CategoryJudgement:
        """The judgement on the rubric's category of this name."""
        judged: CategoryJudgement = getattr(self.categories, name)
        return judged


def read_judgement(text: str) -> Judgement:
    """The last whole object in a model's text that is a judgement.

    A code fence, words or an object around it and a `<think>` section with drafts are skipped.
    pydantic.ValidationError, whose message repeats the text, where there is none.
    """
    tail = text[-LONGEST_ANSWER:]
    for found in islice(_objects_from_the_end(tail), MOST_OBJECTS):
        with contextlib.suppress(ValidationError):
            return Judgement.model_validate_json(found)
    return Judgement.model_validate_json(tail)


def _objects_from_the_end(text: str) -> Iterator[str]:
    """Each text from a brace to the end of its JSON object, last first; empty where it is not an object."""
    decoder, start = json.JSONDecoder(), text.rfind("{")
    while start >= 0:
        try:
            yield text[start : decoder.raw_decode(text, start)[1]]
        except (ValueError, RecursionError):
            yield ""
        start = text.rfind("{", 0, start)
