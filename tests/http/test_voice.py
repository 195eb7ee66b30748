"""POST /api/training-sessions/{id}/voice-token, without an ElevenLabs key."""

from typing import Any, ClassVar

from endpoint_cases import SessionEndpointCases
from support import User, assert_error, line


class TestVoice(SessionEndpointCases):
    method, path, allow = "POST", "/{id}/voice-token", "POST, OPTIONS"
    body: ClassVar[Any] = {}

    def test_without_a_key_it_is_503(self, user: User) -> None:
        assert_error(self.request(user, user.start(agent_id="agent_1")), 503, "voice_not_configured")

    def test_after_the_end_it_is_409(self, user: User) -> None:
        session_id = user.start(agent_id="agent_1")
        user.end(session_id, transcript_lines=[line(1)])
        assert_error(self.request(user, session_id), 409, "session_not_active")

    def test_a_body_with_a_field_is_refused(self, user: User) -> None:
        response = user.call("POST", f"/{user.start()}/voice-token", {"agent_id": "another's"})
        assert_error(response, 422, "invalid_field", "agent_id")
