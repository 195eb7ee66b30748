"""Servers that speak most of OpenAI's API, as they are in the field."""

import time
from typing import Any

import pytest
from asking import KEY, USER, Asking, classes

from config import GraderSettings
from grading.model.grader import ModelGrader
from grading.transcript import Line
from standins.openai import RETRY_AFTER, ModelCall

Lines = tuple[Line, ...]


def test_an_older_chat_server_is_asked_in_words_it_knows(asking: Asking, lines: Lines) -> None:
    asking.openai.play("fenced", plain_only=400)

    def two_in_turn(grader: ModelGrader) -> list[Any]:
        async def turns() -> list[Any]:
            return [await grader.grade(lines, USER), await grader.grade(lines, USER)]

        return [turns()]

    [[first, second]] = asking.together(two_in_turn, openai_api="chat")
    assert classes(first) == classes(second) == ["bad_request", None]
    assert [call.behaviour for call in asking.openai.calls] == ["status_400", "fenced"] * 2
    assert "CategoryJudgement" in asking.openai.calls[-1].body["messages"][0]["content"]


def test_one_odd_refusal_takes_nothing_from_the_calls_to_come(asking: Asking, lines: Lines) -> None:
    asking.openai.play("bad_request", "well")

    def two_in_turn(grader: ModelGrader) -> list[Any]:
        async def turns() -> list[Any]:
            return [await grader.grade(lines, USER), await grader.grade(lines, USER)]

        return [turns()]

    asking.together(two_in_turn, openai_api="chat")
    assert ["store" in call.body for call in asking.openai.calls] == [True, False, True]


@pytest.mark.parametrize("status", [500, 501])
def test_a_chat_server_that_fails_at_the_schema_is_asked_once_more_without_it(
    asking: Asking, lines: Lines, status: int
) -> None:
    asking.openai.play("well", plain_only=status)
    assert classes(asking.grade(lines, openai_api="chat", grader_deadline_seconds=10)) == ["unavailable", None]
    assert ["response_format" in call.body for call in asking.openai.calls] == [True, False]


def test_a_chat_server_that_is_down_is_asked_twice_and_no_more(asking: Asking, lines: Lines) -> None:
    asking.openai.play("error_500")
    asking.grade(lines, openai_api="chat", grader_deadline_seconds=10)
    assert len(asking.openai.calls) == 2


def test_a_plain_server_is_asked_plainly_at_once(asking: Asking, lines: Lines) -> None:
    asking.openai.play("think", plain_only=500)
    assert classes(asking.grade(lines, openai_api="plain")) == [None]
    [call] = asking.openai.calls
    assert set(call.body) == {"model", "messages", "max_tokens"}


@pytest.mark.parametrize(("api", "parameter"), [("responses", "reasoning"), ("chat", "reasoning_effort")])
def test_a_model_that_refuses_a_parameter_is_asked_without_it(
    asking: Asking, lines: Lines, api: str, parameter: str
) -> None:
    asking.openai.play("well", refuses=[parameter])
    assert classes(asking.grade(lines, openai_api=api)) == ["bad_request", None]
    first, second = (set(call.body) for call in asking.openai.calls)
    assert parameter in first - second
    assert api == "chat" or first - second == {parameter}, "store and the shape stay"


@pytest.mark.parametrize("behaviour", ["think", "parts"])
def test_an_answer_among_thoughts_or_in_parts_is_read(asking: Asking, lines: Lines, behaviour: str) -> None:
    asking.openai.play(behaviour)
    [attempt] = asking.grade(lines, openai_api="chat")
    assert (attempt["outcome"], attempt["scores"]["rapport"]) == ("accepted", 46)


def test_an_error_inside_a_success_opens_the_breaker(asking: Asking, lines: Lines) -> None:
    asking.openai.play("failed_inside")

    def in_turn(grader: ModelGrader) -> list[Any]:
        async def turns() -> bool:
            for _ in range(5):
                await grader.grade(lines, USER)
            return grader.down

        return [turns()]

    assert asking.together(in_turn, openai_api="chat") == [True]


def test_the_wait_that_an_error_inside_a_success_names_is_kept(asking: Asking, lines: Lines) -> None:
    asking.openai.play("rate_limited_inside", "well")
    started = time.monotonic()
    assert classes(asking.grade(lines, openai_api="chat", grader_deadline_seconds=10)) == ["rate_limited", None]
    assert time.monotonic() - started >= float(RETRY_AFTER)


class TestAddress:
    """Base URLs with a query."""

    def ask(self, asking: Asking, lines: Lines, path: str, **changes: Any) -> ModelCall:
        url = asking.openai.url.removesuffix("/v1") + path
        env = {"SUPABASE_URL": "http://s", "SUPABASE_PUBLISHABLE_KEY": "p", "SUPABASE_SECRET_KEY": "s"}
        read = GraderSettings.from_env({**env, "GRADER_SECRET": "g", "OPENAI_BASE_URL": url})
        about = {"openai_base_url": read.openai_base_url, "openai_query": read.openai_query, **changes}
        [attempt] = asking.grade(lines, **about)
        assert attempt["outcome"] == "accepted"
        [call] = asking.openai.calls
        return call

    def test_azures_is_joined_before_its_version_and_gets_azures_key(self, asking: Asking, lines: Lines) -> None:
        path = "/openai/deployments/gpt-6-luna"
        call = self.ask(asking, lines, f"{path}?api-version=2024-10-21", openai_api="chat")
        assert call.path == f"{path}/chat/completions?api-version=2024-10-21"
        assert call.headers["api-key"] == KEY
        assert "authorization" not in call.headers

    def test_any_other_query_goes_with_each_call(self, asking: Asking, lines: Lines) -> None:
        call = self.ask(asking, lines, "/v1/?tenant=a%20b&flag=1")
        assert call.path == "/v1/responses?tenant=a+b&flag=1"
        assert call.headers["authorization"] == f"Bearer {KEY}"
