"""The rubric is versioned data: each change has a new version."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from grading.grade import CategoryGrade, Grade
from grading.rubric import CATEGORIES, RUBRIC, content_hash

VERSIONS: dict[str, str] = json.loads((Path(__file__).parent / "rubric_versions.json").read_text(encoding="utf-8"))


def test_changing_the_rubric_changes_its_version() -> None:
    assert VERSIONS.get(RUBRIC.version) == content_hash(RUBRIC.data), (
        f"functions/grading/rubric.json differs from what version {RUBRIC.version} was. Grades name their version, so "
        f"give it a new one and add it to tests/grading/rubric_versions.json: {content_hash(RUBRIC.data)}"
    )


def test_no_two_versions_are_the_same_rubric() -> None:
    assert len(set(VERSIONS.values())) == len(VERSIONS)


@pytest.mark.parametrize("path", [("categories", 0, "anchors", "50"), ("earnings", "model", "rule")])
def test_the_content_hash_sees_every_word(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(RUBRIC.data)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] += "."
    assert content_hash(changed) != content_hash(RUBRIC.data)


def test_the_content_hash_is_of_the_content_alone() -> None:
    turned = dict(reversed(RUBRIC.data.items())) | {"version": "other"}
    assert content_hash(turned) == content_hash(RUBRIC.data)


def test_there_are_four_categories_each_with_its_anchors() -> None:
    assert CATEGORIES == ("rapport", "discovery", "objection_handling", "closing")
    for category in RUBRIC.categories:
        assert [score for score, _ in category.anchors] == [0, 25, 50, 75, 100]
        assert category.counts
        assert category.does_not_count
        assert all(text for _, text in category.anchors)
        examples = [example.score for example in category.examples]
        assert 2 <= len(examples) <= 3
        assert examples == sorted(examples)
        assert examples[-1] - examples[0] > 50, "examples span the range"
        assert RUBRIC.category(category.name) is category


@pytest.mark.parametrize(
    ("outcome", "amount", "earned"),
    [
        ("closed", 1200.0, 120.0),
        ("closed", 1234.56, 123.46),
        ("closed", 49.0, 50.0),
        ("closed", 90_000.0, 500.0),
        ("closed", None, 50.0),
        ("closed", 0.0, 50.0),
        ("closed", -800.0, 50.0),
        ("closed", float("nan"), 50.0),
        ("closed", float("inf"), 50.0),
        ("appointment", None, 25.0),
        ("appointment", 1200.0, 25.0),
        ("none", None, 0.0),
        ("none", 1200.0, 0.0),
    ],
)
def test_a_model_graded_session_earns_by_outcome_and_amount(outcome: Any, amount: float | None, earned: float) -> None:
    assert RUBRIC.earnings.for_outcome(outcome, amount) == earned


def test_the_heuristic_earns_by_the_attempt() -> None:
    assert (RUBRIC.earnings.for_attempt(True), RUBRIC.earnings.for_attempt(False)) == (50, 0)


@pytest.mark.parametrize("score", [-1, 101])
def test_no_score_lies_out_of_range(score: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        CategoryGrade(score, "because")


def test_a_grade_covers_every_category() -> None:
    with pytest.raises(ValueError, match="exactly the rubric's categories"):
        Grade({"rapport": CategoryGrade(50, "because")}, (), (), 0, "high", "because")
