"""The shape a model must answer in. Totals and earnings are not in it: code computes them.

Every field is required and no other is allowed, as strict structured output wants it. No value is bent into
shape: `true` and `"5"` are no scores. Reasons stand before scores, so that a model that writes from left to
right has weighed its evidence before it gives a number.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from grading.rubric import CATEGORIES


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class QuoteJudgement(_Strict):
    """Words of one line, verbatim, and that line's number."""

    sequence: int
    quote: str


class CategoryJudgement(_Strict):
    """One category: what it rests on, why, and the score."""

    quotes: Annotated[list[QuoteJudgement], Field(min_length=1, max_length=3)]
    reason: str
    score: Annotated[int, Field(ge=0, le=100)]


class AmountJudgement(_Strict):
    """A contract amount as somebody says it in the talk."""

    amount: float
    sequence: int
    quote: str


class RemarkJudgement(_Strict):
    """One thing to keep or to change, tied to a line."""

    sequence: int
    remark: str


_fields: dict[str, Any] = dict.fromkeys(CATEGORIES, (CategoryJudgement, ...))
CategoriesJudgement: type[BaseModel] = create_model("CategoriesJudgement", __base__=_Strict, **_fields)


class Judgement(_Strict):
    """A model's whole answer on one talk. `mark` repeats the mark of the transcript it was given."""

    mark: str
    categories: CategoriesJudgement  # type: ignore[valid-type]
    outcome: Literal["closed", "appointment", "none"]
    stated_amount: AmountJudgement | None
    strengths: Annotated[list[RemarkJudgement], Field(min_length=1, max_length=4)]
    improvements: Annotated[list[RemarkJudgement], Field(min_length=1, max_length=4)]

    def category(self, name: str) -> CategoryJudgement:
        """The judgement on the rubric's category of this name."""
        judged: CategoryJudgement = getattr(self.categories, name)
        return judged


def read_judgement(text: str) -> Judgement:
    """The judgement in a model's text, also where it is fenced as a code block or has words around it.

    pydantic.ValidationError, whose message repeats the text, where there is none.
    """
    start, end = text.find("{"), text.rfind("}")
    return Judgement.model_validate_json(text[start : end + 1] if start >= 0 else text)
