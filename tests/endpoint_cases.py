"""The cases every endpoint has: only its methods, only with a valid token, only the owner, only sessions that exist."""

import base64
import json
import time
import uuid
from typing import Any, ClassVar

import httpx
import jwt
import pytest

from api.routes import OPEN_ENDPOINTS, SESSION_ENDPOINTS
from support import Stack, User, assert_error, line

SERVED: dict[str, set[str]] = {}
"""Every address of the users' function and its methods, from its routes; `{id}` stands for a session's id."""
for _endpoint in SESSION_ENDPOINTS:
    _path = f"/api/training-sessions{_endpoint.path.rstrip('/')}"
    SERVED[_path] = SERVED.get(_path, set()) | {*(_endpoint.methods or ())} - {"HEAD"}
for _endpoint in OPEN_ENDPOINTS:
    if not _endpoint.path.startswith("/{prefix"):
        _path = "/healthz" if _endpoint.path == "/healthz" else f"/api{_endpoint.path}"
        SERVED[_path] = {*(_endpoint.methods or ())} - {"HEAD"}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def bad_tokens(stack: Stack) -> dict[str, str]:
    """Tokens that must be refused, by what is wrong with them."""
    user_id = str(uuid.uuid4())
    claims = {"sub": user_id, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 3600}
    good = stack.keys.sign(claims)
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    return {
        "garbage": "garbage",
        "three dots": "a.b.c",
        "expired": stack.keys.sign({**claims, "exp": int(time.time()) - 60}),
        "wrong secret": jwt.encode(claims, "x" * 40, algorithm="HS256"),
        "alg none": f"{unsigned}.{good.split('.')[1]}.",
        "cut": good[:-4],
        "no subject": stack.keys.sign({name: value for name, value in claims.items() if name != "sub"}),
        "subject is not a uuid": stack.keys.sign({**claims, "sub": "not a uuid"}),
        "anon": stack.keys.role_token("anon"),
        "publishable key": stack.keys.publishable,
        "secret key": stack.keys.secret,
    }


class EndpointCases:
    """Subclass per endpoint: `method`, `path` (with {id}), `allow`, and a `body` that works."""

    method: ClassVar[str]
    path: ClassVar[str]
    allow: ClassVar[str]
    body: ClassVar[Any] = None

    def request(self, user: User, session_id: int | str, **kwargs: Any) -> httpx.Response:
        return user.call(self.method, self.path.format(id=session_id), self.body, **kwargs)

    def test_other_methods_are_405(self, user: User) -> None:
        allowed = self.allow.split(", ")
        for method in {*METHODS} - {*allowed}:
            response = user.call(method, self.path.format(id=1))
            assert_error(response, 405, "method_not_allowed")
            assert response.headers["allow"] == self.allow

    def test_without_a_token_it_is_401(self, user: User) -> None:
        session_id = user.start()
        for headers in ({"Authorization": ""}, {"Authorization": "Basic dXNlcjpwYXNz"}, {"Authorization": "Bearer"}):
            response = self.request(user, session_id, headers=headers)
            assert_error(response, 401, "not_authenticated")
            assert response.headers["www-authenticate"] == "Bearer"

    def test_with_a_bad_token_it_is_401(self, stack: Stack, user: User) -> None:
        session_id = user.start()
        for name, token in bad_tokens(stack).items():
            response = self.request(user, session_id, headers={"Authorization": f"Bearer {token}"})
            assert response.status_code == 401, name
            assert_error(response, 401, "not_authenticated")


class SessionEndpointCases(EndpointCases):
    """For endpoints below a session's id."""

    def test_another_users_session_is_not_found(self, user: User, other: User) -> None:
        session_id = user.start()
        user.say(session_id, line(1, "Mine"))
        before = user.get(session_id)
        theirs = assert_error(self.request(other, session_id), 404, "session_not_found")
        missing = assert_error(self.request(other, 2_000_000_000), 404, "session_not_found")
        assert theirs == missing
        assert user.get(session_id) == before

    @pytest.mark.parametrize("bad_id", ["0", "-1", "abc", "1.5", "9" * 19, "9" * 40, "1e3", "%00", "١٢", uuid.uuid4()])
    def test_an_invalid_id_is_not_found(self, user: User, bad_id: object) -> None:
        assert_error(self.request(user, str(bad_id)), 404, "session_not_found")
