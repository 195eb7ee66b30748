"""Compares what each user used on each day with the daily limits and with what the user was told. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from prove.chaos.checker import Stored
from prove.chaos.ledger import Allowance, Breach, Ledger

SESSIONS_A_DAY = 99_999
MODEL_GRADES_A_DAY = 99_999
"""The run's settings. A user with an allowance begins with the rest already used."""


@dataclass(frozen=True)
class Used:
    """A row of training.usage."""

    user_id: str
    day: date
    sessions_begun: int
    model_grades: int


def cap_breaches(ledger: Ledger, used: Iterable[Used], stored: Iterable[Stored]) -> list[Breach]:
    """Days above a limit, sessions and grades that were not counted, and sessions begun although refused."""
    found = []
    begun: Counter[str] = Counter()
    model_grades: Counter[str] = Counter()
    for row in used:
        own = ledger.allowances.get(row.user_id)
        before = _used_before(own) if own and own.day == row.day else (0, 0)
        begun[row.user_id] += row.sessions_begun - before[0]
        model_grades[row.user_id] += row.model_grades - before[1]
        for what, count, most in (
            ("sessions", row.sessions_begun, SESSIONS_A_DAY),
            ("model grades", row.model_grades, MODEL_GRADES_A_DAY),
        ):
            if count > most:
                found.append(Breach("cap", None, f"user {row.user_id} used {count} of {most} {what} on {row.day}"))
    known, asked = Counter[str](), Counter[str]()
    for practice in ledger.practices:
        known[practice.user_id] += practice.id is not None
        asked[practice.user_id] += not practice.refused
    for user in asked | known:
        if not known[user] <= begun[user] <= asked[user]:
            what = f"{begun[user]} sessions are counted, {known[user]} were acknowledged and {asked[user]} asked for"
            found.append(Breach("usage", None, f"user {user}: {what}"))
    graded: Counter[str] = Counter()
    refused = {(practice.user_id, practice.key) for practice in ledger.practices if practice.refused}
    for each in stored:
        graded[each.user_id] += each.first_grade_by_model
        if (each.user_id, each.key) in refused:
            found.append(Breach("cap", each.id, "it was begun, though its user was refused"))
    for user, count in graded.items():
        if count > model_grades[user]:
            what = f"{model_grades[user]} model grades are counted, {count} are stored"
            found.append(Breach("usage", None, f"user {user}: {what}"))
    return found


def _used_before(allowance: Allowance) -> tuple[int, int]:
    """Sessions and model grades that count as used at the start."""
    return SESSIONS_A_DAY - allowance.sessions, MODEL_GRADES_A_DAY - allowance.model_grades
