"""POST /api/training-sessions"""

import threading
from typing import Any, ClassVar

import pytest

from endpoint_cases import EndpointCases
from support import Stack, User, assert_error


class TestCreate(EndpointCases):
    method, path, allow = "POST", "", "GET, POST, HEAD, OPTIONS"
    body: ClassVar[Any] = {"agent_name": "Austin", "agent_id": "agent_123"}

    def test_works(self, user: User) -> None:
        response = self.request(user, "")
        assert response.status_code == 201
        session_id = response.json()["id"]
        assert response.json() == {"id": session_id, "status": "active"}
        assert type(session_id) is int
        assert response.headers["location"] == f"/api/training-sessions/{session_id}"
        assert response.headers["cache-control"] == "private, no-store"
        session = user.get(session_id)
        assert (session["agent_name"], session["agent_id"], session["user_id"]) == ("Austin", "agent_123", user.id)
        assert (session["transcript"], session["grading"]["state"]) == ([], "not_started")

    def test_ids_grow_one_by_one(self, user: User) -> None:
        first = user.start()
        assert [user.start(), user.start()] == [first + 1, first + 2]

    def test_the_same_key_returns_the_same_session_to_the_same_user_only(self, user: User, other: User) -> None:
        def create(who: User, key: str) -> int:
            response = self.request(who, "", headers={"Idempotency-Key": key})
            assert response.status_code == 201
            session_id: int = response.json()["id"]
            return session_id

        session_id = create(user, "start-1")
        assert create(user, "start-1") == session_id
        assert create(user, "start-2") != session_id
        assert create(other, "start-1") != session_id

    @pytest.mark.parametrize("agent", [{"agent_name": "Brenda"}, {"agent_id": "agent_2"}, {"agent_id": None}])
    def test_the_same_key_with_another_agent_is_refused_on_both_paths(self, user: User, agent: dict[str, Any]) -> None:
        first = {"agent_name": "Austin", "agent_id": "agent_1"}
        headers = {"Idempotency-Key": "start-1"}
        session_id = user.call("POST", body=first, headers=headers).json()["id"]
        refused = user.call("POST", body={**first, **agent}, headers=headers)
        assert_error(refused, 422, "idempotency_mismatch", None)
        rpc = user.http.post(
            f"{user.stack.gateway_url}/rest/v1/rpc/create_training_session",
            json={**first, **agent, "idempotency_key": "start-1"},
            headers={"apikey": user.stack.keys.publishable},
        )
        assert (rpc.status_code, rpc.json()["code"]) == (422, "idempotency_mismatch")
        assert user.call("POST", body=first, headers=headers).json()["id"] == session_id
        assert len(user.call("GET").json()["sessions"]) == 1

    def test_thirty_creates_at_once_with_one_key_make_one_session(self, stack: Stack, user: User) -> None:
        answers: list[int] = []
        barrier = threading.Barrier(30)

        def create() -> None:
            with stack.new_user(user.id) as same:
                barrier.wait()
                answers.append(same.call("POST", body=self.body, headers={"Idempotency-Key": "once"}).json()["id"])

        threads = [threading.Thread(target=create) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 30
        assert len(set(answers)) == 1
        assert len(user.call("GET").json()["sessions"]) == 1

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "agent_name"),
            ({"agent_name": None}, "agent_name"),
            ({"agent_name": ""}, "agent_name"),
            ({"agent_name": " \n "}, "agent_name"),
            ({"agent_name": 7}, "agent_name"),
            ({"agent_name": ["Austin"]}, "agent_name"),
            ({"agent_name": "x" * 201}, "agent_name"),
            ({"agent_name": "nul\0"}, "agent_name"),
            ({"agent_name": "Austin", "agent_id": ""}, "agent_id"),
            ({"agent_name": "Austin", "agent_id": {}}, "agent_id"),
            ({"agent_name": "Austin", "agent_id": "x" * 201}, "agent_id"),
            ({"agent_name": "Austin", "user_id": "another"}, "user_id"),
            ({"agent_name": "Austin", "overall_score": 100}, "overall_score"),
            ([], "body"),
            ("text", "body"),
            (7, "body"),
        ],
    )
    def test_a_bad_body_names_the_field(self, user: User, body: Any, field: str) -> None:
        assert_error(user.call("POST", body=body), 422, "invalid_field", field)

    @pytest.mark.parametrize("key", ["", "x" * 201])
    def test_a_bad_key_is_named(self, user: User, key: str) -> None:
        response = self.request(user, "", headers={"Idempotency-Key": key})
        assert_error(response, 422, "invalid_field", "Idempotency-Key")

    def test_names_up_to_the_limit_are_kept_whole(self, user: User) -> None:
        name = "🐜" * 200
        assert user.get(user.start(name))["agent_name"] == name

    def test_a_name_is_measured_as_it_came_on_both_paths(self, user: User) -> None:
        name = "x" * 200 + " "
        assert_error(user.call("POST", body={"agent_name": name}), 422, "invalid_field", "agent_name")
        rpc = user.http.post(
            f"{user.stack.gateway_url}/rest/v1/rpc/create_training_session",
            json={"agent_name": name}, headers={"apikey": user.stack.keys.publishable},
        )  # fmt: skip
        assert (rpc.status_code, rpc.json()["code"], rpc.json()["details"]) == (422, "invalid_field", "agent_name")
