"""The parameters that keep a model's answers alike, where it takes them."""

from typing import Any

import pytest

from grading.model.sampling import SEED, sampling

EFFORT = {"reasoning": {"effort": "low"}}


@pytest.mark.parametrize("model", ["gpt-6-luna", "gpt-5-mini", "o4-mini", "openai/gpt-oss-120b", "gpt-10"])
def test_a_reasoning_model_gets_an_effort_and_no_temperature(model: str) -> None:
    assert sampling(model, "responses", "", None, 0) == EFFORT
    assert sampling(model, "chat", "", None, 0) == {"reasoning_effort": "low"}


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-4o-mini", "gpt-5-chat-latest", "llama-3-70b", "my-o1", "qwen/qwen3"])
def test_any_other_model_gets_a_temperature_of_0(model: str) -> None:
    assert sampling(model, "responses", "", None, 0) == {"temperature": 0.0}


def test_chat_completions_take_a_seed_of_its_own_for_each_look() -> None:
    assert sampling("llama", "chat", "", None, 0) == {"temperature": 0.0, "seed": SEED}
    assert sampling("llama", "chat", "", None, 2) == {"temperature": 0.7, "seed": SEED + 2}


@pytest.mark.parametrize(
    ("effort", "temperature", "sent"),
    [
        ("high", None, {"reasoning": {"effort": "high"}}),
        ("", 0.2, {"temperature": 0.2}),
        ("none", 0.0, {"reasoning": {"effort": "none"}, "temperature": 0.0}),
    ],
)
@pytest.mark.parametrize("model", ["gpt-6-luna", "llama"])
def test_a_setting_is_stronger_than_the_name(
    model: str, effort: str, temperature: float | None, sent: dict[str, Any]
) -> None:
    assert sampling(model, "responses", effort, temperature, 0) == sent


def test_a_further_look_is_not_the_same_answer_again() -> None:
    assert sampling("llama", "responses", "", 0.1, 1) == {"temperature": 0.7}
    assert sampling("llama", "responses", "", 0.9, 1) == {"temperature": 0.9}
