"""The grader target over HTTP: who may call it and with what."""

import json
import re
from typing import Any

import httpx
import pytest

from support import Stack, assert_error


def post(stack: Stack, body: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.post(stack.grader_url, content=body, headers=headers, timeout=20)


def authorised(stack: Stack, body: bytes) -> httpx.Response:
    return post(stack, body, **{"X-Grader-Secret": stack.grader_secret, "Content-Type": "application/json"})


@pytest.mark.parametrize("body", [b"", b"{}", b'{"session_id": null}'])
def test_the_schedules_call_is_answered_with_counts(stack: Stack, body: bytes) -> None:
    response = authorised(stack, body)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-store"
    counts = response.json()
    assert set(counts) == {"swept", "claimed", "graded", "unscored", "late", "errors", "more"}
    assert counts["errors"] == 0
    assert counts["more"] is False


def test_the_secret_may_come_as_a_bearer_token(stack: Stack) -> None:
    assert post(stack, Authorization=f"Bearer {stack.grader_secret}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Grader-Secret": ""},
        {"X-Grader-Secret": "wrong"},
        {"X-Grader-Secret": "grader-secret-of-the-test"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic grader-secret-of-the-tests"},
        {"Authorization": "grader-secret-of-the-tests"},
        {"X-Grader-Secret": "s\u00e9cret"},
    ],
)
def test_a_call_without_the_secret_is_refused(stack: Stack, headers: dict[str, str]) -> None:
    response = httpx.post(stack.grader_url, headers=httpx.Headers(headers, encoding="utf-8"))
    assert_error(response, 401, "not_authenticated")
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_users_token_is_not_the_secret(stack: Stack) -> None:
    with stack.new_user() as user:
        assert_error(user.http.post(stack.grader_url), 401, "not_authenticated")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_post_is_for_grading(stack: Stack, method: str) -> None:
    response = httpx.request(method, stack.grader_url, headers={"X-Grader-Secret": stack.grader_secret})
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


def test_a_health_check_needs_no_secret(stack: Stack) -> None:
    response = httpx.get(f"{stack.grader_url}/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    refused = httpx.post(f"{stack.grader_url}/healthz")
    assert_error(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("value", ["12", 1.5, True, 0, -1, 2**63, [1], {}])
def test_a_session_id_is_a_whole_number_from_1(stack: Stack, value: Any) -> None:
    response = authorised(stack, json.dumps({"session_id": value}).encode())
    assert_error(response, 422, "invalid_field", "session_id")


def test_an_unknown_field_is_named(stack: Stack) -> None:
    assert_error(authorised(stack, b'{"session_id": 1, "everything": true}'), 422, "invalid_field", "everything")


@pytest.mark.parametrize("body", [b"[1]", b'"1"', b"null", b"7"])
def test_the_body_is_an_object(stack: Stack, body: bytes) -> None:
    assert_error(authorised(stack, body), 422, "invalid_field", "body")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"session_id=1", b"[" * 4_000])
def test_a_body_that_is_not_json_is_400(stack: Stack, body: bytes) -> None:
    assert_error(authorised(stack, body), 400, "invalid_json")


def test_a_body_is_declared_as_json_and_has_a_limit(stack: Stack) -> None:
    undeclared = post(stack, b"{}", **{"X-Grader-Secret": stack.grader_secret, "Content-Type": "text/plain"})
    assert_error(undeclared, 415, "unsupported_media_type")
    assert_error(authorised(stack, b" " * 300_000), 413, "body_too_large")


def test_the_secret_is_asked_for_before_the_body(stack: Stack) -> None:
    assert_error(post(stack, b"{"), 401, "not_authenticated")


def test_the_request_id_is_the_callers_or_a_new_one_and_stands_in_the_log(stack: Stack) -> None:
    answers = [
        post(stack, b"", **{"X-Grader-Secret": secret, "X-Request-Id": request_id})
        for secret, request_id in (
            (stack.grader_secret, "wake-up_7"),
            ("wrong", "wake-up_8"),
            (stack.grader_secret, "a b"),
        )
    ]
    assert [each.status_code for each in answers] == [200, 401, 200]
    [given, refused, made] = [each.headers["x-request-id"] for each in answers]
    assert (given, refused) == ("wake-up_7", "wake-up_8")
    assert re.fullmatch("[0-9a-f]{32}", made)
    drains = [json.loads(text) for text in stack.log_text().splitlines() if '"drain"' in text]
    assert {given, made} <= {each["request_id"] for each in drains}
