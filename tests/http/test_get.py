"""GET /api/training-sessions/{id}"""

import uuid

from endpoint_cases import SessionEndpointCases
from support import Stack, User, assert_error, line, transcript_lines


class TestGet(SessionEndpointCases):
    method, path, allow = "GET", "/{id}", "GET, PATCH, DELETE, HEAD, OPTIONS"

    def test_works(self, user: User, stack: Stack) -> None:
        session_id = user.start()
        user.end(session_id, transcript_lines=transcript_lines())
        stack.grade(session_id)
        response = self.request(user, session_id)
        session = response.json()
        assert response.headers["cache-control"] == "private, no-store"
        assert session["grading"] == {
            "state": "graded",
            "graded_by": "heuristic",
            "rubric_version": session["rubric_version"],
            "model": None,
            "confidence": "high",
            "confidence_reason": "The heuristic knows the language and read the whole transcript.",
            "notes": session["grading"]["notes"],
        }
        words = {each["sequence"]: each["text"] for each in session["transcript"]}
        assert set(session["evidence"]) == {"rapport", "discovery", "objection_handling", "closing"}
        quotes = [quote for category in session["evidence"].values() for quote in category["quotes"]]
        assert quotes
        assert all(quote["quote"] in words[quote["sequence"]] for quote in quotes)
        assert session["remarks"] == []

    def test_unchanged_is_304_until_something_changes(self, user: User, stack: Stack) -> None:
        session_id = user.start()
        tags = []
        for step in (
            lambda: None,
            lambda: user.say(session_id, line(1)),
            lambda: user.say(session_id, line(2, "Well", "agent")),
            lambda: user.end(session_id),
            lambda: stack.grade(session_id),
        ):
            step()
            tags.append(self.request(user, session_id).headers["etag"])
            for known in (tags[-1], f"W/{tags[-1]}", f'"old", {tags[-1]}'):
                unchanged = self.request(user, session_id, headers={"If-None-Match": known})
                assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tags[-1])
        assert len(set(tags)) == 5
        assert self.request(user, session_id, headers={"If-None-Match": tags[0]}).status_code == 200

    def test_a_conditional_read_by_rpc_is_304_too(self, user: User) -> None:
        """A browser adds If-None-Match by itself to a repeated GET, and shows its stored answer on a 304."""
        session_id = user.start()
        address = f"{user.stack.gateway_url}/rest/v1/rpc/get_training_session"
        apikey = {"apikey": user.stack.keys.publishable}
        first = user.http.get(address, params={"session_id": session_id}, headers=apikey)
        assert (first.status_code, first.json()["id"]) == (200, session_id)
        known = {**apikey, "If-None-Match": first.headers["etag"]}
        unchanged = user.http.get(address, params={"session_id": session_id}, headers=known)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        user.say(session_id, line(1))
        assert user.http.get(address, params={"session_id": session_id}, headers=known).status_code == 200

    def test_a_long_header_is_not_an_outage(self, user: User) -> None:
        session_id = user.start()
        assert self.request(user, session_id, headers={"If-None-Match": f'"{"x" * 60_000}"'}).status_code == 200
        token = {"Authorization": f"Bearer a.{'x' * 60_000}.b"}
        assert_error(self.request(user, session_id, headers=token), 401, "not_authenticated")

    def test_another_users_etag_does_not_open_it(self, user: User, other: User) -> None:
        session_id = user.start()
        tag = self.request(user, session_id).headers["etag"]
        assert_error(self.request(other, session_id, headers={"If-None-Match": tag}), 404, "session_not_found")

    def test_head_is_get_without_a_body(self, user: User) -> None:
        session_id = user.start()
        response = user.call("HEAD", f"/{session_id}")
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["etag"]

    def test_an_old_uuid_leads_its_owner_alone_to_the_session(self, user: User, other: User, stack: Stack) -> None:
        old_id = uuid.uuid4()
        session_id = user.start()
        stack.database.sql("update public.training_sessions set legacy_id = %s where id = %s", old_id, session_id)
        for written in (str(old_id), str(old_id).upper(), old_id.hex):
            response = user.call("GET", f"/{written}")
            assert (response.status_code, response.headers["location"]) == (308, f"/api/training-sessions/{session_id}")
        assert user.call("GET", f"/{old_id}", follow_redirects=True).json()["id"] == session_id
        ended = user.call("POST", f"/{old_id}/complete", {}, follow_redirects=True)
        assert ended.json()["id"] == session_id
        assert_error(other.call("GET", f"/{old_id}"), 404, "session_not_found")
