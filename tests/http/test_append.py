"""PATCH /api/training-sessions/{id}"""

from typing import Any, ClassVar

import pytest

from endpoint_cases import SessionEndpointCases
from support import User, assert_error, line


class TestAppend(SessionEndpointCases):
    method, path, allow = "PATCH", "/{id}", "GET, PATCH, DELETE, HEAD, OPTIONS"
    body: ClassVar[Any] = {"transcript_line": line(1)}

    def test_works(self, user: User) -> None:
        session_id = user.start()
        response = self.request(user, session_id)
        assert response.status_code == 200
        assert response.json() == {
            "id": session_id,
            "line_count": 1,
            "last_sequence": 1,
            "duplicates": 0,
            "missing": [],
        }
        [stored] = user.get(session_id)["transcript"]
        assert (stored["sequence"], stored["speaker"], stored["text"]) == (1, "user", "Hello")
        assert stored["timestamp"].endswith("Z")

    def test_a_retry_is_counted_and_changes_nothing(self, user: User) -> None:
        session_id = user.start()
        self.request(user, session_id)
        before = user.get(session_id)
        assert self.request(user, session_id).json()["duplicates"] == 1
        assert user.get(session_id) == before

    def test_other_words_under_the_same_sequence_conflict(self, user: User) -> None:
        session_id = user.start()
        user.say(session_id, line(1, "These"))
        response = user.call("PATCH", f"/{session_id}", {"transcript_lines": [line(2, "New"), line(1, "Others")]})
        assert_error(response, 409, "line_conflict")
        assert [each["text"] for each in user.get(session_id)["transcript"]] == ["These"]

    def test_lines_is_accepted_as_the_sql_functions_call_them(self, user: User) -> None:
        session_id = user.start()
        assert user.call("PATCH", f"/{session_id}", {"lines": [line(1), line(2)]}).json()["line_count"] == 2
        bad = user.call("PATCH", f"/{session_id}", {"lines": [line(3), line(4, "")]})
        error = assert_error(bad, 422, "invalid_field", "lines[1].text")
        assert error["message"].startswith("lines[1].text ")
        both = user.call("PATCH", f"/{session_id}", {"lines": [line(3)], "transcript_lines": [line(4)]})
        assert_error(both, 422, "invalid_field", "transcript_line")

    def test_gaps_are_reported_and_filled_in_place(self, user: User) -> None:
        session_id = user.start()
        assert user.say(session_id, line(4, "four"), line(2, "two"))["missing"] == [1, 3]
        assert user.say(session_id, line(3, "three"), line(1, "one"))["missing"] == []
        assert [each["text"] for each in user.get(session_id)["transcript"]] == ["one", "two", "three", "four"]

    def test_an_interrupted_agent_line_is_corrected(self, user: User) -> None:
        session_id = user.start()
        user.say(session_id, line(1, "I was about to say a long", "agent"))
        user.say(session_id, line(1, "I was about", "agent", correction=True))
        assert [each["text"] for each in user.get(session_id)["transcript"]] == ["I was about"]

    def test_a_line_and_its_correction_in_one_request_may_be_sent_again(self, user: User) -> None:
        session_id = user.start()
        lines = [
            line(1, "Hi"),
            line(2, "I was about to say a long", "agent"),
            line(3, "Wait"),
            line(2, "I was", "agent", correction=True),
        ]
        assert user.say(session_id, *lines)["duplicates"] == 0
        assert user.say(session_id, *lines)["duplicates"] == 3
        assert [each["text"] for each in user.get(session_id)["transcript"]] == ["Hi", "I was", "Wait"]

    @pytest.mark.parametrize("field", ["speaker", "text", "timestamp", "sequence", "correction"])
    @pytest.mark.parametrize("value", ["us\0er", ["\0"], {"a": 1}])
    def test_a_nul_character_is_refused_before_the_database_can_log_the_words(
        self, user: User, field: str, value: Any
    ) -> None:
        bad = {**line(1), field: value}
        response = user.call("PATCH", f"/{user.start()}", {"transcript_lines": [line(), bad]})
        assert_error(response, 422, "invalid_field", f"transcript_lines[1].{field}")

    def test_a_new_line_after_the_end_is_409_and_a_retry_of_a_stored_one_succeeds(self, user: User) -> None:
        session_id = user.start()
        user.say(session_id, line(1))
        user.end(session_id)
        for late in (line(2), line(None), line(1, "Others")):
            assert_error(user.call("PATCH", f"/{session_id}", {"transcript_line": late}), 409, "session_not_active")
        assert user.say(session_id, line(1))["duplicates"] == 1

    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            ({"text": "Hi"}, "speaker"),
            ({"speaker": "narrator", "text": "Hi"}, "speaker"),
            ({"speaker": 1, "text": "Hi"}, "speaker"),
            ({"speaker": "user"}, "text"),
            ({"speaker": "user", "text": ""}, "text"),
            ({"speaker": "user", "text": " \n\t"}, "text"),
            ({"speaker": "user", "text": 5}, "text"),
            ({"speaker": "user", "text": "x" * 4001}, "text"),
            ({"speaker": "user", "text": "nul \0"}, "text"),
            (line(0), "sequence"),
            (line(-1), "sequence"),
            (line(2001), "sequence"),
            (line(1.5), "sequence"),  # type: ignore[arg-type]
            (line("1"), "sequence"),  # type: ignore[arg-type]
            (line(True), "sequence"),
            (line(1, timestamp="yesterday"), "timestamp"),
            (line(1, timestamp="now"), "timestamp"),
            (line(1, timestamp="2026-02-30T10:00:00Z"), "timestamp"),
            (line(1, timestamp=1732270000), "timestamp"),
            (line(1, correction="yes", speaker="agent"), "correction"),
            (line(1, correction=True), "correction"),
            (line(None, correction=True, speaker="agent"), "correction"),
        ],
    )
    def test_a_bad_line_names_its_field_and_stores_nothing(self, user: User, bad: Any, field: str) -> None:
        session_id = user.start()
        one = user.call("PATCH", f"/{session_id}", {"transcript_line": bad})
        assert_error(one, 422, "invalid_field", f"transcript_line.{field}")
        many = user.call("PATCH", f"/{session_id}", {"transcript_lines": [line(1), bad]})
        assert_error(many, 422, "invalid_field", f"transcript_lines[1].{field}")
        assert user.get(session_id)["transcript"] == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "transcript_line"),
            ({"transcript_line": line(1), "transcript_lines": [line(2)]}, "transcript_line"),
            ({"transcript_line": "Hello"}, "transcript_line"),
            ({"transcript_line": None}, "transcript_line"),
            ({"transcript_line": [line(1)]}, "transcript_line"),
            ({"transcript_lines": line(1)}, "transcript_lines"),
            ({"transcript_lines": []}, "transcript_lines"),
            ({"transcript_lines": [line(n + 1) for n in range(101)]}, "transcript_lines"),
            ({"transcript_lines": ["Hello"]}, "transcript_lines[0]"),
            ({"transcript_lines": [None]}, "transcript_lines[0]"),
            ({"transcript": []}, "transcript"),
            ({"transcript_line": line(1), "overall_score": 100}, "overall_score"),
            ({"transcript_line": line(1), "status": "completed"}, "status"),
        ],
    )
    def test_a_bad_body_names_the_field(self, user: User, body: Any, field: str) -> None:
        session_id = user.start()
        assert_error(user.call("PATCH", f"/{session_id}", body), 422, "invalid_field", field)
        assert user.get(session_id)["transcript"] == []

    def test_up_to_the_limits_lines_are_kept_whole(self, user: User) -> None:
        session_id = user.start()
        words = "🐜" * 3999 + "."
        user.say(session_id, line(1, words))
        user.say(session_id, *[line(n + 2, "x") for n in range(100)])
        transcript = user.get(session_id)["transcript"]
        assert transcript[0]["text"] == words
        assert len(transcript) == 101

    def test_a_session_holds_two_thousand_lines_and_no_more(self, user: User) -> None:
        session_id = user.start()
        for start in range(1, 2001, 100):
            user.say(session_id, *[line(start + n, f"line {start + n}") for n in range(100)])
        response = user.call("PATCH", f"/{session_id}", {"transcript_line": line(None, "one more")})
        assert_error(response, 422, "transcript_full")
        assert user.get(session_id)["line_count"] == 2000
