"""From a model's judgement to a grade that the transcript supports. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.grade import CategoryGrade, Facts, Grade, Quote, Remark
from grading.model.errors import ErrorClass
from grading.model.judgement import (
    AmountJudgement,
    FactsJudgement,
    ImprovementJudgement,
    Judgement,
    StrengthJudgement,
)
from grading.quotes import find_quote
from grading.rubric import Rubric
from grading.transcript import Line, Speaker

LONGEST_REASON = 1_000
"""Characters kept of a reason and of each part of a remark."""
MOST_FALSE = 0.25
"""Share of the model's quotes and facts that are not in the transcript, above which its grade has low confidence."""

QUOTED = "The model backs every score with quotes that stand in the transcript."
MANY_FALSE = "{false} of the {all} quotes and facts that the model named are not in the transcript."

_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w*(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|hundred|thousand|grand)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Checked:
    """A checked judgement. Without a grade: `fault` says why, `false_quotes` are the words it invented, and
    `unfounded` the categories with more points than evidence."""

    grade: Grade | None
    fault: ErrorClass | None = None
    false_quotes: tuple[Quote, ...] = ()
    unfounded: tuple[str, ...] = ()


def check(judgement: Judgement, lines: Sequence[Line], mark: str, rubric: Rubric) -> Checked:
    """Checks a judgement against the whole transcript it was made on.

    It is refused if all quotes of a category are false, if it does not repeat the transcript's mark, or if a category
    has more than `most_without_evidence` points without its evidence: a quote of the rep's own words, for
    objections one of each side and an answered objection among the facts, for closing a closing attempt among them.
    Single false quotes, facts on lines of the wrong speaker, an amount that no line states and remarks on
    missing lines are left out, with a note.
    """
    speakers = {line.sequence: line.speaker for line in lines}
    facts, false_facts = _standing_facts(judgement.facts, speakers)
    categories: dict[str, CategoryGrade] = {}
    false_quotes: list[Quote] = []
    invented = False
    for category in rubric.categories:
        judged = judgement.category(category.name)
        quotes = [Quote(quote.sequence, quote.quote) for quote in judged.quotes]
        found = [find_quote(quote.sequence, quote.quote, lines) for quote in quotes]
        standing = tuple(dict.fromkeys(quote for quote in found if quote is not None))
        false_quotes += [quote for quote, stands in zip(quotes, found, strict=True) if stands is None]
        invented |= bool(quotes) and not standing
        categories[category.name] = CategoryGrade(judged.score, _clean(judged.reason), standing)
    unfounded = tuple(
        name
        for name, graded in categories.items()
        if graded.score > rubric.most_without_evidence and not _founded(name, graded, facts, speakers)
    )
    if fault := _fault(invented, judgement.mark != mark, bool(false_quotes), bool(unfounded)):
        return Checked(None, fault, tuple(false_quotes), unfounded)

    named = sum(len(judgement.category(category.name).quotes) for category in rubric.categories) + _size(
        judgement.facts
    )
    false = len(false_quotes) + false_facts
    amount = _standing_amount(judgement.stated_amount, lines)
    trusted = false <= MOST_FALSE * named
    grade = Grade(
        categories=categories,
        strengths=_sentences(judgement.strengths, speakers),
        improvements=_sentences(judgement.improvements, speakers),
        virtual_earnings=rubric.earnings.for_outcome(judgement.outcome, amount[0] if amount else None),
        confidence="high" if trusted else "low",
        confidence_reason=QUOTED if trusted else MANY_FALSE.format(false=false, all=named),
        outcome=judgement.outcome,
        notes=tuple(_notes(judgement, len(false_quotes), false_facts, amount, speakers)),
        facts=facts,
        remarks=_remarks(judgement, speakers),
    )
    return Checked(grade, None, tuple(false_quotes))


def _fault(invented: bool, unmarked: bool, false_quotes: bool, unfounded: bool) -> ErrorClass | None:
    if invented or ((unmarked or unfounded) and false_quotes):
        return "invented_quotes"
    if unmarked:
        return "wrong_mark"
    return "unfounded" if unfounded else None


def _founded(name: str, graded: CategoryGrade, facts: Facts, speakers: Mapping[int, Speaker]) -> bool:
    """Whether a category has the evidence that a score above the lowest ones needs."""
    quoted = {speakers[quote.sequence] for quote in graded.quotes}
    if name == "objection_handling":
        return quoted == {"user", "agent"} and any(facts.objections.values())
    return "user" in quoted and (name != "closing" or bool(facts.closing))


def _standing_facts(judged: FactsJudgement, speakers: Mapping[int, Speaker]) -> tuple[Facts, int]:
    """The facts whose lines are there and of the right speaker, and how many are not.

    An answer counts where it is a line of the rep's after the objection.
    """
    questions = [sequence for sequence in judged.questions if speakers.get(sequence) == "user"]
    closing = [sequence for sequence in judged.closing_attempts if speakers.get(sequence) == "user"]
    objections: dict[int, bool] = {}
    false = 0
    for objection in judged.objections:
        if speakers.get(objection.sequence) != "agent":
            false += 1
            continue
        answer = objection.answered_by
        answered = answer is not None and answer > objection.sequence and speakers.get(answer) == "user"
        false += answer is not None and not answered
        objections[objection.sequence] = objections.get(objection.sequence, False) or answered
    false += len(judged.questions) - len(questions) + len(judged.closing_attempts) - len(closing)
    return Facts(Counter(questions), objections, tuple(dict.fromkeys(closing))), false


def _size(judged: FactsJudgement) -> int:
    return len(judged.questions) + len(judged.objections) + len(judged.closing_attempts)


def _standing_amount(stated: AmountJudgement | None, lines: Sequence[Line]) -> tuple[float, int] | None:
    """The amount and the number of the line that states it, if the quote stands there and gives this figure.

    Figures in the quote must include the amount. A quote without figures must hold a number in (English)
    words; those are not worked out.
    """
    quote = find_quote(stated.sequence, stated.quote, lines) if stated else None
    if stated is None or quote is None:
        return None
    figures = [float(figure.replace(",", "")) for figure in _FIGURE.findall(quote.quote)]
    says_so = stated.amount in figures if figures else _NUMBER_WORD.search(quote.quote) is not None
    return (stated.amount, quote.sequence) if says_so else None


def _notes(
    judgement: Judgement,
    false_quotes: int,
    false_facts: int,
    amount: tuple[float, int] | None,
    speakers: Mapping[int, Speaker],
) -> Sequence[str]:
    stray = sum(remark.sequence not in speakers for remark in [*judgement.strengths, *judgement.improvements])
    stated = f", {amount[0]:,.2f} stated in line {amount[1]}" if amount else ""
    told = {
        f"{false_quotes} of the model's quotes left out: not in the transcript.": false_quotes,
        f"{false_facts} of the model's facts left out: not on a line of that speaker.": false_facts,
        "The model's contract amount left out: no line states it.": judgement.stated_amount is not None and not amount,
        f"{stray} of the model's remarks left out: no such line.": stray,
        f"Outcome as the model sees it: {judgement.outcome}{stated}.": True,
    }
    return [note for note, holds in told.items() if holds]


def _remarks(judgement: Judgement, speakers: Mapping[int, Speaker]) -> tuple[Remark, ...]:
    """Strengths and improvements on lines that are there, in the order of the lines."""
    remarks = [
        Remark(
            judged.sequence,
            judged.category,
            _clean(judged.what),
            _clean(judged.why),
            _clean(judged.say_instead) if isinstance(judged, ImprovementJudgement) else None,
        )
        for judged in [*judgement.strengths, *judgement.improvements]
        if judged.sequence in speakers and _clean(judged.what)
    ]
    return tuple(sorted(remarks, key=lambda remark: remark.sequence))


def _sentences(remarks: Sequence[StrengthJudgement], speakers: Mapping[int, Speaker]) -> tuple[str, ...]:
    """The remarks as the lists of strengths and improvements hold them."""
    return tuple(
        f"line {each.sequence}: {text}" for each in remarks if each.sequence in speakers and (text := _clean(each.what))
    )


def _clean(text: str) -> str:
    """A model's own words on one line, not endless, without the one character PostgreSQL cannot hold."""
    return " ".join(text.replace("\0", "\ufffd").split())[:LONGEST_REASON]
