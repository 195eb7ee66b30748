"""Finding a judgement in a model's text."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from grading.model.judgement import LONGEST_ANSWER, Judgement, read_judgement
from standins.openai_judge import GivenTranscript, judge

GIVEN = GivenTranscript("m", [{"sequence": 1, "speaker": "rep", "text": "Good evening."}])


def written(score: int = 60) -> str:
    return json.dumps(judge(GIVEN, score))


def score(text: str) -> int:
    return read_judgement(text).category("closing").score


@pytest.mark.parametrize("value", ["true", '"60"', "60.5", "null", "101", "-1", "NaN"])
def test_a_value_of_another_type_or_range_is_not_a_score(value: str) -> None:
    assert score(written()) == 60
    with pytest.raises(ValidationError):
        read_judgement(written().replace('"score": 60', f'"score": {value}'))


@pytest.mark.parametrize(
    "text",
    [
        "{0}",
        "```json\n{0}\n```",
        "Here it is: {0} I hope {{that}} helps.",
        "<think>I will write {1} or {{no}}</think>{0}",
        "<think>{{</think> {0} }}",
        '{{"answer": {0}}}',
        '{1}\n{0}\n{{"mark": "m"}}',
    ],
)
def test_the_last_whole_object_that_fits_is_taken(text: str) -> None:
    assert score(text.format(written(60), written(10))) == 60


@pytest.mark.parametrize(
    "text", ["", "Well said.", "{", written()[:-1], "[1]", '{"a": 1}', "{" * 100_000, '{"a":' * 50_000]
)
def test_a_text_without_a_judgement_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_judgement(text)


def test_an_endless_text_before_the_judgement_does_not_matter() -> None:
    assert score("so {x} " * LONGEST_ANSWER + written()) == 60


@pytest.mark.parametrize("name", ["strengths", "improvements"])
def test_a_remark_names_a_category_of_the_rubric(name: str) -> None:
    answer: dict[str, Any] = judge(GIVEN)
    answer[name][0]["category"] = "humour"
    with pytest.raises(ValidationError):
        read_judgement(json.dumps(answer))


def test_facts_come_before_scores_and_reasons_before_their_score() -> None:
    schema = Judgement.model_json_schema()
    assert list(schema["properties"])[:3] == ["mark", "facts", "categories"]
    assert list(schema["$defs"]["CategoryJudgement"]["properties"]) == ["quotes", "reason", "score"]
