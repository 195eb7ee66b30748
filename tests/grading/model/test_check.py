"""Holding a judgement against the talk it was made on."""

from typing import Any

import pytest
from pydantic import ValidationError

from grading.model.check import check
from grading.model.judgement import Judgement, read_judgement
from grading.rubric import CATEGORIES, RUBRIC
from grading.transcript import Line

TALK = (
    Line(1, "user", "Good evening, I am Sam from Hillside Solar."),
    Line(2, "agent", "We pay about $240 a month for power."),
    Line(3, "user", "The system is $18,500 in all, shall we sign?"),
    Line(4, "agent", "Eighteen thousand five hundred, all right, let us do it."),
)


def judgement(**changes: Any) -> Judgement:
    quote = {"sequence": 1, "quote": "I am Sam from Hillside Solar"}
    categories = {name: {"quotes": [quote], "reason": "Because.", "score": 60} for name in CATEGORIES}
    remark = {"sequence": 1, "remark": "A clear start."}
    return Judgement.model_validate(
        {
            "mark": "m",
            "categories": categories | changes.pop("categories", {}),
            "outcome": "closed",
            "stated_amount": None,
            "strengths": [remark],
            "improvements": [remark],
        }
        | changes
    )


def earned(amount: float, sequence: int, quote: str) -> float:
    stated = {"amount": amount, "sequence": sequence, "quote": quote}
    grade = check(judgement(stated_amount=stated), TALK, "m", RUBRIC).grade
    assert grade is not None
    return grade.virtual_earnings


@pytest.mark.parametrize(
    ("amount", "sequence", "quote", "earnings"),
    [
        (18_500, 3, "The system is $18,500 in all", 500),
        (18_500, 4, "Eighteen thousand five hundred, all right", 500),
        (2_400, 2, "We pay about $240 a month", 50),
        (240, 2, "about $240 a month", 50),
        (18_500, 4, "let us do it", 50),
        (18_500, 3, "The system is $99,000 in all", 50),
        (float(10**300), 3, "The system is $18,500 in all", 50),
    ],
    ids=["figures", "words", "another figure", "small", "no number", "invented", "endless"],
)
def test_an_amount_counts_only_as_the_talk_states_it(amount: float, sequence: int, quote: str, earnings: float) -> None:
    assert earned(amount, sequence, quote) == earnings


def test_a_category_without_a_standing_quote_refuses_the_whole_judgement() -> None:
    invented = {"quotes": [{"sequence": 3, "quote": "you will love the panels"}], "reason": "r", "score": 90}
    checked = check(judgement(categories={"closing": invented}), TALK, "m", RUBRIC)
    assert checked.grade is None
    assert [quote.quote for quote in checked.false_quotes] == ["you will love the panels"]


def test_a_judgement_with_another_mark_is_refused_although_its_quotes_stand() -> None:
    assert check(judgement(mark="n"), TALK, "m", RUBRIC).grade is None


def test_a_quote_on_the_wrong_line_is_put_right() -> None:
    moved = {"quotes": [{"sequence": 1, "quote": "THE SYSTEM IS  $18,500"}], "reason": "r", "score": 90}
    grade = check(judgement(categories={"closing": moved}), TALK, "m", RUBRIC).grade
    assert grade is not None
    [quote] = grade.categories["closing"].quotes
    assert (quote.sequence, quote.quote) == (3, "The system is $18,500")


def test_the_same_quote_twice_stands_once() -> None:
    quote = {"sequence": 1, "quote": "Good evening"}
    twice = {"quotes": [quote, quote], "reason": "r", "score": 90}
    grade = check(judgement(categories={"rapport": twice}), TALK, "m", RUBRIC).grade
    assert grade is not None
    assert len(grade.categories["rapport"].quotes) == 1


@pytest.mark.parametrize("score", ["true", '"60"', "60.5", "null", "101", "-1"])
def test_what_is_no_number_of_points_is_no_score(score: str) -> None:
    answer = judgement().model_dump_json()
    assert read_judgement(answer).category("closing").score == 60
    with pytest.raises(ValidationError):
        read_judgement(answer.replace('"score":60', f'"score":{score}', 1))
