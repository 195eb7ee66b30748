"""A rep who practises by voice, and what the provider heard, in the words of the tests."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from stacks import WEBHOOK_SECRET
from standins.elevenlabs import ElevenLabsStandIn
from standins.elevenlabs_hook import Said, conversation, deliver, post_call
from support import Stack, User, line

SPOKEN: list[Said] = [
    ("agent", "Hello? Who is it?"),
    ("user", "Good evening, I am Sam from Cedar Home Care. Have you seen ants lately?"),
    ("agent", "A few, in the kitchen. It sounds expensive, though."),
    ("user", "I understand, the first visit is half price. Shall we do Tuesday or Thursday?"),
    ("agent", "Thursday works for me."),
]

_numbers = itertools.count(1)


def lines(said: Sequence[Said], *lost: int) -> list[dict[str, Any]]:
    """As the browser sends them: numbered from 1, without the lost ones."""
    return [line(n, words, role) for n, (role, words) in enumerate(said, start=1) if n not in lost]


@dataclass
class Rep:
    """A signed-in rep on the stack with the stand-in."""

    stack: Stack
    user: User
    elevenlabs: ElevenLabsStandIn

    @property
    def hook_url(self) -> str:
        return f"{self.stack.gateway_url}/api/hooks/elevenlabs"

    def speak(self, *heard: dict[str, Any]) -> tuple[int, str]:
        """A session bound to a new conversation, with the lines that reached us: (session's id, conversation's id)."""
        session_id, conversation_id = self.user.start("Maria", agent_id="agent_maria"), f"conv_{next(_numbers)}"
        self.bind(session_id, conversation_id)
        if heard:
            self.user.say(session_id, *heard)
        return session_id, conversation_id

    def bind(self, session_id: int, conversation_id: str) -> None:
        with self.stack.database.rep(self.user.id) as rep:
            rep.rpc("bind_training_conversation", session_id=session_id, conversation_id=conversation_id)

    def hook(
        self, conversation_id: str, said: Sequence[Said] = SPOKEN, *, secret: str = WEBHOOK_SECRET, **about: Any
    ) -> httpx.Response:
        """The provider's event about what it heard."""
        return deliver(self.hook_url, post_call(conversation(conversation_id, said, **about)), secret)

    def hooked(self, conversation_id: str, said: Sequence[Said] = SPOKEN, **about: Any) -> None:
        """The event, acknowledged, and the worker's work on it."""
        response = self.hook(conversation_id, said, **about)
        assert (response.status_code, response.json()) == (200, {"received": True}), response.text
        self.work()

    def work(self) -> None:
        """As the schedule: what waits is reconciled by the first call, and graded by the second at the latest."""
        self.stack.grade()
        self.stack.grade()

    def said(self, session_id: int) -> list[Said]:
        """The transcript as (role, words)."""
        return [(each["speaker"], each["text"]) for each in self.stack.database.transcript(session_id)]

    def recovered(self, session_id: int) -> list[int]:
        """Sequences of the lines that came from the provider."""
        return [
            each["sequence"] for each in self.stack.database.transcript(session_id) if each.get("source") == "provider"
        ]

    def wait(self, minutes: float) -> None:
        """As if this long had passed for everything that waits."""
        sql, past = self.stack.database.sql, f"interval '{minutes} minutes'"
        sql(f"update public.training_sessions set last_activity_at = last_activity_at - {past}")
        sql(f"update training.voice_conversations set poll_after = poll_after - {past}, bound_at = bound_at - {past}")
        sql(f"update training.voice_sessions set try_after = try_after - {past}")
        sql(
            f"update training.provider_erasures set try_after = try_after - {past}, requested_at = requested_at - {past}"
        )
        sql(f"update public.provider_transcripts set received_at = received_at - {past}")
