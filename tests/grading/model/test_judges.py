"""Judges of every kind: good, lazy, generous, harsh, noisy, inventing, of another transcript, and swapped."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from asking import CANARY, DEADLINE, USER, Asking, broken, classes

from grading.transcript import Line, read_transcript

Lines = tuple[Line, ...]


def test_the_heuristic_agrees_with_the_good_judge(asking: Asking, lines: Lines) -> None:
    [attempt] = asking.grade(lines)
    assert attempt["confidence"] == "high"
    assert attempt["confidence_reason"].startswith("The model and the heuristic agree within")
    assert len(asking.openai.calls) == 1


def test_a_generous_one_is_asked_three_times_and_the_middle_answer_counts(
    asking: Asking, lines: Lines, api: str
) -> None:
    asking.openai.play("generous_once")
    attempts = asking.grade(lines, openai_api=api, grader_deadline_seconds=10)
    assert [attempt["outcome"] for attempt in attempts] == ["not_used", "not_used", "accepted"]
    assert [attempt["scores"]["closing"] for attempt in attempts] == [95, 88, 88]
    assert all(attempt["tokens_out"] > 0 and attempt["request_id"] for attempt in attempts)
    assert attempts[-1]["confidence"] == "high"
    assert "3 answers of the model lie within 7." in attempts[-1]["confidence_reason"]
    first, second, third = (call.body for call in asking.openai.calls)
    for body in (first, second, third):
        body.pop("seed", None), body.pop("temperature", None)
    assert first == second == third, "the same prompt, so that the provider's cache serves it"


def test_a_noisy_one_has_low_confidence(asking: Asking, lines: Lines) -> None:
    asking.openai.play("noisy", containing={})
    [alone] = asking.grade(lines)
    asking.openai.play("generous", "noisy")
    attempts = asking.grade(lines, grader_deadline_seconds=10)
    assert len(attempts) == 3
    assert (alone["confidence"], attempts[-1]["confidence"]) == ("high", "low")
    assert "spread over" in attempts[-1]["confidence_reason"]


def test_a_harsh_one_is_asked_again_too(asking: Asking, lines: Lines) -> None:
    asking.openai.play("harsh")
    assert len(asking.grade(lines, grader_deadline_seconds=10)) == 3


@pytest.mark.parametrize("judge", ["lazy", "no_rep_quote", "no_close"])
def test_one_that_gives_points_without_evidence_is_corrected_once(asking: Asking, lines: Lines, judge: str) -> None:
    asking.openai.play(judge, "well")
    assert classes(asking.grade(lines)) == ["unfounded", None]
    told = json.dumps(asking.openai.calls[1].body["input"])
    assert "gives points for which it names no line of the rep" in told


def test_one_of_another_transcript_is_told_so(asking: Asking, lines: Lines) -> None:
    asking.openai.play("other_mark", "well")
    assert classes(asking.grade(lines)) == ["wrong_mark", None]


def test_one_that_says_that_nothing_happened_needs_no_quotes(asking: Asking) -> None:
    short = read_transcript([{"speaker": "user", "text": "Hello."}, {"speaker": "agent", "text": "Not now."}])
    asking.openai.play("nothing_happened")
    [attempt] = asking.grade(short)
    assert set(attempt["scores"].values()) == {20}
    assert all(category["quotes"] == [] for category in attempt["evidence"].values())


def test_one_that_counts_what_is_not_there_has_low_confidence(asking: Asking, lines: Lines) -> None:
    asking.openai.play("false_facts")
    [attempt] = asking.grade(lines)
    assert attempt["confidence"] == "low"
    assert attempt["facts"]["questions"] == {"1": 1, "3": 1, "5": 1}


def test_an_excellent_transcript_needs_no_improvement(asking: Asking, lines: Lines) -> None:
    asking.openai.play("excellent")
    [attempt] = asking.grade(lines)
    assert (attempt["feedback_improvements"], len(attempt["remarks"])) == ([], 1)


def test_further_answers_that_fail_leave_the_first(asking: Asking, lines: Lines) -> None:
    asking.openai.play("generous", "refuse", "error_500")
    attempts = asking.grade(lines, grader_deadline_seconds=10)
    assert sorted(classes(attempts)[:2], key=str) == ["refused", "unavailable"]
    assert (attempts[-1]["outcome"], attempts[-1]["confidence"]) == ("accepted", "low")


def test_further_answers_that_take_too_long_leave_the_first_by_the_deadline(asking: Asking, lines: Lines) -> None:
    asking.openai.play("generous", "hang")
    started = time.monotonic()
    attempts = asking.grade(lines)
    assert time.monotonic() - started < DEADLINE + 0.5
    assert classes(attempts) == ["timeout", "timeout", None]
    assert "no second answer in time" in attempts[-1]["confidence_reason"]


def test_the_heuristic_begins_before_the_model_has_answered(asking: Asking, lines: Lines) -> None:
    begun: list[str] = []

    async def run(work: Callable[..., Any], *arguments: Any) -> Any:
        begun.append(work.__name__)
        return await asyncio.to_thread(work, *arguments)

    asking.together(lambda grader: [grader.grade(lines, USER, run=run)])
    assert begun == ["fit", "_by_heuristic", "_read"]


def test_a_heuristic_that_fails_costs_the_comparison_alone(
    asking: Asking, lines: Lines, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("grading.model.grader.heuristic.grade", broken)
    asking.openai.play("generous")
    [attempt] = asking.grade(lines)
    assert (attempt["outcome"], attempt["confidence"]) == ("accepted", "high")
    told = capfd.readouterr().out
    assert "RuntimeError" in told
    assert CANARY not in told


class TestModelName:
    def test_the_name_that_the_server_returned_is_kept(self, asking: Asking, lines: Lines, api: str) -> None:
        asking.openai.play("dated")
        [attempt] = asking.grade(lines, openai_api=api)
        assert attempt["model"] == "gpt-6-luna-2026-10-01"

    def test_a_silent_swap_is_in_the_history_and_once_in_the_log(
        self, asking: Asking, lines: Lines, capfd: pytest.CaptureFixture[str]
    ) -> None:
        asking.openai.play("swapped")
        both = asking.together(lambda grader: [grader.grade(lines, USER) for _ in range(2)])
        assert [attempt["model"] for [attempt] in both] == ["gpt-6-tiny-2026-11-01"] * 2
        told = [json.loads(row) for row in capfd.readouterr().out.splitlines()]
        assert [(row["asked"], row["answered"]) for row in told] == [("gpt-6-luna", "gpt-6-tiny-2026-11-01")]
