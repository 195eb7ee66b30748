"""The load: users who play one session after the other, and check every answer."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from prove.chaos.calls import Answer, Caller, GaveUp
from prove.chaos.checker import answer_breaches
from prove.chaos.ledger import Ledger, Practice

REP = [
    "Hi there, how long have you been seeing ants around the kitchen?",
    "I understand, most people say that at first. The first visit is free.",
    "Do you have any pets or small children at home?",
    "Shall we do Tuesday or Thursday morning?",
]
HOMEOWNER = [
    "A couple of weeks now, mostly in the morning.",
    "It sounds too expensive to me, though.",
    "I would have to talk to my wife about it.",
    "Thursday works, I guess.",
]
SWEPT_AFTER_SECONDS = 55.0
"""No session is swept earlier; the shortest setting is a minute."""
FIRST_MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
FLOOD, HEAVY_LINES, HEAVY_CHARACTERS, HEAVY_PAUSE_SECONDS = 20, 60, 400, 6.0
HUGE_LINES, HUGE_CHARACTERS, HUGE_PAUSE_SECONDS = 250, 3_900, 10.0
"""Just under the 1 MiB of text that a session may hold."""
LONG_CHUNK = 50

Line = dict[str, Any]


class Person:
    """One user. `strangers` are ids of others' sessions, shared by all, to be tried now and then."""

    def __init__(
        self,
        index: int,
        user_id: str,
        caller: Caller,
        ledger: Ledger,
        seed: int,
        strangers: list[int],
        weight: str = "light",
    ) -> None:
        self._weight = weight
        self._index = index
        self._user_id = user_id
        self._caller = caller
        self._ledger = ledger
        self._chance = random.Random(f"{seed}/{index}")  # noqa: S311 - replayable on purpose
        self._strangers = strangers
        self._own: set[int] = set()
        self._number = 0

    async def practise_until(self, stop: asyncio.Event) -> None:
        """Session after session; the one under way is finished. A heavy user begins many at once, a huge one few."""
        while not stop.is_set():
            try:
                await self._next()
            except GaveUp:
                self._ledger.unsettled += 1
                return

    async def _next(self) -> None:
        match self._weight:
            case "heavy":
                await asyncio.gather(*(self._long(HEAVY_LINES, HEAVY_CHARACTERS) for _ in range(FLOOD)))
                await asyncio.sleep(HEAVY_PAUSE_SECONDS)
            case "huge":
                await self._long(HUGE_LINES, HUGE_CHARACTERS)
                await asyncio.sleep(HUGE_PAUSE_SECONDS)
            case _:
                await self._practise(self._begin())

    def _begin(self) -> Practice:
        self._number += 1
        return self._ledger.start(self._user_id, f"{self._index}-{self._number}", self._weight)

    async def _long(self, count: int, characters: int) -> None:
        """A whole session of many long lines, as fast as it goes."""
        practice = self._begin()
        number = self._number
        if not await self._create(practice):
            return
        filler = ("very long words indeed " * (characters // 23 + 1))[: characters - 60]
        lines = [
            self._timed(practice, sequence, "agent" if sequence % 2 == 0 else "user", f"{filler}[{number}.{sequence}]")
            for sequence in range(1, count + 1)
        ]
        while lines:
            chunk, lines = lines[:LONG_CHUNK], lines[LONG_CHUNK:]
            if not await self._append(practice, chunk):
                return
        await self._end(practice, [])

    async def _create(self, practice: Practice) -> bool:
        created = await self._caller.call("create", agent_name=f"Austin {self._index}", key=practice.key)
        if not self._is(practice, created, 200, 201):
            return False
        self._was_created(practice, created)
        return True

    def _was_created(self, practice: Practice, created: Answer) -> None:
        practice.id = created.body["id"]
        practice.last_seen = time.monotonic()
        self._own.add(created.body["id"])
        self._strangers.append(created.body["id"])

    async def _practise(self, practice: Practice) -> None:
        chance = self._chance
        if not await self._create(practice):
            return
        if chance.random() < 0.2:
            await self._bind(practice)
        chunks = self._chunks(practice, 0 if chance.random() < 0.03 else chance.randint(3, 14))
        last = chunks.pop() if chunks and chance.random() < 0.5 else []
        while chunks:
            at_once = [chunks.pop(0) for _ in range(min(len(chunks), chance.choice((1, 1, 1, 2, 3))))]
            done = await asyncio.gather(*(self._append(practice, chunk) for chunk in at_once))
            if not all(done):
                return
            await self._aside(practice)
            await asyncio.sleep(chance.uniform(0, 0.3))
        if chance.random() < 0.05:
            return  # closes the tab and never comes back
        if not last and chance.random() < 0.3 and not await self._say_without_sequence(practice):
            return
        await self._end(practice, last)

    async def _bind(self, practice: Practice) -> None:
        """Notes the voice conversation of the session, as the voice client does at its start."""
        conversation_id = conversation_of(practice)
        answer = await self._caller.call("bind", practice.id, conversation_id=conversation_id)
        if self._is(practice, answer, 200):
            practice.conversation_id = conversation_id

    async def _say_without_sequence(self, practice: Practice) -> bool:
        """Some lines whose numbers the server gives. Each is sent once: without a number a retry would be a new line."""
        unanswered = 0
        for count in range(self._chance.randint(1, 3)):
            words = ("user", f"{REP[0]} [{practice.key}.{count}]")
            last = max(practice.acknowledged, default=0)
            for sequence in range(last + 1, last + unanswered + 2):
                practice.will_send(sequence, words)
            line = {"speaker": words[0], "text": words[1]}
            answer = await self._caller.call_once("append", practice.id, lines=[line])
            if answer is None:
                unanswered += 1
                continue
            if self._was_swept(practice, answer) or not self._is(practice, answer, 200):
                return False
            practice.was_acknowledged(answer.body["last_sequence"], words)
            practice.last_seen = time.monotonic()
            unanswered = 0
        return True

    def _chunks(self, practice: Practice, count: int) -> list[list[Line]]:
        """The lines of a session in the order of sending, which mostly is the order of their numbers."""
        lines = []
        for sequence in range(1, count + 1):
            speaker, words = ("agent", HOMEOWNER) if sequence % 2 == 0 else ("user", REP)
            text = f"{words[sequence // 2 % len(words)]} [{practice.key}.{sequence}]"
            lines.append(self._timed(practice, sequence, speaker, text))
        chunks = []
        while lines:
            size = self._chance.choice((1, 1, 1, 2, 5))
            chunks.append(lines[:size])
            lines = lines[size:]
        if self._chance.random() < 0.2:
            self._chance.shuffle(chunks)
        return chunks

    def _timed(self, practice: Practice, sequence: int, speaker: str, text: str) -> Line:
        """A line with a time of its own, which must never change."""
        moment = FIRST_MOMENT + timedelta(milliseconds=self._chance.randrange(10**9))
        timestamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        practice.timestamps[sequence] = timestamp
        return _line(sequence, speaker, text, timestamp=timestamp)

    async def _append(self, practice: Practice, lines: list[Line]) -> bool:
        """Sends lines; whether the session goes on."""
        for line in lines:
            practice.will_send(line["sequence"], (line["speaker"], line["text"]))
        answer = await self._caller.call("append", practice.id, lines=lines)
        if self._was_swept(practice, answer) or not self._is(practice, answer, 200):
            return False
        self._note(practice, lines)
        if answer.body["id"] != practice.id or {line["sequence"] for line in lines} & set(answer.body["missing"]):
            self._ledger.breach("answer", practice, f"to an append: {answer.body}")
        return True

    def _note(self, practice: Practice, lines: list[Line]) -> None:
        for line in lines:
            practice.was_acknowledged(line["sequence"], (line["speaker"], line["text"]))
        practice.last_seen = time.monotonic()

    async def _aside(self, practice: Practice) -> None:
        """Other requests between the lines: repeats, corrections, reads, lists, and reads of other users' sessions."""
        chance = self._chance
        there = {n: next(iter(words)) for n, words in practice.acknowledged.items() if len(words) == 1}
        uncorrected = [n for n, (speaker, text) in there.items() if speaker == "agent" and text.endswith("]")]
        roll = chance.random()
        if roll < 0.15 and there:
            again = chance.sample(sorted(there), min(3, len(there)))
            await self._append(practice, [_line(n, *there[n]) for n in again])
        elif roll < 0.30 and uncorrected:
            sequence = chance.choice(uncorrected)
            speaker, text = there[sequence]
            await self._append(practice, [_line(sequence, speaker, text + " and -", correction=True)])
        elif roll < 0.50:
            await self._look(practice)
        elif roll < 0.55:
            await self._list(practice)
        elif roll < 0.65:
            await self._pry(practice)

    async def _look(self, practice: Practice) -> dict[str, Any]:
        promised = practice.promised()
        answer = await self._caller.call("get", practice.id)
        if not self._is(practice, answer, 200):
            return {}
        session: dict[str, Any] = answer.body
        self._ledger.breaches += answer_breaches(practice, session, promised)
        return session

    async def _list(self, practice: Practice) -> None:
        answer = await self._caller.call("list")
        if self._is(practice, answer, 200):
            for row in answer.body["sessions"]:
                if row["agent_name"] != f"Austin {self._index}":
                    self._ledger.breach("leak", practice, f"its user was listed session {row['id']}")

    async def _pry(self, practice: Practice) -> None:
        session_id = self._chance.choice(self._strangers)
        if session_id not in self._own:
            answer = await self._caller.call("get", session_id)
            if answer.status != 404:
                self._ledger.breach("leak", practice, f"session {session_id} was shown to a stranger: {answer.status}")

    async def _end(self, practice: Practice, last: list[Line]) -> None:
        for line in last:
            practice.will_send(line["sequence"], (line["speaker"], line["text"]))
        practice.end_sent = True
        times = self._chance.choice((1, 1, 1, 2))
        answers = await asyncio.gather(
            *(self._caller.call("complete", practice.id, duration_seconds=60, lines=last) for _ in range(times))
        )
        for answer in answers:
            if self._was_swept(practice, answer):
                return
            if self._is(practice, answer, 200):
                self._note(practice, last)
                practice.ended = True
                expected = {"status": "completed" if practice.rep_spoke else "failed"}
                if not expected.items() <= answer.body.items() or answer.body["id"] != practice.id:
                    self._ledger.breach("answer", practice, f"to its end: {answer.body}")
        if practice.ended and self._chance.random() < 0.3:
            await self._wait_for_grade(practice)
        if practice.ended and self._chance.random() < 0.08:
            await self._delete(practice)

    async def _wait_for_grade(self, practice: Practice) -> None:
        while (session := await self._look(practice)) and session["grading"]["state"] in ("waiting", "in_progress"):
            if self._caller.give_up_at is not None and time.monotonic() > self._caller.give_up_at:
                raise GaveUp
            await asyncio.sleep(0.5)

    async def _delete(self, practice: Practice) -> None:
        practice.delete_sent = True
        # 404: an earlier try, whose answer was lost, had done it.
        practice.deleted = self._is(practice, await self._caller.call("delete", practice.id), 204, 404)

    def _was_swept(self, practice: Practice, answer: Answer) -> bool:
        """Whether the session was ended as abandoned meanwhile, as it may be after a long outage."""
        if answer.status != 409 or answer.body["code"] != "session_not_active":
            return False
        provider_may_end_it = practice.conversation is not None and practice.conversation.over
        if not provider_may_end_it and time.monotonic() - practice.last_seen < SWEPT_AFTER_SECONDS:
            self._ledger.breach("answer", practice, "session_not_active, though it was active just now")
        return True

    def _is(self, practice: Practice, answer: Answer, *statuses: int) -> bool:
        if answer.status in statuses:
            return True
        self._ledger.breach("answer", practice, f"{answer.status} {answer.body}")
        return False


def conversation_of(practice: Practice) -> str:
    """The id of the session's voice conversation."""
    return f"conv_{practice.key}"


def _line(sequence: int, speaker: str, text: str, **more: Any) -> Line:
    return {"sequence": sequence, "speaker": speaker, "text": text, **more}
