"""GET /api/training-sessions/system"""

from endpoint_cases import EndpointCases
from support import Stack, User


class TestSystem(EndpointCases):
    method, path, allow = "GET", "/system", "GET, HEAD, OPTIONS"

    def test_a_project_without_an_old_system_is_in_the_new_one(self, user: User) -> None:
        response = self.request(user, "")
        assert (response.status_code, response.json()) == (200, {"system": "training_sessions"})

    def test_a_person_on_the_deny_list_is_in_the_old_one(self, user: User, other: User, stack: Stack) -> None:
        stack.database.sql("insert into training.rollout_users values (%s, 'live_sessions')", user.id)
        assert self.request(user, "").json() == {"system": "live_sessions"}
        assert self.request(other, "").json() == {"system": "training_sessions"}
