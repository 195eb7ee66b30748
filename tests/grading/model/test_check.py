"""Holding a judgement against the transcript it was made on."""

from typing import Any

import pytest

from grading.grade import Facts, Grade, Remark
from grading.model.check import Checked, check
from grading.model.judgement import Judgement
from grading.rubric import CATEGORIES, RUBRIC
from grading.transcript import Line

LINES = (
    Line(1, "user", "Good evening, I am Sam from Hillside Solar."),
    Line(2, "agent", "We pay about $240 a month for power, and solar is too expensive."),
    Line(3, "user", "The system is $18,500 in all, shall we sign?"),
    Line(4, "agent", "Eighteen thousand five hundred, all right, let us do it."),
)
OWN, OTHERS = (
    {"sequence": 1, "quote": "I am Sam from Hillside Solar"},
    {"sequence": 2, "quote": "solar is too expensive"},
)
FACTS: dict[str, Any] = {
    "questions": [3],
    "objections": [{"sequence": 2, "answered_by": 3}],
    "closing_attempts": [3],
}


def category(score: int, *quotes: dict[str, Any]) -> dict[str, Any]:
    return {"quotes": list(quotes), "reason": "Because.", "score": score}


def judgement(facts: dict[str, Any] | None = None, **changes: Any) -> Judgement:
    """A judgement that the lines support, with changes; `categories` may change some of them."""
    categories = {name: category(60, OWN) for name in CATEGORIES}
    categories["objection_handling"] = category(60, OWN, OTHERS)
    remark = {"sequence": 1, "category": "rapport", "what": "A clear start.", "why": "It is polite."}
    return Judgement.model_validate(
        {
            "mark": "m",
            "facts": FACTS | (facts or {}),
            "categories": categories | changes.pop("categories", {}),
            "outcome": "closed",
            "stated_amount": None,
            "strengths": [remark],
            "improvements": [remark | {"say_instead": "May I?"}],
        }
        | changes
    )


def checked(facts: dict[str, Any] | None = None, **changes: Any) -> Checked:
    return check(judgement(facts, **changes), LINES, "m", RUBRIC)


def graded(facts: dict[str, Any] | None = None, **changes: Any) -> Grade:
    grade = checked(facts, **changes).grade
    assert grade is not None
    return grade


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
def test_an_amount_counts_only_as_a_line_states_it(amount: float, sequence: int, quote: str, earnings: float) -> None:
    stated = {"amount": amount, "sequence": sequence, "quote": quote}
    assert graded(stated_amount=stated).virtual_earnings == earnings


class TestEvidence:
    def test_a_category_whose_quotes_are_all_false_refuses_the_whole_judgement(self) -> None:
        invented = category(90, {"sequence": 3, "quote": "you will love the panels"})
        refused = checked(categories={"closing": invented})
        assert (refused.grade, refused.fault) == (None, "invented_quotes")
        assert [quote.quote for quote in refused.false_quotes] == ["you will love the panels"]

    def test_a_low_score_with_a_false_quote_alone_is_refused_as_well(self) -> None:
        invented = category(5, {"sequence": 3, "quote": "you will love the panels"})
        assert checked(categories={"closing": invented}).fault == "invented_quotes"

    @pytest.mark.parametrize("name", CATEGORIES)
    def test_a_score_for_what_did_not_happen_needs_no_quote(self, name: str) -> None:
        nothing: dict[str, Any] = {"questions": [], "objections": [], "closing_attempts": []}
        low = {each: category(25) for each in CATEGORIES}
        assert graded(nothing, categories=low).categories[name].score == 25
        assert checked(nothing, categories=low | {name: category(26)}).unfounded == (name,)

    @pytest.mark.parametrize("name", CATEGORIES)
    def test_a_score_above_it_needs_a_quote_of_the_rep(self, name: str) -> None:
        refused = checked(categories={name: category(60, OTHERS)})
        assert (refused.fault, refused.unfounded) == ("unfounded", (name,))

    def test_an_objection_score_above_it_needs_a_quote_of_each_side(self) -> None:
        assert checked(categories={"objection_handling": category(60, OWN)}).unfounded == ("objection_handling",)

    def test_an_objection_score_above_it_needs_an_answered_objection(self) -> None:
        facts = {"objections": [{"sequence": 2, "answered_by": None}]}
        assert checked(facts).unfounded == ("objection_handling",)

    def test_a_closing_score_above_it_needs_a_closing_attempt(self) -> None:
        assert checked({"closing_attempts": []}).unfounded == ("closing",)

    def test_a_wrong_mark_over_true_quotes_is_a_fault_of_its_own(self) -> None:
        assert checked(mark="n").fault == "wrong_mark"

    def test_a_wrong_mark_over_false_quotes_is_another_transcripts_judgement(self) -> None:
        mixed = category(60, OWN, {"sequence": 9, "quote": "welcome aboard the night train"})
        assert checked(mark="n", categories={"rapport": mixed}).fault == "invented_quotes"

    def test_a_quote_on_the_wrong_line_is_put_right(self) -> None:
        moved = category(90, {"sequence": 1, "quote": "THE SYSTEM IS  $18,500"})
        [quote] = graded(categories={"closing": moved}).categories["closing"].quotes
        assert (quote.sequence, quote.quote) == (3, "The system is $18,500")

    def test_the_same_quote_twice_stands_once(self) -> None:
        assert len(graded(categories={"rapport": category(90, OWN, OWN)}).categories["rapport"].quotes) == 1


class TestFacts:
    def test_they_are_counted_by_line(self) -> None:
        counted = graded({"questions": [3, 1, 3]}).facts
        assert counted == Facts(questions={3: 2, 1: 1}, objections={2: True}, closing=(3,))

    @pytest.mark.parametrize(
        ("false", "kept"),
        [
            ({"questions": [3, 2, 99]}, Facts({3: 1}, {2: True}, (3,))),
            ({"closing_attempts": [3, 4, 99]}, Facts({3: 1}, {2: True}, (3,))),
            (
                {
                    "objections": [
                        *FACTS["objections"],
                        {"sequence": 1, "answered_by": 2},
                        {"sequence": 4, "answered_by": 3},
                    ]
                },
                Facts({3: 1}, {2: True, 4: False}, (3,)),
            ),
        ],
        ids=["questions", "closing attempts", "objections and answers"],
    )
    def test_a_fact_on_a_line_of_the_wrong_speaker_is_left_out_with_a_note(
        self, false: dict[str, Any], kept: Facts
    ) -> None:
        grade = graded(false)
        assert grade.facts == kept
        assert "2 of the model's facts left out: not on a line of that speaker." in grade.notes

    def test_an_answer_before_its_objection_is_not_an_answer(self) -> None:
        facts = graded({"objections": [*FACTS["objections"], {"sequence": 4, "answered_by": 3}]}).facts
        assert facts is not None
        assert facts.objections == {2: True, 4: False}

    def test_many_false_ones_lower_the_confidence(self) -> None:
        assert graded().confidence == "high"
        assert graded({"questions": [3, 99]}).confidence == "high", "one of ten"
        doubtful = graded({"questions": [3, 99, 98, 97]})
        assert doubtful.confidence == "low"
        assert (
            doubtful.confidence_reason == "3 of the 11 quotes and facts that the model named are not in the transcript."
        )


class TestRemarks:
    def test_they_come_in_the_order_of_the_lines_with_words_for_the_next_time(self) -> None:
        late = {"sequence": 3, "category": "closing", "what": "You ask.", "why": "It decides."}
        early = {
            "sequence": 1,
            "category": "rapport",
            "what": "No thanks.",
            "why": "He waited.",
            "say_instead": "Thank you.",
        }
        grade = graded(strengths=[late], improvements=[early])
        assert grade.remarks == (
            Remark(1, "rapport", "No thanks.", "He waited.", "Thank you."),
            Remark(3, "closing", "You ask.", "It decides.", None),
        )
        assert (grade.strengths, grade.improvements) == (("line 3: You ask.",), ("line 1: No thanks.",))

    def test_none_is_forced(self) -> None:
        assert graded(strengths=[], improvements=[]).remarks == ()

    def test_one_on_a_missing_line_or_without_a_word_is_left_out(self) -> None:
        stray = {"sequence": 9, "category": "closing", "what": "You ask.", "why": "It decides."}
        grade = graded(strengths=[stray, stray | {"sequence": 1, "what": " "}], improvements=[])
        assert (grade.remarks, grade.strengths) == ((), ())
        assert "1 of the model's remarks left out: no such line." in grade.notes

    def test_a_models_words_are_kept_short_and_on_one_line(self) -> None:
        endless = {"sequence": 1, "category": "closing", "what": "a\nb\0" + "c" * 2_000, "why": "d" * 2_000}
        [remark] = graded(strengths=[endless], improvements=[]).remarks
        assert remark.what.startswith("a b\ufffdc")
        assert (len(remark.what), len(remark.why)) == (1_000, 1_000)
