"""POST /api/training-sessions/{id}/complete"""

import threading
from typing import Any, ClassVar

import pytest

from endpoint_cases import SessionEndpointCases
from support import Stack, User, assert_error, line


class TestComplete(SessionEndpointCases):
    method, path, allow = "POST", "/{id}/complete", "POST, OPTIONS"
    body: ClassVar[Any] = {"duration_seconds": 60, "transcript_lines": [line(1, "Bye")]}

    def test_works(self, user: User) -> None:
        session_id = user.start()
        response = self.request(user, session_id)
        assert response.status_code == 200
        assert response.json() == {
            "id": session_id,
            "status": "completed",
            "redirect_to": f"/analytics/{session_id}",
            "missing": [],
        }
        session = user.get(session_id)
        assert (session["status"], session["end_reason"], session["duration_seconds"]) == ("completed", "ended", 60)
        assert [each["text"] for each in session["transcript"]] == ["Bye"]

    @pytest.mark.parametrize(
        "lines",
        [
            [line(1, "Bye")],
            [line(None, "Bye")],
            [line(2, "So"), line(None, "Bye")],
            [line(None, "So"), line(3, "Bye")],
            [line(None, "Bye"), line(7, "Bye"), line(None, "Bye"), line(4, "Bye"), line(None, "Bye")],
            [line(2, "I was about to say", "agent"), line(2, "I was", "agent", correction=True), line(3, "Bye")],
        ],
    )
    def test_a_repeated_end_gives_the_same_answer(self, user: User, lines: list[Any]) -> None:
        session_id = user.start()
        user.say(session_id, line(1, "Bye"))
        first = user.end(session_id, transcript_lines=lines)
        before = user.get(session_id)
        assert user.end(session_id, transcript_lines=lines) == first
        assert user.end(session_id) == first
        assert user.end(session_id, duration_seconds=99) == first
        assert user.get(session_id) == before

    def test_a_new_line_after_the_end_is_refused_and_not_swallowed(self, user: User) -> None:
        session_id = user.start()
        user.end(session_id, transcript_lines=[line(1, "Bye")])
        for late in ([line(2, "Wait")], [line(None, "Wait")]):
            response = user.call("POST", f"/{session_id}/complete", {"transcript_lines": late})
            assert_error(response, 409, "session_not_active")

    def test_an_empty_body_will_do(self, user: User) -> None:
        session_id = user.start()
        user.say(session_id, line(1))
        response = user.http.post(f"{user.stack.functions_url}/api/training-sessions/{session_id}/complete")
        assert response.status_code == 200
        assert user.get(session_id)["duration_seconds"] >= 0

    def test_missing_lines_are_reported(self, user: User) -> None:
        session_id = user.start()
        assert user.end(session_id, transcript_lines=[line(1), line(4)])["missing"] == [2, 3]

    @pytest.mark.parametrize("lines", [[], [line(1, "Hello? Anybody there?", "agent")]])
    def test_without_a_word_from_the_rep_it_is_unscored_and_says_why(self, user: User, lines: list[Any]) -> None:
        session_id = user.start()
        assert user.end(session_id, transcript_lines=lines)["status"] == "failed"
        session = user.get(session_id)
        assert (session["end_reason"], session["overall_score"], session["grading"]["state"]) == (
            "no_conversation",
            None,
            "unscored",
        )

    def test_a_hundred_ends_at_once_make_one_transition_and_one_answer(self, stack: Stack, user: User) -> None:
        session_id = user.start()
        user.say(session_id, line(1))
        answers: list[str] = []
        barrier = threading.Barrier(50)

        def end() -> None:
            with stack.new_user(user.id) as same:
                barrier.wait()
                for _ in range(2):
                    response = same.call("POST", f"/{session_id}/complete", {"transcript_lines": [line(2, "Bye")]})
                    answers.append(f"{response.status_code} {response.text}")

        threads = [threading.Thread(target=end) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 100
        assert len(set(answers)) == 1, set(answers)
        assert user.get(session_id)["line_count"] == 2

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"duration_seconds": -1}, "duration_seconds"),
            ({"duration_seconds": 86401}, "duration_seconds"),
            ({"duration_seconds": 1.5}, "duration_seconds"),
            ({"duration_seconds": "60"}, "duration_seconds"),
            ({"duration_seconds": True}, "duration_seconds"),
            ({"transcript_lines": "Bye"}, "transcript_lines"),
            ({"transcript_lines": [{"speaker": "user"}]}, "transcript_lines[0].text"),
            ({"transcript_lines": [line(n + 1) for n in range(101)]}, "transcript_lines"),
            ({"status": "failed"}, "status"),
            ({"virtual_earnings": 1000}, "virtual_earnings"),
            ([], "body"),
        ],
    )
    def test_a_bad_body_names_the_field_and_ends_nothing(self, user: User, body: Any, field: str) -> None:
        session_id = user.start()
        assert_error(user.call("POST", f"/{session_id}/complete", body), 422, "invalid_field", field)
        assert user.get(session_id)["status"] == "active"
