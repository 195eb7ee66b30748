"""When a model is asked again, which of its answers counts, and how sure the grade is."""

import pytest

from grading.grade import CategoryGrade, Grade
from grading.model.looks import middle, needs_another_look, overall, with_confidence
from grading.rubric import CATEGORIES


def grade(*scores: int, confidence: str = "high") -> Grade:
    """A grade with these scores, or with one score four times."""
    four = scores * 4 if len(scores) == 1 else scores
    categories = {name: CategoryGrade(score, "r") for name, score in zip(CATEGORIES, four, strict=True)}
    return Grade(categories, (), (), 0, "low" if confidence == "low" else "high", "As it stands.")


def confidence(grades: list[Grade], heuristic: Grade | None, whole: bool = True) -> tuple[str, str]:
    given = with_confidence(grades, heuristic, whole=whole)
    return given.confidence, given.confidence_reason


def test_the_overall_score_is_rounded_as_the_database_does() -> None:
    assert overall(grade(60, 60, 60, 62)) == 61
    assert overall(grade(60, 60, 61, 61)) == 61
    assert overall(grade(60, 60, 60, 61)) == 60


@pytest.mark.parametrize(("model", "asks"), [(60, False), (61, True), (0, False), (90, True)])
def test_more_than_30_points_between_model_and_heuristic_ask_for_another_look(model: int, asks: bool) -> None:
    assert needs_another_look(grade(model), grade(30)) is asks


@pytest.mark.parametrize("heuristic", [None, grade(5, confidence="low")])
def test_a_heuristic_that_does_not_trust_itself_asks_for_nothing(heuristic: Grade | None) -> None:
    assert not needs_another_look(grade(100), heuristic)
    assert confidence([grade(100)], heuristic) == ("high", "As it stands.")


def test_the_answer_nearest_to_the_median_counts() -> None:
    assert middle([grade(90), grade(10), grade(70)]) == 2
    assert middle([grade(50, 50, 50, 90), grade(50, 50, 50, 50), grade(0, 50, 50, 50)]) == 1
    assert middle([grade(60)]) == 0
    assert middle([grade(90), grade(10)]) == 1, "of two, the lower one"


def test_graders_that_agree_are_sure() -> None:
    assert confidence([grade(50)], grade(40)) == ("high", "The model and the heuristic agree within 10 points.")


def test_answers_that_lie_close_are_sure_although_the_heuristic_differs() -> None:
    answers = [grade(90), grade(80), grade(85)]
    assert confidence(answers, grade(40)) == (
        "high",
        "The model and the heuristic differ by 50 points, but 3 answers of the model lie within 10.",
    )
    assert overall(with_confidence(answers, grade(40), whole=True)) == 85


def test_answers_that_spread_are_not_sure() -> None:
    given, why = confidence([grade(90), grade(50), grade(74)], grade(40))
    assert (given, why.endswith("spread over 40.")) == ("low", True)


def test_a_second_look_that_did_not_come_leaves_a_low_confidence() -> None:
    given, why = confidence([grade(90)], grade(40))
    assert (given, "no second answer in time" in why) == ("low", True)


def test_a_grade_on_part_of_the_lines_is_not_sure() -> None:
    given, why = confidence([grade(50)], grade(50), whole=False)
    assert (given, "too long" in why) == ("low", True)


def test_a_low_confidence_of_the_answer_itself_stays() -> None:
    assert confidence([grade(50, confidence="low")], grade(50)) == ("low", "As it stands.")
