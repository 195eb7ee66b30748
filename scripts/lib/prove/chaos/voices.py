"""Users who practise by voice and whose browser fails: it dies for good, loses lines, or never sees them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp

from prove.chaos.calls import Answer
from prove.chaos.ledger import Conversation, Practice
from prove.chaos.people import Person, conversation_of

FATES = ("dies", "dies", "dies", "loses lines", "misses lines", "lives")
"""`loses lines`: the numbers show gaps. `misses lines`: the numbers show none, as when the voice SDK skips an event."""
LOST_SHARE = 0.3
DELIVERIES = ("prompt", "late", "twice", "lost", "out of order")
"""`out of order`: an older record, without the last turns, comes after the whole one."""
FORGED = ("forged", "altered", "stale")
LATE_SECONDS = 8.0
SECONDS = 4
"""Of each conversation."""

Line = dict[str, Any]


class Speaker(Person):
    """One user. The stand-in for ElevenLabs at `provider_url` holds every conversation whole."""

    def __init__(self, *person: Any, provider_url: str, http: aiohttp.ClientSession) -> None:
        super().__init__(*person)
        self._provider_url = provider_url
        self._http = http

    async def _next(self) -> None:
        practice = self._begin()
        conversation = self._conversation(practice)
        practice.conversation = conversation
        if not await self._create(practice):
            return
        await self._bind(practice)
        lines = self._heard_by_browser(practice, conversation)
        early = self._chance.random() < 0.25  # the provider's event comes before the last lines of the browser
        chunks = [lines[n : n + 3] for n in range(0, len(lines), 3)]
        for number, chunk in enumerate(chunks, start=1):
            last = number == len(chunks)
            if last and early:
                await self._hang_up(practice, conversation)
            if last and conversation.fate == "dies":
                await self._send_and_die(practice, chunk)
            elif not await self._say(practice, chunk):
                break
            await asyncio.sleep(self._chance.uniform(0, 0.2))
        if not conversation.over:
            await self._hang_up(practice, conversation)
        if conversation.fate != "dies":
            await self._complete(practice)
        if self._chance.random() < 0.06:
            await self._delete(practice)
        await asyncio.sleep(self._chance.uniform(0, 1.5))

    def _conversation(self, practice: Practice) -> Conversation:
        """What both sides say. Every word of a turn but the first occurs once in the run."""
        turns = []
        for number in range(1, self._chance.randint(4, 24) + 1):
            first = self._chance.choice(("Well,", "Yes,", "So,", "Right,"))
            own = " ".join(f"w{practice.key.replace('-', 'x')}x{number}x{n}" for n in range(self._chance.randint(5, 9)))
            turns.append(("agent" if number % 2 else "user", f"{first} {own}."))
        fate = self._chance.choice(FATES)
        return Conversation(turns, numbered_as_heard=fate != "misses lines", fate=fate)

    def _heard_by_browser(self, practice: Practice, conversation: Conversation) -> list[Line]:
        """The lines that the browser sends. It writes some words in another way than the provider."""
        lost_from = (
            self._chance.randrange(len(conversation.turns)) if conversation.fate == "dies" else len(conversation.turns)
        )
        loses = conversation.fate in ("loses lines", "misses lines")
        lines: list[Line] = []
        for number, (role, text) in enumerate(conversation.turns, start=1):
            if number > lost_from or (loses and self._chance.random() < LOST_SHARE):
                continue
            sequence = number if conversation.numbered_as_heard else len(lines) + 1
            written = self._chance.choice((text, text.lower(), text.rstrip(".") + "?"))
            lines.append(self._timed(practice, sequence, role, written))
        return lines

    async def _say(self, practice: Practice, lines: list[Line]) -> bool:
        """Whether the browser may go on."""
        for line in lines:
            practice.will_send(line["sequence"], (line["speaker"], line["text"]))
        answer = await self._caller.call("append", practice.id, lines=lines)
        if self._ended_by_provider(practice, answer) or self._was_swept(practice, answer):
            return False
        if self._is(practice, answer, 200):
            self._note(practice, lines)
        return answer.status == 200

    async def _send_and_die(self, practice: Practice, lines: list[Line]) -> None:
        """The browser is gone before the answer: the lines may be there or not."""
        for line in lines:
            practice.will_send(line["sequence"], (line["speaker"], line["text"]))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._chance.uniform(0, 0.03)):
                await self._caller.call_once("append", practice.id, lines=lines)

    async def _complete(self, practice: Practice) -> None:
        practice.end_sent = True
        answer = await self._caller.call("complete", practice.id, duration_seconds=60, lines=[])
        if not self._was_swept(practice, answer) and self._is(practice, answer, 200):
            practice.ended = True

    @staticmethod
    def _ended_by_provider(practice: Practice, answer: Answer) -> bool:
        """Whether lines are refused because the provider's record came first."""
        over = practice.conversation is not None and practice.conversation.over
        return over and answer.status == 409 and answer.body["code"] in ("session_not_active", "line_conflict")

    async def _hang_up(self, practice: Practice, conversation: Conversation) -> None:
        """The conversation is over. From here on the provider has its record, and delivers it in one of many ways."""
        conversation.over = True
        at = self._chance.uniform(0, 1)
        later = at + self._chance.uniform(0.5, LATE_SECONDS)
        deliveries: list[dict[str, Any]] = []
        match self._chance.choice(DELIVERIES):
            case "prompt":
                deliveries = [{"after": at}]
            case "late":
                deliveries = [{"after": later}]
            case "twice":
                deliveries = [{"after": at}, {"after": at}, {"after": later}]
            case "out of order":
                part = conversation.turns[: len(conversation.turns) // 2]
                deliveries = [{"after": at, "again": True, "then": {"kind": "event", "after": later, "turns": part}}]
        if self._chance.random() < 0.3:
            conversation.forged = [
                (role, f"forged words {practice.key} {n}") for n, (role, _) in enumerate(conversation.turns)
            ]
            forged = {"turns": [*conversation.turns, *conversation.forged], "kind": self._chance.choice(FORGED)}
            deliveries += [{**forged, "after": at / 2}, {**forged, "after": later}]
        document = {
            "conversation_id": conversation_of(practice),
            "seconds": SECONDS,
            "turns": conversation.turns,
            "deliveries": [{"kind": "event", **each} for each in deliveries],
        }
        async with self._http.post(f"{self._provider_url}/_calls", json=document) as response:
            response.raise_for_status()
