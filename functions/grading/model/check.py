"""From a model's judgement to a grade that stands on the talk. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grading.grade import CategoryGrade, Grade, Quote
from grading.model.judgement import AmountJudgement, Judgement, RemarkJudgement
from grading.quotes import find_quote
from grading.rubric import Rubric
from grading.transcript import Line

LONGEST_REASON = 1_000
"""Characters kept of a reason or a remark."""

QUOTED = "The model backs every score with quotes that stand in the transcript."

_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w*(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|hundred|thousand|grand)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Checked:
    """A checked judgement: `grade` is None if it does not stand on this talk, then `false_quotes` are what it
    invented."""

    grade: Grade | None
    false_quotes: tuple[Quote, ...]


def check(judgement: Judgement, talk: Sequence[Line], mark: str, rubric: Rubric) -> Checked:
    """Holds a judgement against the whole talk it was made on.

    It is refused if it does not repeat the talk's mark, or if a category has no quote that stands in the
    talk. A false quote among good ones, an amount nobody states and remarks on lines that are not there are
    left out, with a note.
    """
    categories: dict[str, CategoryGrade] = {}
    false_quotes: list[Quote] = []
    for category in rubric.categories:
        judged = judgement.category(category.name)
        standing: list[Quote] = []
        for quote in judged.quotes:
            found = find_quote(quote.sequence, quote.quote, talk)
            if found is None:
                false_quotes.append(Quote(quote.sequence, quote.quote))
            elif found not in standing:
                standing.append(found)
        if standing:
            categories[category.name] = CategoryGrade(judged.score, _clean(judged.reason), tuple(standing))
    if judgement.mark != mark or len(categories) < len(rubric.categories):
        return Checked(None, tuple(false_quotes))

    notes = []
    if false_quotes:
        notes.append(f"{len(false_quotes)} of the model's quotes left out: not in the talk.")
    amount = _standing_amount(judgement.stated_amount, talk)
    if judgement.stated_amount is not None and amount is None:
        notes.append("The model's contract amount left out: nobody states it in the talk.")
    numbers = {line.sequence for line in talk}
    remarks = [*judgement.strengths, *judgement.improvements]
    stray = sum(remark.sequence not in numbers for remark in remarks)
    if stray:
        notes.append(f"{stray} of the model's remarks left out: no such line.")
    notes.append(_outcome_note(judgement.outcome, amount))
    grade = Grade(
        categories=categories,
        strengths=_remarks(judgement.strengths, numbers),
        improvements=_remarks(judgement.improvements, numbers),
        virtual_earnings=rubric.earnings.for_outcome(judgement.outcome, amount[0] if amount else None),
        confidence="high",
        confidence_reason=QUOTED,
        outcome=judgement.outcome,
        notes=tuple(notes),
    )
    return Checked(grade, tuple(false_quotes))


def _standing_amount(stated: AmountJudgement | None, talk: Sequence[Line]) -> tuple[float, int] | None:
    """The amount and the number of the line that states it, if the quote stands there and gives this figure.

    Figures in the quote must include the amount. A quote without figures must hold a number in (English)
    words; those are not worked out.
    """
    quote = find_quote(stated.sequence, stated.quote, talk) if stated else None
    if stated is None or quote is None:
        return None
    figures = [float(figure.replace(",", "")) for figure in _FIGURE.findall(quote.quote)]
    says_so = stated.amount in figures if figures else _NUMBER_WORD.search(quote.quote) is not None
    return (stated.amount, quote.sequence) if says_so else None


def _outcome_note(outcome: str, amount: tuple[float, int] | None) -> str:
    stated = f", {amount[0]:,.2f} stated in line {amount[1]}" if amount else ""
    return f"Outcome as the model sees it: {outcome}{stated}."


def _remarks(remarks: Sequence[RemarkJudgement], numbers: set[int]) -> tuple[str, ...]:
    return tuple(
        f"line {remark.sequence}: {text}"
        for remark in remarks
        if remark.sequence in numbers and (text := _clean(remark.remark))
    )


def _clean(text: str) -> str:
    """A model's own words on one line, not endless, without the one character PostgreSQL cannot hold."""
    return " ".join(text.replace("\0", "\ufffd").split())[:LONGEST_REASON]
