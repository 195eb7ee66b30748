"""GET /api/training-sessions/progress"""

import pytest

from endpoint_cases import EndpointCases
from support import Stack, User, assert_error, transcript_lines


class TestProgress(EndpointCases):
    method, path, allow = "GET", "/progress", "GET, HEAD, OPTIONS"

    def test_it_is_fresh_after_a_grade_and_the_callers_alone(self, user: User, other: User, stack: Stack) -> None:
        assert self.request(user, "").json() == {
            "sessions": 0, "this_week": 0, "streak_days": 0, "average": None, "best": None, "homeowners": [],
        }  # fmt: skip
        session_id = user.start("Austin")
        user.end(session_id, transcript_lines=transcript_lines())
        stack.grade(session_id)
        progress = user.call("GET", "/progress?time_zone=Europe/Berlin").json()
        assert (progress["sessions"], progress["this_week"], progress["streak_days"]) == (1, 1, 1)
        [homeowner] = progress["homeowners"]
        assert homeowner["agent_name"] == "Austin"
        assert homeowner["scores"]["overall"]["last"] == user.get(session_id)["overall_score"]
        assert self.request(other, "").json()["homeowners"] == []

    @pytest.mark.parametrize(
        "query", ["time_zone=Nowhere", "time_zone=", "time_zone=%00", "time_zone=UTC&time_zone=UTC"]
    )
    def test_a_bad_time_zone_is_refused(self, user: User, query: str) -> None:
        assert_error(user.call("GET", f"/progress?{query}"), 422, "invalid_field", "time_zone")
