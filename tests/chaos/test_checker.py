"""The fault run's checker finds what is planted, and nothing in an honest run."""

from dataclasses import replace
from typing import Any

import pytest

from prove.chaos.checker import Stored, answer_breaches, check
from prove.chaos.ledger import Ledger, Practice

USER = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


def practice(ledger: Ledger, session_id: int = 1, user_id: str = USER, count: int = 4) -> Practice:
    """A session of `count` acknowledged lines, ended."""
    practice = ledger.start(user_id, f"key-{session_id}")
    practice.id = session_id
    for sequence in range(1, count + 1):
        words = words_of(sequence)
        practice.will_send(sequence, words)
        practice.was_acknowledged(sequence, words)
    practice.end_sent = practice.ended = True
    return practice


def words_of(sequence: int) -> tuple[str, str]:
    return ("agent" if sequence % 2 == 0 else "user", f"Line {sequence}")


def transcript(count: int = 4) -> list[dict[str, Any]]:
    return [
        {"sequence": n, "speaker": words_of(n)[0], "text": words_of(n)[1], "timestamp": "2026-11-22T09:00:00.000Z"}
        for n in range(1, count + 1)
    ]


def row(session_id: int = 1, user_id: str = USER) -> Stored:
    """What is stored when all went well."""
    return Stored(
        id=session_id, user_id=user_id, key=f"key-{session_id}", status="completed", end_reason="ended",
        transcript=transcript(), graded=True, accepted_grades=1, shows_last_grade=True, seconds_to_grade=0.2,
        seconds_idle=5.0, claimed=False,
    )  # fmt: skip


def kinds(ledger: Ledger, *rows: Stored) -> set[str]:
    return {breach.kind for breach in check(ledger, rows, deadline=60, abandoned_after=60)}


@pytest.fixture
def ledger() -> Ledger:
    """One practice that went as it should."""
    ledger = Ledger()
    practice(ledger)
    return ledger


def test_an_honest_run_has_no_breach(ledger: Ledger) -> None:
    assert kinds(ledger, row()) == set()


def test_a_lost_line_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, replace(row(), transcript=transcript(3))) == {"lost line"}
    assert kinds(ledger, replace(row(), transcript=transcript()[1:])) == {"lost line"}


def test_a_doubled_line_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, replace(row(), transcript=[*transcript(), transcript()[3]])) == {"double"}


def test_swapped_lines_are_found(ledger: Ledger) -> None:
    first, second, *rest = transcript()
    assert kinds(ledger, replace(row(), transcript=[second, first, *rest])) == {"order"}


def test_lines_that_swapped_their_numbers_are_found(ledger: Ledger) -> None:
    lines = transcript()
    lines[0]["text"], lines[2]["text"] = lines[2]["text"], lines[0]["text"]
    assert kinds(ledger, replace(row(), transcript=lines)) == {"changed line", "never sent"}


def test_a_line_under_another_speaker_is_found(ledger: Ledger) -> None:
    lines = transcript()
    lines[0]["speaker"] = "agent"
    assert kinds(ledger, replace(row(), transcript=lines)) == {"changed line", "never sent"}


def test_a_stored_line_that_was_never_sent_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, replace(row(), transcript=transcript(5))) == {"never sent"}


def test_a_line_without_an_acknowledgement_may_be_there_or_not() -> None:
    ledger = Ledger()
    practice(ledger).will_send(5, words_of(5))
    assert kinds(ledger, row()) == set()
    assert kinds(ledger, replace(row(), transcript=transcript(5))) == set()


def test_a_changed_timestamp_is_found(ledger: Ledger) -> None:
    ledger.practices[0].timestamps = {2: "2026-11-22T09:00:00.000Z"}
    assert kinds(ledger, row()) == set()
    ledger.practices[0].timestamps = {2: "2026-11-22T09:00:00.001Z"}
    assert kinds(ledger, row()) == {"moved time"}


def test_evidence_must_stand_letter_by_letter_in_the_line_it_names(ledger: Ledger) -> None:
    def graded_on(sequence: int, quote: str) -> Stored:
        return replace(row(), evidence={"rapport": {"quotes": [{"sequence": sequence, "quote": quote}]}})

    assert kinds(ledger, graded_on(3, "ine 3")) == set()
    assert kinds(ledger, graded_on(3, "line 3")) == {"invented evidence"}
    assert kinds(ledger, graded_on(9, "Line 3")) == {"invented evidence"}


def test_a_bound_conversation_stays_bound(ledger: Ledger) -> None:
    ledger.practices[0].conversation_id = "conv_1"
    assert kinds(ledger, replace(row(), conversation_id="conv_1")) == set()
    assert kinds(ledger, row()) == {"unbound"}


def test_a_session_graded_again_has_one_more_grade_at_most(ledger: Ledger) -> None:
    assert kinds(ledger, replace(row(), accepted_grades=2, regrades=1)) == set()
    assert kinds(ledger, replace(row(), accepted_grades=1, regrades=1)) == set(), "the second may not have been used"
    assert kinds(ledger, replace(row(), accepted_grades=3, regrades=1)) == {"grade"}


def test_a_session_that_gained_lines_has_one_more_grade_also_after_retention(ledger: Ledger) -> None:
    emptied = replace(row(), transcript=[], forgotten=True, accepted_grades=2)
    assert kinds(ledger, replace(emptied, recovered=1)) == set()
    assert kinds(ledger, emptied) == {"grade"}


def test_words_are_gone_only_where_retention_took_them(ledger: Ledger) -> None:
    emptied = replace(row(), transcript=[], shows_last_grade=False)
    assert kinds(ledger, replace(emptied, forgotten=True)) == set()
    assert kinds(ledger, replace(row(), transcript=[])) == {"lost line"}
    assert kinds(ledger, replace(row(), forgotten=True)) == {"not forgotten"}


def test_a_correction_stands_once_it_is_acknowledged() -> None:
    ledger = Ledger()
    session = practice(ledger)
    corrected = transcript()
    corrected[1]["text"] = "Line -"
    session.will_send(2, ("agent", "Line -"))
    assert kinds(ledger, row()) == set(), "under way: either text may be there"
    assert kinds(ledger, replace(row(), transcript=corrected)) == set()
    session.was_acknowledged(2, ("agent", "Line -"))
    assert kinds(ledger, row()) == {"changed line"}
    assert kinds(ledger, replace(row(), transcript=corrected)) == set()


def test_a_lost_session_is_found(ledger: Ledger) -> None:
    assert kinds(ledger) == {"lost session"}


def test_a_deleted_session_is_gone(ledger: Ledger) -> None:
    ledger.practices[0].delete_sent = True
    assert kinds(ledger) == set()
    assert kinds(ledger, row()) == set(), "not acknowledged: it may still be there"
    ledger.practices[0].deleted = True
    assert kinds(ledger, row()) == {"undead"}


def test_two_sessions_of_one_key_are_found(ledger: Ledger) -> None:
    assert kinds(ledger, row(), replace(row(2), key="key-1")) == {"double session", "second session"}


def test_one_session_for_two_people_is_found(ledger: Ledger) -> None:
    practice(ledger, 1, OTHER)
    assert "shared id" in kinds(ledger, row())


def test_a_session_that_was_never_asked_for_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, row(), row(2)) == {"never created"}


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("not ended", {"status": "active", "end_reason": None, "graded": False, "accepted_grades": 0}),
        ("ungraded", {"graded": False, "accepted_grades": 0, "seconds_to_grade": None}),
        ("late", {"seconds_to_grade": 61.0}),
        ("held up", {"seconds_to_grade": 20.0, "seconds_held": 12.5}),
        ("grade", {"accepted_grades": 2}),
        ("grade", {"accepted_grades": 0}),
        ("grade", {"shows_last_grade": False}),
        ("claim", {"claimed": True}),
        ("gave up", {"status": "failed", "end_reason": "ended", "graded": False, "accepted_grades": 0}),
        ("gave up", {"status": "failed", "end_reason": "no_conversation", "graded": False, "accepted_grades": 0}),
    ],
)
def test_a_missing_end_is_found(ledger: Ledger, kind: str, wrong: dict[str, Any]) -> None:
    assert kinds(ledger, replace(row(), **wrong)) == {kind}


def test_a_forgotten_session_is_swept() -> None:
    ledger = Ledger()
    forgotten = practice(ledger)
    forgotten.end_sent = forgotten.ended = False
    open_row = replace(row(), status="active", end_reason=None, graded=False, accepted_grades=0)
    assert kinds(ledger, open_row) == set()
    assert kinds(ledger, replace(open_row, seconds_idle=121.0)) == {"not swept"}


def test_a_leak_in_an_answer_is_found(ledger: Ledger) -> None:
    mine = ledger.practices[0]
    shown = {"id": 1, "user_id": USER, "transcript": transcript()}
    assert answer_breaches(mine, shown, mine.promised()) == []
    [leak] = answer_breaches(mine, {**shown, "user_id": OTHER}, mine.promised())
    assert leak.kind == "leak"
    [leak] = answer_breaches(mine, {**shown, "id": 2}, mine.promised())
    assert leak.kind == "leak"


def test_an_answer_older_than_the_acknowledgement_is_found(ledger: Ledger) -> None:
    mine = ledger.practices[0]
    stale = {"id": 1, "user_id": USER, "transcript": transcript(3)}
    [breach] = answer_breaches(mine, stale, mine.promised())
    assert breach.kind == "lost line"


def test_breaches_that_the_users_saw_count(ledger: Ledger) -> None:
    ledger.breach("answer", ledger.practices[0], "500")
    assert kinds(ledger, row()) == {"answer"}
