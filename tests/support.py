"""The words the tests are written in: a database seen by role, a running stack, a user, an error."""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
from psycopg.types.json import Jsonb

from run.local.keys import Keys
from run.local.postgres import OWNER, SUPERUSER
from run.local.process import Process

ROOT = Path(__file__).parent.parent

FUZZ_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Random cases per fuzzing test, new ones in each run. Without it: few, and the same in every run."""
MIGRATIONS = sorted((ROOT / "supabase" / "migrations").glob("*.sql"))
ERROR_KEYS = {"code", "message", "details", "hint"}


class Refused(Exception):
    """An error raised by the SQL functions: what PostgREST would answer."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error['code']}: {error['message']}")
        self.status = status
        self.code = error["code"]
        self.details = error["details"]


class Role:
    """A connection as one of the API's roles, each call its own transaction, as PostgREST would make it."""

    def __init__(self, url: str, role: str, user_id: str | None = None) -> None:
        self.role = role
        self.connection = psycopg.connect(url, autocommit=True)
        self.become(user_id)
        self.connection.execute(f"set role {role}")

    def become(self, user_id: str | None) -> None:
        """From here on the calls are this user's."""
        self.user_id = user_id
        claims = {"role": self.role, **({"sub": user_id} if user_id else {})}
        self.connection.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps(claims),))

    @property
    def pid(self) -> int:
        return self.connection.info.backend_pid

    def rpc(self, function: str, **params: Any) -> Any:
        """Calls a public function by named parameters; lists and dicts go as jsonb. Refused when it raises our error."""
        values = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in params.items()}
        arguments = ", ".join(f"{name} => %({name})s" for name in values)
        return self.call(f"select public.{function}({arguments})", values)

    def call(self, query: str, values: dict[str, Any] | None = None) -> Any:
        """The single value of a query. Refused when it raises our error."""
        try:
            row = self.connection.execute(query, values).fetchone()
        except psycopg.Error as error:
            if error.sqlstate != "PGRST":
                raise
            status = json.loads(error.diag.message_detail or "")["status"]
            raise Refused(status, json.loads(error.diag.message_primary or "")) from None
        assert row is not None
        return row[0]

    def rows(self, query: str, *params: Any) -> list[Any]:
        """The rows of a query; of a single column, its values."""
        rows = self.connection.execute(query, params).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    def close(self) -> None:
        self.connection.close()


class Database:
    """A migrated database, for its owner (`sql`), who as on hosted Supabase is not a superuser, and for the API's roles."""

    def __init__(self, url: str) -> None:
        self.url = url

    def sql(self, query: str, *params: Any) -> list[Any]:
        """Runs as the owner; the rows, of a single column its values, [] for a statement without rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query, params or None)
            rows = cursor.fetchall() if cursor.description else []
        return [row[0] if len(row) == 1 else row for row in rows]

    @property
    def admin(self) -> "Database":
        """The same database for the superuser: to make what belongs to the platform, such as Vault or Realtime."""
        return Database(self.url.replace(f"//{OWNER}", f"//{SUPERUSER}", 1))

    @contextmanager
    def role(self, role: str, user_id: str | None = None) -> Iterator[Role]:
        connection = Role(self.url, role, user_id)
        try:
            yield connection
        finally:
            connection.close()

    def rep(self, user_id: str | None = None) -> Any:
        """A signed-in user, a new one unless named."""
        return self.role("authenticated", user_id or str(uuid.uuid4()))

    def grader(self) -> Any:
        return self.role("service_role")

    def transcript(self, session_id: int) -> list[dict[str, Any]]:
        [transcript] = self.sql("select transcript from public.training_sessions where id = %s", session_id)
        return transcript  # type: ignore[no-any-return]

    def wait_until_locked(self, pid: int) -> None:
        """Returns once the backend `pid` waits for a lock: the race is set."""
        until(lambda: self.sql("select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", pid) == [True])


@dataclass
class User:
    """A signed-in person with an HTTP client of their own; `stack` is where they are."""

    stack: "Stack"
    id: str
    token: str
    http: httpx.Client

    def call(self, method: str, path: str = "", body: Any = None, **kwargs: Any) -> httpx.Response:
        """A request below /api/training-sessions, straight at the function, with this user's token."""
        if body is not None:
            kwargs["json"] = body
        return self.http.request(method, f"{self.stack.functions_url}/api/training-sessions{path}", **kwargs)

    def start(self, agent_name: str = "Austin", **body: Any) -> int:
        response = self.call("POST", body={"agent_name": agent_name, **body})
        assert response.status_code == 201, response.text
        session_id: int = response.json()["id"]
        return session_id

    def say(self, session_id: int, *lines: dict[str, Any]) -> dict[str, Any]:
        response = self.call("PATCH", f"/{session_id}", {"transcript_lines": list(lines)})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def end(self, session_id: int, **body: Any) -> dict[str, Any]:
        response = self.call("POST", f"/{session_id}/complete", body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def get(self, session_id: int) -> dict[str, Any]:
        response = self.call("GET", f"/{session_id}")
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()


@dataclass
class Stack:
    """The running parts and where they answer. `logs` holds one file a part."""

    keys: Keys
    database: Database
    gateway_url: str
    functions_url: str
    grader_url: str
    grader_secret: str = field(repr=False)
    parts: dict[str, Process]
    logs: Path

    def new_user(self, user_id: str | None = None) -> User:
        user_id = user_id or str(uuid.uuid4())
        token = self.keys.user_token(user_id)
        client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=20)
        return User(self, user_id, token, client)

    def grade(self, session_id: int | None = None) -> dict[str, Any]:
        """One POST to the grader, as the schedule sends it; its counts. With an id: a wake-up, and the end of that grading."""
        if session_id is not None:
            self.wake(session_id)
            waits = "select status = 'completed' and graded_at is null from public.training_sessions where id = %s"
            until(lambda: self.database.sql(waits, session_id) != [True])
            return {}
        headers = {"X-Grader-Secret": self.grader_secret}
        response = httpx.post(self.grader_url, json={}, headers=headers, timeout=60)
        assert response.status_code == 200, response.text
        counts: dict[str, Any] = response.json()
        return counts

    def wake(self, session_id: int) -> None:
        """One POST to the grader, as a wake-up. It is graded in the background."""
        headers = {"X-Grader-Secret": self.grader_secret}
        response = httpx.post(self.grader_url, json={"session_id": session_id}, headers=headers, timeout=60)
        assert (response.status_code, response.json()) == (202, {"status": "accepted"})

    def log_text(self) -> str:
        return "".join(file.read_text(errors="replace") for file in self.logs.glob("*.log"))


def line(sequence: int | None = None, text: str = "Hello", speaker: str = "user", **more: Any) -> dict[str, Any]:
    """A transcript line as a client sends it."""
    return {"speaker": speaker, "text": text, **({} if sequence is None else {"sequence": sequence}), **more}


def transcript_lines(count: int = 6) -> list[dict[str, Any]]:
    """The first lines of a transcript, rep first, in turns."""
    words = [
        "Hi there, how long have you been seeing ants around the kitchen?",
        "A couple of weeks now, mostly in the morning.",
        "Sorry to hear that. Do you have any pets or small children at home?",
        "Two dogs. It sounds too expensive to me though.",
        "I understand, most people say that at first; the first treatment is half price and safe for dogs. Shall we do Tuesday or Thursday?",
        "Thursday works for me.",
    ]
    return [line(n + 1, words[n % len(words)], "agent" if n % 2 else "user") for n in range(count)]


def assert_error(response: httpx.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The one error shape, with this status and code and, if given, the field's name in details and message."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    assert response.headers["content-type"] == "application/json"
    error: dict[str, Any] = response.json()
    assert set(error) == ERROR_KEYS
    assert error["code"] == code, error
    assert isinstance(error["message"], str)
    assert error["message"]
    if field is not None:
        assert error["details"] == field, error
        assert field in error["message"]
    return error


def until(holds: Callable[[], bool], seconds: float = 20, pause: Callable[[], None] = lambda: time.sleep(0.01)) -> None:
    """Returns as soon as `holds()`, asked after each `pause`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        pause()
