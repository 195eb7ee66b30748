"""The attacked stack: who attacks it, with which credentials, and what must not have changed afterwards."""

import base64
import json
import socket
import time
import uuid
from contextlib import ExitStack
from typing import Any, Self

import httpx
import jwt
import psycopg

from run.local.temporary import TemporaryStack
from support import Database

STRANGERS = ("expired", "forged", "alg none", "wrong secret")
"""A caller whose token is not, or no longer, valid."""
ROLES = ("anon", "other", *STRANGERS, "service", "user")
"""`user` owns what is attacked, `other` is signed in and does not. The owner comes last: until then nothing has changed."""
CANARY = "quetzalcanary"
"""In every word that is said here, and in no log."""
SLOW_PARTS = ("gateway", "functions")


class Field:
    """A running stack with two people, each with sessions. Requests go through the gateway."""

    def __init__(self, stack: TemporaryStack) -> None:
        self.stack = stack
        self.database = Database(stack.database_url)
        self.http = httpx.Client(timeout=30)
        self.people = {name: str(uuid.uuid4()) for name in ("user", "other")}
        self.tokens = self._tokens()

    def __enter__(self) -> Self:
        self._open = ExitStack()
        self.admin = self._open.enter_context(psycopg.connect(self.stack.database_url, autocommit=True))
        self.reps = {name: self._open.enter_context(self.database.rep(person)) for name, person in self.people.items()}
        for name in self.people:
            graded, _ = self.session(name), self.session(name)
            self.reps[name].rpc("complete_training_session", session_id=graded)
        secret = {"X-Grader-Secret": self.stack.settings.grader_secret}
        assert self.http.post(self.stack.url("grader"), headers=secret).json()["graded"]["heuristic"] == 2
        # Opened now and looked at in test_patience: every attack has to succeed or fail beside them.
        self.slow_bodies = [slow_body(self.stack.url(part), self.tokens["user"]) for part in SLOW_PARTS * 20]
        self.slow_heads = [slow_head(self.stack.url("gateway")) for _ in range(20)]
        self.slow_since = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        for connection in (*self.slow_bodies, *self.slow_heads):
            connection.close()
        self._open.close()
        self.http.close()

    def session(self, owner: str = "user") -> int:
        """A new active session of one of the people, with two lines."""
        session_id: int = self.reps[owner].rpc("create_training_session", agent_name=f"{owner} {CANARY}")["id"]
        lines = [{"speaker": speaker, "text": f"{owner} says {CANARY}"} for speaker in ("user", "agent")]
        self.reps[owner].rpc("append_transcript", session_id=session_id, lines=lines)
        return session_id

    def spoken_session(self, owner: str = "user") -> int:
        """A new session with a conversation."""
        session_id = self.session(owner)
        self.reps[owner].rpc("bind_training_conversation", session_id=session_id, conversation_id=f"spoken{session_id}")
        return session_id

    def legacy_session(self, owner: str = "user") -> str:
        """The old UUID of a new session of one of the people."""
        legacy_id = str(uuid.uuid4())
        self.admin.execute(
            "update public.training_sessions set legacy_id = %s where id = %s", (legacy_id, self.session(owner))
        )
        return legacy_id

    def owned(self, owner: str, relation: str) -> int:
        """How many rows of a public relation are this person's."""
        condition = {
            "training_sessions": "user_id = %s",
            "provider_transcripts": "session_id in (select id from public.training_sessions where user_id = %s)",
            "training_grades": "session_id in (select id from public.training_sessions where user_id = %s)",
            "users": "id = %s",
        }[relation]
        [count] = self.database.sql(f"select count(*) from public.{relation} where {condition}", self.people[owner])
        return int(count)

    def fingerprint(self) -> str:
        """Changes whenever anything stored does."""
        tables = (
            "public.training_sessions",
            "public.training_grades",
            "public.users",
            "training.grading_claims",
            "public.provider_transcripts",
        )
        rows = " union all ".join(f"select '{table}', t::text from {table} t" for table in tables)
        row = self.admin.execute(f"select md5(string_agg(r::text, ',' order by r::text)) from ({rows}) r").fetchone()
        assert row is not None
        return str(row[0])

    def data_api(self, role: str, method: str, path: str, **more: Any) -> httpx.Response:
        """A request to PostgREST behind the gateway."""
        headers = {"apikey": self.stack.keys.secret if role == "service" else self.stack.keys.publishable}
        if role not in ("anon", "service"):
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        return self.http.request(
            method,
            f"{self.stack.url('gateway')}/rest/v1/{path}",
            headers={**headers, **more.pop("headers", {})},
            **more,
        )

    def api(self, role: str, method: str, path: str, **more: Any) -> httpx.Response:
        """A request to the functions behind the gateway; `path` is the whole one. `service` brings its token."""
        headers = {} if role == "anon" else {"Authorization": f"Bearer {self.tokens[role]}"}
        return self.http.request(
            method, self.stack.url("gateway") + path, headers={**headers, **more.pop("headers", {})}, **more
        )

    def _tokens(self) -> dict[str, str]:
        keys = self.stack.keys
        claims = {
            "sub": self.people["user"],
            "role": "authenticated",
            "aud": "authenticated",
            "exp": int(time.time()) + 3600,
        }
        header, _, signature = keys.sign(claims).split(".")
        return {
            **{name: keys.user_token(person) for name, person in self.people.items()},
            "service": keys.role_token("service_role"),
            "expired": keys.sign({**claims, "exp": int(time.time()) - 60}),
            "forged": f"{header}.{_encoded({**claims, 'role': 'service_role'})}.{signature}",
            "alg none": f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}.",
            "wrong secret": jwt.encode(claims, "x" * 64, algorithm="HS256"),
        }


def slow_body(url: str, token: str) -> socket.socket:
    """A request that stops in the middle of its body and leaves the connection open."""
    head = f"POST /api/training-sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    return _said(url, f'{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"agent_name": "')


def slow_head(url: str) -> socket.socket:
    """A request that stops in the middle of a header."""
    return _said(url, "GET /api/training-sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")


def _said(url: str, text: str) -> socket.socket:
    address = httpx.URL(url)
    connection = socket.create_connection((address.host, address.port or 80))
    connection.sendall(text.encode())
    return connection


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
