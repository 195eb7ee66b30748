"""The stack under measurement and the people on it."""

from __future__ import annotations

import functools
import os
import random
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.types.json import Jsonb

from prove.bench.load import Request
from run.local.binaries import NODE_MODULES
from run.local.http_client import answers
from run.local.ports import HOST
from run.local.process import Process
from run.local.temporary import TemporaryStack

WORDS = [
    "ants",
    "kitchen",
    "treatment",
    "price",
    "half",
    "safe",
    "dogs",
    "children",
    "morning",
    "quarterly",
    "service",
    "neighbours",
    "spring",
    "wasps",
    "attic",
    "termite",
    "inspection",
    "free",
    "cancel",
    "contract",
    "monthly",
    "today",
    "tomorrow",
    "Thursday",
    "schedule",
    "technician",
    "spray",
    "outside",
    "inside",
    "barrier",
    "worried",
    "husband",
    "wife",
    "budget",
    "expensive",
    "company",
    "review",
    "understand",
    "appreciate",
    "sounds",
    "great",
    "honestly",
    "probably",
    "usually",
    "how",
    "long",
    "have",
    "you",
    "been",
    "seeing",
    "them",
    "what",
    "would",
    "it",
    "take",
    "to",
    "get",
    "started",
    "the",
    "first",
    "visit",
    "is",
    "on",
    "us",
    "we",
    "guarantee",
    "that",
]


class Peer(Process):
    """The same handler as a Deno function with postgrest-js: `peer.ts`."""

    name = "deno"

    def __init__(self, port: int, rest_url: str, key: str, *, log: Path) -> None:
        super().__init__(log=log)
        self.port = port
        self._env = {"PORT": str(port), "SUPABASE_REST_URL": rest_url, "SUPABASE_PUBLISHABLE_KEY": key}

    def command(self) -> Sequence[str]:
        deno = str(NODE_MODULES / ".bin" / "deno")
        return [
            deno,
            "run",
            "--quiet",
            "--no-config",
            "--no-lock",
            "--allow-all",
            str(Path(__file__).with_name("peer.ts")),
        ]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", **self._env}

    def ready(self) -> bool:
        return answers(f"http://{HOST}:{self.port}/healthz", below=300)


class Rig:
    """Context manager: a stack whose function speaks straight to PostgREST, as the bare RPC does; one user; the peer."""

    def __init__(
        self, folder: Path, *, durable: bool = True, scheduled: bool = False, peer: bool = False, **more: Any
    ) -> None:
        self.stack = TemporaryStack(folder, durable=durable, scheduled=scheduled, **more)
        port = self.stack.settings.port
        self.functions_port, self.postgrest_port, self.grader_port = (
            port("functions"),
            port("postgrest"),
            port("grader"),
        )
        self.peer_port = self.stack.settings.port_base + 7
        self._peer = (
            Peer(
                self.peer_port,
                self.stack.url("postgrest"),
                self.stack.keys.publishable,
                log=folder / "logs" / "peer.log",
            )
            if peer
            else None
        )
        self.user_id = str(uuid.uuid4())
        self.token = self.stack.keys.user_token(self.user_id, seconds=24 * 3600)

    def __enter__(self) -> Self:
        self.stack.__enter__()
        if self._peer:
            self._peer.start()
        # A checkpoint needs the superuser.
        self.sql = psycopg.connect(self.stack.settings.admin_url, autocommit=True)
        self.sql.execute("insert into public.users (id) values (%s) on conflict do nothing", (self.user_id,))
        # One user makes the sessions of a whole bench.
        self.sql.execute("insert into training.settings values ('sessions_per_user_per_day', '99999')")
        return self

    def __exit__(self, *_: object) -> None:
        self.sql.close()
        if self._peer:
            self._peer.stop()
        self.stack.stop()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def person(self) -> tuple[str, dict[str, str]]:
        """Another user: the id, and the header of their requests."""
        user_id = str(uuid.uuid4())
        self.sql.execute("insert into public.users (id) values (%s)", (user_id,))
        return user_id, {"Authorization": f"Bearer {self.stack.keys.user_token(user_id, seconds=24 * 3600)}"}

    def sessions(self, count: int, lines: int = 0, user_id: str | None = None) -> list[int]:
        """The ids of new active sessions with so many lines each."""
        rows = self.sql.execute(
            """insert into public.training_sessions (user_id, agent_name, transcript, started_at, created_at, last_activity_at)
               select %s, 'Austin', %s, now(), now(), now() from generate_series(1, %s) returning id""",
            (user_id or self.user_id, Jsonb(transcript(lines)), count),
        )
        return [row[0] for row in rows]

    def function_append(self, session_id: int, sequence: int) -> Request:
        return self.request("PATCH", f"/api/training-sessions/{session_id}", {"transcript_line": line(sequence)})

    def rpc_append(self, session_id: int, sequence: int) -> Request:
        return self.request("POST", "/rpc/append_transcript", {"session_id": session_id, "lines": [line(sequence)]})

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Request:
        return Request.make(method, path, {**self.headers, **headers}, body)

    def grade(self) -> dict[str, Any]:
        """Drains the queue by one call to the grader."""
        from run.local.http_client import request

        secret = {"X-Grader-Secret": self.stack.settings.grader_secret}
        answer = request("POST", self.stack.url("grader"), body={}, headers=secret, timeout=120)
        counts: dict[str, Any] = answer.json()
        return counts


@functools.cache
def line(sequence: int) -> dict[str, Any]:
    """As a client sends it: about a hundred characters, each line different."""
    chance = random.Random(sequence)  # noqa: S311 - the same in every run
    text = " ".join(chance.choices(WORDS, k=17))
    return {"sequence": sequence, "speaker": "user" if sequence % 2 else "agent", "text": text}


def transcript(count: int) -> list[dict[str, Any]]:
    """As it is stored."""
    return [{**line(sequence), "timestamp": "2026-11-22T09:06:13.250Z"} for sequence in range(1, count + 1)]
