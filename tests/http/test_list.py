"""GET /api/training-sessions"""

import pytest

from endpoint_cases import EndpointCases
from support import User, assert_error, transcript_lines


class TestList(EndpointCases):
    method, path, allow = "GET", "", "GET, POST, HEAD, OPTIONS"

    def test_works(self, user: User, other: User) -> None:
        first, second = user.start("Austin"), user.start("Brenda")
        other.start("Austin")
        user.end(first, transcript_lines=transcript_lines())
        page = self.request(user, "").json()
        assert [each["id"] for each in page["sessions"]] == [second, first]
        assert page["next_before"] is None
        assert page["sessions"][1]["line_count"] == 6
        assert all("transcript" not in each for each in page["sessions"])

    def test_pages_show_every_session_once_also_when_the_edge_is_deleted(self, user: User) -> None:
        ids = [user.start() for _ in range(7)]
        seen: list[int] = []
        before = ""
        for deleted in (False, True, False, False):
            page = user.call("GET", f"?limit=2{before}").json()
            seen += [each["id"] for each in page["sessions"]]
            before = f"&before={page['next_before']}"
            if deleted:
                assert user.call("DELETE", f"/{page['next_before']}").status_code == 204
        assert seen == ids[::-1]
        assert page["next_before"] is None

    def test_max_count_is_accepted_as_the_sql_function_calls_it(self, user: User) -> None:
        ids = [user.start() for _ in range(3)]
        page = user.call("GET", "?max_count=2").json()
        assert [each["id"] for each in page["sessions"]] == [ids[2], ids[1]]
        assert_error(user.call("GET", "?max_count=0"), 422, "invalid_field", "max_count")
        assert_error(user.call("GET", "?max_count=2&limit=2"), 422, "invalid_field", "limit")
        assert_error(user.call("GET", "?limit=2&limit=3"), 422, "invalid_field", "limit")

    def test_a_list_by_agent_has_only_that_agents_sessions(self, user: User) -> None:
        ids = [user.start("Austin"), user.start("Brenda"), user.start("Austin")]
        page = user.call("GET", "?agent_name=Austin&limit=1").json()
        assert [each["id"] for each in page["sessions"]] == [ids[2]]
        rest = user.call("GET", f"?agent_name=Austin&limit=1&before={page['next_before']}").json()
        assert [each["id"] for each in rest["sessions"]] == [ids[0]]
        assert user.call("GET", "?agent_name=Unknown").json() == {"sessions": [], "next_before": None}

    def test_another_users_id_as_an_edge_tells_nothing(self, user: User, other: User) -> None:
        mine = user.start()
        theirs = other.start()
        page = user.call("GET", f"?before={theirs}").json()
        assert [each["id"] for each in page["sessions"]] == [mine]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            ("limit=1.5", "limit"),
            ("before=0", "before"),
            ("before=abc", "before"),
            ("before=99999999999999999999999", "before"),
            ("agent_name=", "agent_name"),
            ("agent_name=%00", "agent_name"),
            (f"agent_name={'x' * 201}", "agent_name"),
        ],
    )
    def test_a_bad_query_names_the_field(self, user: User, query: str, field: str) -> None:
        assert_error(user.call("GET", f"?{query}"), 422, "invalid_field", field)
