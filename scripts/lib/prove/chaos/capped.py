"""A user at the limits of a day: begins sessions, several at once, until they are refused, and erases some of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from prove.chaos.calls import Answer
from prove.chaos.ledger import Allowance, Practice
from prove.chaos.people import Person

AT_ONCE = 3
LINES = 4
SECONDS_OF_A_DAY = 86_400


class CappedPerson(Person):
    """One user with an allowance in the ledger. `allowance.day` is the day it holds for; later days have none."""

    async def _next(self) -> None:
        allowance = self._ledger.allowances[self._user_id]
        practices = [self._begin() for _ in range(AT_ONCE)]
        answers = await asyncio.gather(*(self._begin_or_not(practice) for practice in practices))
        if datetime.now(UTC).date() == allowance.day:
            self._compare(practices, answers, allowance)
        for practice in practices:
            if practice.id is not None:
                await self._say_and_end(practice)
        await asyncio.sleep(self._chance.uniform(0.2, 1))

    async def _begin_or_not(self, practice: Practice) -> Answer:
        answer = await self._caller.call("create", agent_name=f"Austin {self._index}", key=practice.key)
        if answer.status == 429:
            practice.refused = True
            seconds = int(answer.retry_after) if answer.retry_after.isdecimal() else 0
            if answer.body["code"] != "too_many_sessions" or not 1 <= seconds <= SECONDS_OF_A_DAY:
                self._ledger.breach("answer", practice, f"429 {answer.body}, Retry-After: {answer.retry_after!r}")
        elif self._is(practice, answer, 200, 201):
            self._was_created(practice, answer)
        return answer

    def _compare(self, practices: list[Practice], answers: list[Answer], allowance: Allowance) -> None:
        """The sessions begun so far with the allowance. Erasing a session does not make room for another."""
        begun = sum(each.id is not None for each in self._ledger.practices if each.user_id == self._user_id)
        refused = sum(answer.status == 429 for answer in answers)
        if begun > allowance.sessions:
            self._ledger.breach("cap", practices[-1], f"session {begun} of {allowance.sessions} was begun")
        if refused and begun < allowance.sessions:
            self._ledger.breach("cap", practices[-1], f"refused after {begun} of {allowance.sessions}")

    async def _say_and_end(self, practice: Practice) -> None:
        for chunk in self._chunks(practice, LINES):
            if not await self._append(practice, chunk):
                return
        await self._end(practice, [])
        if practice.ended and not practice.deleted and self._chance.random() < 0.5:
            await self._wait_for_grade(practice)
            await self._delete(practice)
