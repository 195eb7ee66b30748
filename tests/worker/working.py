"""Finished sessions to grade, workers to grade them, and what the database then says."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from config import GraderSettings
from standins.openai import OpenAIStandIn
from support import Database, Stack, line
from worker.drain import Counts, Worker
from worker.queue import Queue

CANARY = "quetzalcanary"


def finish_sessions(database: Database, count: int) -> list[int]:
    """The ids of new completed sessions, each of another rep; the transcript of each begins with `session <n>.`, n from 1."""
    ids = []
    with database.role("authenticated") as rep:
        for number in range(1, count + 1):
            rep.become(str(uuid.uuid4()))
            session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
            rep.rpc("complete_training_session", session_id=session_id, lines=lines(number))
            ids.append(session_id)
    return ids


def lines(number: int) -> list[dict[str, Any]]:
    return [
        line(1, f"session {number}. Hi, I am Dana from Brightwater, how long have you had {CANARY} ants in here?"),
        line(2, "A week or so. It is too expensive for me, though.", "agent"),
        line(3, "I understand, and the first visit is free. Shall we do Tuesday or Thursday?"),
        line(4, "Thursday, then.", "agent"),
    ]


@dataclass
class Work:
    """A stack whose sessions this test's own workers grade, with the OpenAI stand-in as their model."""

    stack: Stack
    openai: OpenAIStandIn

    def settings(self, **changes: Any) -> GraderSettings:
        defaults: dict[str, Any] = {
            "openai_api_key": "sk-test-key-of-the-tests",
            "openai_base_url": self.openai.url,
            "grader_deadline_seconds": 1.2,
            "grader_lease_seconds": 5,
        }
        return GraderSettings(**(defaults | changes))

    def drain(self, **changes: Any) -> Counts:
        """One drain of a new worker."""
        counts: Counts = self.run(lambda worker: worker.drain(), **changes)
        return counts

    def run(self, use: Callable[[Worker], Awaitable[Any]], **changes: Any) -> Any:
        """What `use` makes of a new worker that speaks to the real database."""

        async def run() -> Any:
            stack = self.stack
            queue = Queue(f"{stack.gateway_url}/rest/v1", stack.keys.secret)
            worker = Worker(queue, self.settings(**changes))
            try:
                return await use(worker)
            finally:
                await worker.close()
                await queue.close()

        return asyncio.run(run())

    def finish(self, count: int) -> list[int]:
        """New finished sessions, the only ones that wait."""
        self.stack.database.sql("delete from public.training_sessions")
        return finish_sessions(self.stack.database, count)

    def finish_one_more(self) -> int:
        """One more finished session."""
        [session_id] = finish_sessions(self.stack.database, 1)
        return session_id

    def outlast_leases(self) -> None:
        """As if every lease had ended."""
        self.stack.database.sql("update training.grading_claims set lease_until = now() - interval '1 second'")

    def graded_by(self) -> Counter[str]:
        """How many sessions show a grade, by grader; the others under their status."""
        query = "select coalesce(graded_by, status) from public.training_sessions"
        return Counter(self.stack.database.sql(query))

    def history(self) -> Counter[tuple[str, ...]]:
        """How many sessions have which attempts, each as `grader` or `grader:error_class`, in their order."""
        query = """
            select array_agg(concat_ws(':', grader, error_class) order by id)
              from public.training_grades group by session_id
        """
        return Counter(tuple(attempts) for attempts in self.stack.database.sql(query))

    def accepted_grades(self) -> Counter[int]:
        """How many accepted grades each session has."""
        query = "select session_id from public.training_grades where outcome = 'accepted'"
        return Counter(self.stack.database.sql(query))

    def stored_words(self) -> str:
        """Everything the history says besides the evidence."""
        query = "select concat_ws(' ', model, error_class, error, request_id, notes) from public.training_grades"
        return "\n".join(self.stack.database.sql(query))
