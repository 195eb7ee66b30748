"""DELETE /api/training-sessions/{id}"""

from endpoint_cases import SessionEndpointCases
from support import Stack, User, assert_error, transcript_lines


class TestDelete(SessionEndpointCases):
    method, path, allow = "DELETE", "/{id}", "GET, PATCH, DELETE, HEAD, OPTIONS"

    def test_works(self, user: User, stack: Stack) -> None:
        session_id = user.start()
        user.end(session_id, transcript_lines=transcript_lines())
        stack.grade(session_id)
        response = self.request(user, session_id)
        assert (response.status_code, response.content) == (204, b"")
        assert_error(self.request(user, session_id), 404, "session_not_found")
        assert_error(user.call("GET", f"/{session_id}"), 404, "session_not_found")
        assert stack.database.sql("select count(*) from public.training_grades where session_id = %s", session_id) == [
            0
        ]

    def test_a_session_deleted_while_it_waits_leaves_nothing_to_grade(self, user: User, stack: Stack) -> None:
        session_id = user.start()
        user.end(session_id, transcript_lines=transcript_lines())
        assert self.request(user, session_id).status_code == 204
        stack.grade(session_id)
        assert stack.database.sql("select count(*) from public.training_grades where session_id = %s", session_id) == [
            0
        ]
