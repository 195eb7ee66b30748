"""Reading what a server sends, also when it sends nonsense."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib._parsing._responses import type_to_text_format_param

from grading.model.errors import ERROR_CLASSES, SENTENCES
from grading.model.judgement import Judgement
from grading.model.replies import read_completion, read_response
from grading.model.server import TEXT_FORMAT, read_retry_after

keys = st.sampled_from(
    ["status", "output", "type", "content", "text", "usage", "input_tokens", "choices", "message", "refusal", "error"]
)
values = st.sampled_from(["message", "output_text", "refusal", "incomplete", "failed", "completed", "stop", "length"])
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | values | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_any_json_is_an_answer_or_a_fault(document: object) -> None:
    for reply in (read_response(document), read_completion(document)):
        assert bool(reply.text) == (reply.fault is None)


def test_only_the_final_answer_of_a_response_is_read() -> None:
    def message(phase: str | None, text: str) -> dict[str, object]:
        return {"type": "message", "phase": phase, "content": [{"type": "output_text", "text": text}]}

    document = {"status": "completed", "output": [message("commentary", "Let me see. "), message("final_answer", "{}")]}
    assert read_response(document).text == "{}"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "cut_off"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "refused"),
        ({"status": "failed", "error": {"code": "rate_limit_exceeded"}}, "rate_limited"),
        ({"status": "failed", "error": {"code": "server_error"}}, "unavailable"),
        ({"status": "completed", "output": []}, "wrong_shape"),
        ("<html>", "wrong_shape"),
        ({"error": {"code": 429}}, "rate_limited"),
        ({"status": "completed", "error": {"code": "503"}, "output": []}, "unavailable"),
    ],
)
def test_a_response_without_an_answer_says_why(document: object, fault: str) -> None:
    assert read_response(document).fault == fault


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        ({"finish_reason": "length", "message": {"content": "{"}}, "cut_off"),
        ({"finish_reason": "content_filter", "message": {"content": ""}}, "refused"),
        ({"finish_reason": "stop", "message": {"content": None, "refusal": "No."}}, "refused"),
        ({"finish_reason": "stop", "message": {"content": None}}, "wrong_shape"),
        ({"finish_reason": "error", "message": {"content": "{}"}}, "unavailable"),
    ],
)
def test_a_completion_without_an_answer_says_why(choice: object, fault: str) -> None:
    assert read_completion({"choices": [choice]}).fault == fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        ({"code": 429, "message": "slow"}, "rate_limited"),
        ({"code": "502"}, "unavailable"),
        ({"code": 401}, "auth"),
        ({"code": 400, "type": "rate_limit"}, "bad_request"),
        ({"status": 503, "code": None}, "unavailable"),
        ({"code": "rate_limit_exceeded"}, "rate_limited"),
        ({"type": "insufficient_quota"}, "rate_limited"),
        ({"status": "RESOURCE_EXHAUSTED"}, "rate_limited"),
        ({"type": "invalid_api_key"}, "auth"),
        ({"code": "content_filter"}, "refused"),
        ({"type": "invalid_request_error"}, "bad_request"),
        ({"type": "overloaded_error"}, "unavailable"),
        ({"message": "rate limit"}, "unavailable"),
        ("Too many requests", "rate_limited"),
        (True, "unavailable"),
    ],
)
@pytest.mark.parametrize("place", ["document", "choice"])
def test_an_error_inside_a_success_counts_as_that_error(error: object, fault: str, place: str) -> None:
    choice = {"message": {"content": "{}"}}
    document = (
        {"choices": [choice], "error": error} if place == "document" else {"choices": [choice | {"error": error}]}
    )
    assert read_completion(document).fault == fault


@pytest.mark.parametrize("nothing", [None, {}, ""])
def test_an_empty_error_is_not_an_error(nothing: object) -> None:
    assert read_completion({"choices": [{"message": {"content": "{}"}}], "error": nothing}).text == "{}"


def test_an_error_object_without_a_wrapping_counts_as_well() -> None:
    assert read_completion({"object": "error", "message": "down", "code": 503}).fault == "unavailable"


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}],
        [{"type": "thinking", "thinking": [{"text": "no"}]}, {"type": "output_text", "text": "{}"}],
        ["{", {"text": "}"}],
    ],
)
def test_a_content_in_parts_is_put_together_without_the_thinking(content: object) -> None:
    assert read_completion({"choices": [{"message": {"content": content}}]}).text == "{}"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("gpt-6-luna-2026-10-01", "gpt-6-luna-2026-10-01"),
        ("org/m:free@1", "org/m:free@1"),
        ("a b\n{c}", "abc"),
        (7, None),
    ],
)
def test_the_name_of_the_model_that_answered_is_read(given: object, kept: str | None) -> None:
    assert read_completion({"model": given}).model == read_response({"model": given}).model == kept
    assert read_completion({"model": "x" * 1_000}).model == "x" * 100


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": format_datetime(datetime.now(UTC) - timedelta(hours=1))}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_the_time_to_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds


def test_a_date_to_wait_for_becomes_seconds() -> None:
    seconds = read_retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(minutes=1))})
    assert seconds == pytest.approx(60, abs=2)


def test_the_shape_that_is_asked_for_is_the_one_the_sdk_would_make() -> None:
    assert type_to_text_format_param(Judgement) == TEXT_FORMAT["format"]


def test_every_fault_has_its_sentence() -> None:
    assert set(SENTENCES) == set(ERROR_CLASSES)
