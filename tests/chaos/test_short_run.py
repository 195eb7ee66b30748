"""A fault run of half a minute: everything is killed, cut and frozen, and every promise is kept. The checker is then given
the same run with a fault planted in what was really stored."""

import asyncio
from dataclasses import replace

import pytest

from prove.chaos.caps import cap_breaches
from prove.chaos.checker import check
from prove.chaos.outages import HELD_UP_SECONDS
from prove.chaos.run import ABANDONED_SECONDS, DEADLINE_SECONDS, Result, run

SEED = 20261122
SECONDS = 20.0


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return asyncio.run(run(SEED, SECONDS, people=8, folder=tmp_path_factory.mktemp("chaos")))


def test_nothing_is_lost_doubled_leaked_or_left_ungraded(result: Result) -> None:
    assert result.breaches == []
    assert result.died == []
    assert result.faults.total() >= 10
    assert result.ledger.lines > 100
    assert result.figures["sessions completed"] > 10
    assert result.figures["sessions refused by the daily limit"] > 0
    assert any(practice.conversation and practice.conversation.over for practice in result.ledger.practices)


def test_a_fault_planted_in_what_was_stored_is_found(result: Result) -> None:
    light = {practice.id for practice in result.ledger.practices if practice.weight == "light"}
    victim = next(row for row in result.stored if row.graded and len(row.transcript) > 3 and row.id in light)
    victim = replace(victim, evidence=None)  # The grade may quote the line that is lost below, which is a breach too.
    planted = {
        "lost line": replace(victim, transcript=victim.transcript[:-1]),
        "double": replace(victim, transcript=[*victim.transcript, victim.transcript[-1]]),
        "order": replace(victim, transcript=victim.transcript[::-1]),
        "never created": replace(victim, user_id="another user"),
        "held up": replace(victim, seconds_held=HELD_UP_SECONDS + 0.1),
        "ungraded": replace(victim, graded=False, accepted_grades=0, seconds_to_grade=None),
    }
    for kind, row in planted.items():
        stored = [row if each.id == victim.id else each for each in result.stored]
        breaches = check(result.ledger, stored, deadline=DEADLINE_SECONDS, abandoned_after=ABANDONED_SECONDS)
        assert {breach.kind for breach in breaches} == {kind}


def test_a_fault_planted_in_what_was_counted_is_found(result: Result) -> None:
    [capped] = result.ledger.allowances
    row = next(each for each in result.used if each.user_id == capped)
    planted = {
        "cap": replace(row, sessions_begun=row.sessions_begun + 1),
        "usage": replace(row, sessions_begun=row.sessions_begun - 1),
    }
    for kind, wrong in planted.items():
        used = [wrong if each == row else each for each in result.used]
        assert kind in {breach.kind for breach in cap_breaches(result.ledger, used, result.stored)}
