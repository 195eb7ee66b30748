"""The fault run's comparison with the daily limits finds what is planted, and nothing in an honest run."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from prove.chaos.calls import Answer, Caller
from prove.chaos.capped import CappedPerson
from prove.chaos.caps import MODEL_GRADES_A_DAY, SESSIONS_A_DAY, Used, cap_breaches
from prove.chaos.checker import Stored
from prove.chaos.ledger import Allowance, Ledger

USER = "11111111-1111-4111-8111-111111111111"
CAPPED = "22222222-2222-4222-8222-222222222222"
DAY = date(2026, 11, 22)
LEFT = Allowance(DAY, sessions=2, model_grades=1)


def row(session_id: int, user_id: str, *, by_model: bool = False) -> Stored:
    return Stored(
        id=session_id, user_id=user_id, key=f"key-{session_id}", status="completed", end_reason="ended", transcript=[],
        graded=True, accepted_grades=1, shows_last_grade=True, seconds_to_grade=0.2, seconds_idle=5.0, claimed=False,
        first_grade_by_model=by_model,
    )  # fmt: skip


FREE_ROWS = [row(1, USER, by_model=True)]
CAPPED_ROWS = [row(2, CAPPED, by_model=True), row(3, CAPPED)]
STORED = [*FREE_ROWS, *CAPPED_ROWS]
FREE_USED = Used(USER, DAY, sessions_begun=1, model_grades=1)
CAPPED_USED = Used(CAPPED, DAY, sessions_begun=SESSIONS_A_DAY, model_grades=MODEL_GRADES_A_DAY)
USED = [FREE_USED, CAPPED_USED]


@pytest.fixture
def ledger() -> Ledger:
    """One user with one session; another with two sessions, the limit, and a third that was refused."""
    ledger = Ledger(allowances={CAPPED: LEFT})
    for session_id, user_id in ((1, USER), (2, CAPPED), (3, CAPPED)):
        ledger.start(user_id, f"key-{session_id}").id = session_id
    ledger.start(CAPPED, "key-4").refused = True
    return ledger


def kinds(ledger: Ledger, used: list[Used] = USED, stored: list[Stored] = STORED) -> list[str]:
    return [breach.kind for breach in cap_breaches(ledger, used, stored)]


def test_users_within_and_at_the_limits_are_no_breach(ledger: Ledger) -> None:
    assert kinds(ledger) == []


def test_a_session_above_the_limit_is_found(ledger: Ledger) -> None:
    ledger.start(CAPPED, "key-5").id = 5
    above = [FREE_USED, replace(CAPPED_USED, sessions_begun=SESSIONS_A_DAY + 1)]
    assert kinds(ledger, above, [*STORED, row(5, CAPPED)]) == ["cap"]


def test_a_model_grade_above_the_limit_is_found(ledger: Ledger) -> None:
    above = [FREE_USED, replace(CAPPED_USED, model_grades=MODEL_GRADES_A_DAY + 1)]
    assert kinds(ledger, above) == ["cap"]


def test_a_session_that_was_begun_and_not_counted_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, [FREE_USED, replace(CAPPED_USED, sessions_begun=SESSIONS_A_DAY - 1)]) == ["usage"]


def test_a_count_that_an_erasure_took_back_is_found(ledger: Ledger) -> None:
    ledger.practices[1].deleted = True
    assert kinds(ledger, USED, [FREE_ROWS[0], CAPPED_ROWS[1]]) == [], "the count outlives the session"
    forgotten = [FREE_USED, replace(CAPPED_USED, sessions_begun=SESSIONS_A_DAY - 1)]
    assert kinds(ledger, forgotten, [FREE_ROWS[0], CAPPED_ROWS[1]]) == ["usage"]
    assert set(kinds(ledger, [FREE_USED], STORED)) == {"usage"}, "the whole row is gone"


def test_a_refused_session_that_was_counted_is_found(ledger: Ledger) -> None:
    ledger.practices[2].id = None
    ledger.practices[2].refused = True
    assert kinds(ledger, USED, [FREE_ROWS[0], CAPPED_ROWS[0]]) == ["usage"]


def test_a_session_without_an_answer_may_be_counted_or_not(ledger: Ledger) -> None:
    ledger.start(USER, "key-6")
    assert kinds(ledger) == []
    assert kinds(ledger, [replace(FREE_USED, sessions_begun=2), CAPPED_USED]) == []
    assert kinds(ledger, [replace(FREE_USED, sessions_begun=3), CAPPED_USED]) == ["usage"], "counted twice"


def test_a_session_that_is_stored_though_it_was_refused_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, USED, [*STORED, row(4, CAPPED)]) == ["cap"]


def test_a_model_grade_that_was_not_counted_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, [replace(FREE_USED, model_grades=0), CAPPED_USED]) == ["usage"]
    assert kinds(ledger, USED, [*FREE_ROWS, *(replace(each, first_grade_by_model=True) for each in CAPPED_ROWS)]) == [
        "usage"
    ]


def test_the_next_day_has_the_whole_limits(ledger: Ledger) -> None:
    ledger.start(CAPPED, "key-5").id = 5
    next_day = Used(CAPPED, DAY + timedelta(days=1), sessions_begun=1, model_grades=0)
    assert kinds(ledger, [*USED, next_day], [*STORED, row(5, CAPPED)]) == []


class OneAnswer:
    """Answers every creation alike, with a new id each."""

    def __init__(self, status: int, code: str = "", retry_after: str = "") -> None:
        self._status, self._code, self._retry_after = status, code, retry_after
        self._created = 0

    async def call(self, request: str, **_about: Any) -> Answer:
        assert request == "create"
        if self._status == 429:
            return Answer(429, {"code": self._code}, self._retry_after)
        self._created += 1
        return Answer(201, {"id": self._created, "status": "active"})


class BeginsOnly(CappedPerson):
    """Begins sessions and says nothing in them."""

    async def _say_and_end(self, _practice: object) -> None:
        pass


def begin(caller: OneAnswer, left: int) -> list[str]:
    """What a user with so many sessions left sees who begins three at once."""
    ledger = Ledger(allowances={CAPPED: Allowance(datetime.now(UTC).date(), left, 1)})
    person = BeginsOnly(5, CAPPED, cast(Caller, caller), ledger, 1, [], "capped")
    asyncio.run(person._next())
    return [breach.kind for breach in ledger.breaches]


def test_a_user_who_begins_more_than_is_left_is_found() -> None:
    assert begin(OneAnswer(201), left=3) == []
    assert begin(OneAnswer(201), left=2) == ["cap"]


def test_a_user_who_is_refused_too_early_is_found() -> None:
    refusal = OneAnswer(429, "too_many_sessions", "60")
    assert begin(refusal, left=0) == []
    assert begin(refusal, left=1) == ["cap"]


@pytest.mark.parametrize(
    ("code", "retry_after"),
    [
        ("too_many_requests", "60"),
        ("too_many_sessions", ""),
        ("too_many_sessions", "0"),
        ("too_many_sessions", "90000"),
    ],
)
def test_a_refusal_without_its_code_or_its_seconds_is_found(code: str, retry_after: str) -> None:
    assert begin(OneAnswer(429, code, retry_after), left=0) == ["answer"] * 3
