"""What all routes share: health, CORS, request ids, limits, unknown paths, the framework's own errors, many users at once."""

import gzip
import json
import random
import re
import socket
import threading
import uuid
from typing import Any

import httpx
import pytest

from support import ERROR_KEYS, Stack, User, assert_error, line, until


def test_health_says_that_the_database_answers(stack: Stack) -> None:
    for path in ("/healthz", "/api/healthz"):
        response = httpx.get(stack.functions_url + path)
        assert (response.status_code, response.json()) == (200, {"status": "ok", "database": "ok"})


@pytest.mark.parametrize("prefix", ["", "/api", "/functions/v1", "/deep/er/api", "/%E6%97%A5%0DX%3A%20y"])
def test_any_prefix_that_ends_in_training_sessions_works(stack: Stack, user: User, prefix: str) -> None:
    base = f"{stack.functions_url}{prefix}/training-sessions"
    created = user.http.post(base, json={"agent_name": "Austin"})
    assert created.status_code == 201
    assert created.headers["location"] == f"{prefix}/training-sessions/{created.json()['id']}"
    assert user.http.get(f"{base}/{created.json()['id']}/").status_code == 200


@pytest.mark.parametrize("prefix", ["/api", "/functions/v1"])
def test_a_location_leads_on_through_the_gateway(user: User, prefix: str) -> None:
    old_id = str(uuid.uuid4())
    created = user.http.post(f"{user.stack.gateway_url}{prefix}/training-sessions", json={"agent_name": "Austin"})
    user.stack.database.sql(
        "update public.training_sessions set legacy_id = %s where id = %s", old_id, created.json()["id"]
    )
    for link in (created.headers["location"], f"{prefix}/training-sessions/{old_id}"):
        found = user.http.get(user.stack.gateway_url + link, follow_redirects=True)
        assert (found.status_code, found.json()["id"]) == (200, created.json()["id"])


def test_a_location_stays_on_its_host(user: User) -> None:
    url = httpx.URL(user.stack.functions_url + "/").copy_with(raw_path=b"//elsewhere.example/training-sessions")
    created = user.http.post(url, json={"agent_name": "Austin"})
    assert created.headers["location"] == f"/elsewhere.example/training-sessions/{created.json()['id']}"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/training-sessions/1/grade",
        "/api/training-sessions/1/complete/2",
        "/robots.txt",
        "/favicon.ico",
    ],
)
def test_an_unknown_path_is_404_in_our_shape(user: User, path: str) -> None:
    assert_error(user.http.get(user.stack.functions_url + path), 404, "not_found")


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "LOCK"])
def test_a_method_the_framework_does_not_know_is_405_in_our_shape(user: User, method: str) -> None:
    response = user.http.request(method, user.stack.functions_url + "/api/training-sessions")
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["allow"]


def test_the_request_id_is_the_callers_or_a_new_one_and_stands_in_the_log(user: User) -> None:
    mine = user.call("GET", headers={"X-Request-Id": "call-7_a"})
    assert mine.headers["x-request-id"] == "call-7_a"
    made = [
        user.call("GET", headers={"X-Request-Id": bad}).headers["x-request-id"] for bad in ("", "a b", "x" * 65, '"')
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", request_id) for request_id in made)
    entries = [json.loads(text) for text in user.stack.log_text().splitlines() if '"call-7_a"' in text]
    assert [(each["method"], each["status"], each["severity"]) for each in entries] == [("GET", 200, "INFO")]


class TestCors:
    def test_a_configured_origin_may_read_answers_and_errors(self, user: User) -> None:
        for response in (
            user.call("GET", headers={"Origin": "https://app.example.com"}),
            user.call("GET", "/1", headers={"Origin": "https://app.example.com", "Authorization": ""}),
        ):
            assert response.headers["access-control-allow-origin"] == "https://app.example.com"
            assert {"ETag", "Location", "X-Request-Id"} <= set(
                response.headers["access-control-expose-headers"].split(", ")
            )
            assert response.headers["vary"] == "Origin"

    def test_another_origin_may_not(self, user: User) -> None:
        for origin in ("https://evil.example.com", "null", "https://app.example.com.evil.com"):
            response = user.call("GET", headers={"Origin": origin})
            assert "access-control-allow-origin" not in response.headers
            assert response.headers["vary"] == "Origin"

    @pytest.mark.parametrize(
        "requested",
        [
            "authorization,content-type,idempotency-key,if-none-match",
            "traceparent, baggage, sentry-trace",
            "x-region,x-supabase-api-version",
        ],
    )
    def test_a_preflight_allows_the_headers_that_the_browser_asks_for(self, stack: Stack, requested: str) -> None:
        response = self.preflight(stack, requested)
        assert response.status_code == 204
        assert response.headers["access-control-allow-methods"] == "GET, PATCH, DELETE, HEAD, OPTIONS"
        assert response.headers["access-control-allow-headers"] == requested
        assert response.headers["access-control-allow-origin"] == "https://app.example.com"
        assert set(response.headers["vary"].split(", ")) == {"Origin", "Access-Control-Request-Headers"}

    @pytest.mark.parametrize("requested", [None, "a b", "x-a,,x-b", "x: y", "x" * 5000])
    def test_a_preflight_reflects_nothing_but_header_names(self, stack: Stack, requested: str | None) -> None:
        assert "access-control-allow-headers" not in self.preflight(stack, requested).headers

    @staticmethod
    def preflight(stack: Stack, requested: str | None) -> httpx.Response:
        headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PATCH"}
        if requested is not None:
            headers["Access-Control-Request-Headers"] = requested
        return httpx.options(f"{stack.functions_url}/api/training-sessions/7", headers=headers)


WRITES = [
    ("POST", ""),
    ("PATCH", "/{id}"),
    ("POST", "/{id}/complete"),
    ("POST", "/{id}/voice-token"),
    ("POST", "/{id}/homeowner-turn"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
class TestBodies:
    """The limits that stand before every body."""

    def send(
        self, user: User, method: str, path: str, content: Any, content_type: str | None = "application/json"
    ) -> httpx.Response:
        self.session_id = user.start()
        headers = {"Content-Type": content_type} if content_type else {}
        return user.call(method, path.format(id=self.session_id), content=content, headers=headers)

    @pytest.mark.parametrize(
        "content",
        [b"{", b"nonsense", b'{"a": NaN}', b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 5000, b'{"a":' * 5000, b"\0"],
    )
    def test_a_body_that_is_not_json_is_400(self, user: User, method: str, path: str, content: bytes) -> None:
        assert_error(self.send(user, method, path, content), 400, "invalid_json")

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
    )
    def test_another_type_is_415(self, user: User, method: str, path: str, content_type: str | None) -> None:
        assert_error(
            self.send(user, method, path, b'{"agent_name": "Austin"}', content_type), 415, "unsupported_media_type"
        )

    def test_a_byte_order_mark_is_skipped(self, user: User, method: str, path: str) -> None:
        assert_error(self.send(user, method, path, b'\xef\xbb\xbf{"a": 1}'), 422, "invalid_field", "a")

    def test_utf_16_is_refused_with_a_hint(self, user: User, method: str, path: str) -> None:
        body = '{"agent_name": "Austin"}'
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            refused = assert_error(self.send(user, method, path, body.encode(encoding)), 400, "invalid_json")
            assert refused["hint"] == "Send the body as UTF-8."
        declared = self.send(user, method, path, body.encode("utf-16"), "application/json; charset=utf-16")
        assert assert_error(declared, 415, "unsupported_media_type")["hint"] == "Send the body as UTF-8."

    def test_a_compressed_body_is_refused_with_a_hint(self, user: User, method: str, path: str) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        content = gzip.compress(b'{"agent_name": "Austin"}')
        response = user.call(method, path.format(id=user.start()), content=content, headers=headers)
        refused = assert_error(response, 415, "unsupported_media_type")
        assert refused["hint"] == "Send the body without Content-Encoding."

    def test_an_unknown_field_is_refused_with_the_nearest_name(self, user: User, method: str, path: str) -> None:
        refused = assert_error(self.send(user, method, path, b'{"agent_nam": 1}'), 422, "invalid_field", "agent_nam")
        assert refused["hint"] == ("Did you mean agent_name?" if path == "" else None)

    def test_an_unknown_query_parameter_is_refused(self, user: User, method: str, path: str) -> None:
        response = user.call(method, f"{path.format(id=user.start())}?dry_run=1", {})
        assert_error(response, 422, "invalid_field", "dry_run")

    def test_over_256_kib_is_413_declared_or_not(self, user: User, method: str, path: str) -> None:
        big = b'{"agent_name": "' + b"x" * (256 * 1024) + b'"}'
        assert_error(self.send(user, method, path, big), 413, "body_too_large")
        assert_error(self.send(user, method, path, iter([big[:200_000], big[200_000:]])), 413, "body_too_large")


@pytest.mark.parametrize("path", ["", "/system", "/{id}"])
def test_an_unknown_query_parameter_of_a_read_is_refused(user: User, path: str) -> None:
    address = path.format(id=user.start())
    assert_error(user.call("GET", f"{address}?limits=3"), 422, "invalid_field", "limits")
    assert user.call("GET", f"{address}?forceFunctionRegion=eu-west-1").status_code == 200


def test_a_method_that_a_path_does_not_know_is_told_the_allowed_ones(user: User) -> None:
    refused = assert_error(user.call("PUT", "/1"), 405, "method_not_allowed")
    assert refused["hint"] == "allowed: GET, PATCH, DELETE, HEAD, OPTIONS"


def test_the_documentation_page_loads_under_its_policy(stack: Stack) -> None:
    page = httpx.get(f"{stack.functions_url}/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    for file in re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text):
        assert httpx.get(f"{stack.functions_url}/api/{file}").status_code == 200
    assert_error(httpx.get(f"{stack.functions_url}/api/docs/handlers.py"), 404, "not_found")


def test_a_body_that_never_ends_does_not_hold_the_server(stack: Stack, user: User) -> None:
    """While one client stalls in mid-body, another is served."""
    address = httpx.URL(stack.functions_url)
    with socket.create_connection((address.host, address.port)) as stalled:
        head = f"POST /api/training-sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n"
        stalled.sendall(f'{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"agent_name"'.encode())
        assert user.start() > 0


def test_a_rep_cannot_write_scores_by_any_path(user: User) -> None:
    session_id = user.start()
    user.say(session_id, line(1, overall_score=100, rapport_score=100))
    wanted = {
        "overall_score": 100,
        "rapport_score": 100,
        "status": "completed",
        "virtual_earnings": 99,
        "transcript": [],
        "graded_by": "model",
    }
    before = user.get(session_id)
    for name, value in wanted.items():
        for method, path in WRITES:
            assert_error(user.call(method, path.format(id=session_id), {name: value}), 422, "invalid_field", name)
        row = f"{user.stack.gateway_url}/rest/v1/training_sessions?id=eq.{session_id}"
        for method in ("PATCH", "PUT", "POST"):
            direct = user.http.request(
                method, row, json={"id": session_id, name: value}, headers={"apikey": user.stack.keys.publishable}
            )
            assert direct.status_code in (400, 403), direct.text
    assert user.get(session_id) == before


def test_hundreds_of_bad_inputs_over_every_route_make_no_5xx_and_one_error_shape(user: User) -> None:
    chance = random.Random(11)
    session_id = user.start()
    strange: list[Any] = [
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        " ",
        "\0",
        "x" * 5000,
        "\u202e",
        [],
        {},
        [[]],
        [None],
        {"a": {}},
        "1",
        "🐜",
        "'; drop table users; --",
    ]
    names = [
        "agent_name",
        "agent_id",
        "transcript_line",
        "transcript_lines",
        "duration_seconds",
        "text",
        "speaker",
        "sequence",
        "timestamp",
        "correction",
        "__proto__",
        "",
    ]
    paths = [
        "",
        "/{id}",
        "/{id}/complete",
        "/{id}/voice-token",
        "/{id}/homeowner-turn",
        "/0",
        "/-1",
        "/x",
        "/99999999999",
        "/{id}/../1",
        "/%2e%2e",
        "/{id}?limit=0",
        "?limit=x&before=y",
    ]

    def value(depth: int = 0) -> Any:
        if depth < 3 and chance.random() < 0.5:
            return {chance.choice(names): value(depth + 1) for _ in range(chance.randint(0, 3))}
        if depth < 3 and chance.random() < 0.3:
            return [value(depth + 1) for _ in range(chance.randint(0, 3))]
        return chance.choice(strange)

    refused = 0
    for _ in range(600):
        method = chance.choice(["POST", "PATCH", "GET", "PUT", "DELETE"])
        path = chance.choice(paths).format(id=session_id)
        if (method, path) == ("DELETE", f"/{session_id}"):
            continue
        response = user.call(method, path, value())
        assert response.status_code < 500 or response.json()["code"] == "voice_not_configured", (
            method,
            path,
            response.text,
        )
        if response.status_code >= 400:
            refused += 1
            assert set(response.json()) == ERROR_KEYS
    assert refused > 400


def test_many_users_at_once_never_meet_each_other(stack: Stack) -> None:
    """Several queries a request and many requests at once over one shared client: a leaked token would show another's session."""
    leaks: list[str] = []
    barrier = threading.Barrier(16)

    def practise(name: str) -> None:
        with stack.new_user() as user:
            barrier.wait()
            for n in range(6):
                session_id = user.start(name)
                user.say(session_id, line(1, f"{name} {n}"))
                session = user.get(session_id)
                if (session["user_id"], session["agent_name"], session["transcript"][0]["text"]) != (
                    user.id,
                    name,
                    f"{name} {n}",
                ):
                    leaks.append(f"{name} got {session['agent_name']}")
                voice = user.call("POST", f"/{session_id}/voice-token", {})
                if voice.status_code not in (422, 503):
                    leaks.append(f"{name}: voice {voice.status_code}")
                page = user.call("GET").json()["sessions"]
                if {each["agent_name"] for each in page} != {name} or len(page) != n + 1:
                    leaks.append(f"{name} lists {page}")

    threads = [threading.Thread(target=practise, args=(f"agent {n}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaks == []


def test_a_token_of_a_missing_role_is_forbidden(user: User) -> None:
    token = user.stack.keys.sign({"role": "missing_role", "sub": user.id})
    assert_error(user.call("GET", headers={"Authorization": f"Bearer {token}"}), 403, "forbidden")


def test_no_word_no_token_and_no_secret_in_any_log(stack: Stack, user: User) -> None:
    canary = "xylophone-canary"
    session_id = user.start(agent_id=canary)
    user.say(session_id, line(1, canary))
    user.call("PATCH", f"/{session_id}", {"transcript_line": line(1, f"other {canary}")})
    user.call("PATCH", f"/{session_id}", {"transcript_line": {"speaker": canary, "text": canary}})
    user.call("PATCH", f"/{session_id}", content=f'{{"{canary}'.encode(), headers={"Content-Type": "application/json"})
    user.end(session_id)
    stack.grade(session_id)
    logged = stack.log_text()
    assert f"/api/training-sessions/{session_id}/complete" in logged
    for secret in (canary, user.token, stack.keys.secret, stack.keys.jwt_secret, stack.grader_secret):
        assert secret not in logged


def test_the_database_down_is_503_and_back_again_works(stack: Stack, user: User) -> None:
    session_id = user.start()
    postgrest = stack.parts["postgrest"]
    postgrest.kill()
    try:
        response = user.call("PATCH", f"/{session_id}", {"transcript_line": line(1)})
        assert_error(response, 503, "database_unavailable")
        assert response.headers["retry-after"] == "1"
        assert_error(httpx.get(f"{stack.functions_url}/healthz"), 503, "database_unavailable")
    finally:
        postgrest.start()
    until(lambda: user.call("PATCH", f"/{session_id}", {"transcript_line": line(1)}).status_code == 200)
    assert user.get(session_id)["line_count"] == 1
