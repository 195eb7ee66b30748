"""The checker finds each fault planted in what was made of the voice provider's record, and nothing in an honest run."""

from dataclasses import replace
from typing import Any

import pytest

from prove.chaos.checker import Stored, check
from prove.chaos.ledger import Conversation, Ledger
from prove.chaos.witness import deliveries_breaches

USER = "11111111-1111-4111-8111-111111111111"
TURNS = [
    ("agent", "Well, one two three."),
    ("user", "So, four five six."),
    ("agent", "Yes, seven eight nine."),
    ("user", "Right, ten eleven twelve."),
]
FORGED = [("user", "Shall we sign for a thousand?")]
SAID_AT = "2026-11-22T09:00:00.000Z"


@pytest.fixture
def ledger() -> Ledger:
    """A browser that died after two acknowledged lines. It writes them in another way than the provider."""
    ledger = Ledger()
    practice = ledger.start(USER, "key", "voice")
    practice.id, practice.conversation_id = 1, "conv_key"
    practice.conversation = Conversation(TURNS, numbered_as_heard=True, over=True, forged=FORGED)
    for sequence, (role, text) in enumerate(TURNS[:2], start=1):
        practice.will_send(sequence, (role, text.lower()))
        practice.was_acknowledged(sequence, (role, text.lower()))
        practice.timestamps[sequence] = SAID_AT
    return ledger


def line(sequence: int, speaker: str, text: str, **more: Any) -> dict[str, Any]:
    return {"sequence": sequence, "speaker": speaker, "text": text, "timestamp": SAID_AT, **more}


def whole() -> list[dict[str, Any]]:
    """The acknowledged lines, and those of the provider."""
    ours = [line(n, role, text.lower()) for n, (role, text) in enumerate(TURNS[:2], start=1)]
    return ours + [line(n, *TURNS[n - 1], source="provider") for n in (3, 4)]


def row(transcript: list[dict[str, Any]] | None = None, **other: Any) -> Stored:
    """What is stored when all went well."""
    stored = Stored(
        id=1, user_id=USER, key="key", status="completed", end_reason="ended",
        transcript=whole() if transcript is None else transcript, graded=True, accepted_grades=1,
        shows_last_grade=True, seconds_to_grade=0.2, seconds_idle=5.0, claimed=False, conversation_id="conv_key",
    )  # fmt: skip
    return replace(stored, **other)


def kinds(ledger: Ledger, *rows: Stored, held: tuple[str, ...] = ()) -> set[str]:
    return {breach.kind for breach in check(ledger, rows, deadline=60, abandoned_after=60, held=held)}


def conversation_of(ledger: Ledger) -> Conversation:
    conversation = ledger.practices[0].conversation
    assert conversation is not None
    return conversation


def test_a_transcript_made_whole_is_no_breach(ledger: Ledger) -> None:
    assert kinds(ledger, row()) == set()


def test_a_lost_turn_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, row(whole()[:3])) == {"lost words"}
    assert kinds(ledger, row([*whole()[:2], whole()[3]])) == {"lost words"}


def test_a_turn_without_a_place_is_lost_unless_it_is_counted(ledger: Ledger) -> None:
    conversation_of(ledger).numbered_as_heard = False
    assert kinds(ledger, row(whole()[:3])) == {"lost words"}
    assert kinds(ledger, row(whole()[:3], unplaced=1)) == set()
    assert kinds(ledger, row(whole()[:3], unplaced=2)) == {"miscounted"}


def test_a_turn_that_has_a_gap_may_not_be_set_aside(ledger: Ledger) -> None:
    assert kinds(ledger, row(whole()[:3], unplaced=1)) == {"lost words"}


def test_half_a_turn_is_found(ledger: Ledger) -> None:
    lines = whole()
    lines[3]["text"] = "Right, ten eleven."
    assert kinds(ledger, row(lines)) == {"lost words"}


def test_a_recovered_line_that_is_not_marked_is_found(ledger: Ledger) -> None:
    lines = whole()
    del lines[2]["source"]
    assert kinds(ledger, row(lines)) == {"unmarked"}


def test_words_of_a_forged_event_are_found(ledger: Ledger) -> None:
    assert kinds(ledger, row([*whole(), line(5, *FORGED[0], source="provider")])) == {"forged"}


def test_words_that_neither_side_said_are_found(ledger: Ledger) -> None:
    assert kinds(ledger, row([*whole(), line(5, "user", "Thirteen.", source="provider")])) == {"never sent"}
    lines = whole()
    lines[3]["speaker"] = "agent"
    assert "never sent" in kinds(ledger, row(lines)), "of the other role"


def test_a_doubled_turn_is_found(ledger: Ledger) -> None:
    assert kinds(ledger, row([*whole(), line(5, *TURNS[3], source="provider")])) == {"double turn"}


def test_an_acknowledged_line_in_the_providers_words_is_found(ledger: Ledger) -> None:
    lines = whole()
    lines[1]["text"] = TURNS[1][1]
    assert "changed line" in kinds(ledger, row(lines))


def test_a_moved_time_of_an_acknowledged_line_is_found(ledger: Ledger) -> None:
    lines = whole()
    lines[1]["timestamp"] = "2026-11-22T09:00:01.000Z"
    assert kinds(ledger, row(lines)) == {"moved time"}


def test_a_line_acknowledged_as_a_duplicate_of_the_providers_keeps_the_providers_words(ledger: Ledger) -> None:
    practice = ledger.practices[0]
    said = (TURNS[2][0], TURNS[2][1].upper())
    practice.will_send(3, said)
    practice.was_acknowledged(3, said)
    practice.timestamps[3] = "2026-11-22T09:00:07.000Z"
    assert kinds(ledger, row()) == set()
    lines = whole()
    lines[2] |= {"text": TURNS[3][1], "speaker": "user"}
    assert "changed line" in kinds(ledger, row(lines))


def test_a_session_that_outlives_its_conversation_is_found(ledger: Ledger) -> None:
    still = row(status="active", end_reason=None, graded=False, accepted_grades=0, seconds_to_grade=None)
    assert kinds(ledger, still) == {"not ended"}


def test_nothing_is_expected_before_the_conversation_is_over(ledger: Ledger) -> None:
    conversation_of(ledger).over = False
    still = row(whole()[:2], status="active", end_reason=None, graded=False, accepted_grades=0, seconds_to_grade=None)
    assert kinds(ledger, still) == set()


def test_a_session_that_gained_lines_has_one_more_grade_at_most(ledger: Ledger) -> None:
    assert kinds(ledger, row(accepted_grades=2, recovered=1)) == set()
    assert kinds(ledger, row(accepted_grades=3, recovered=1)) == {"grade"}
    conversation_of(ledger).turns = TURNS[:2]
    assert kinds(ledger, row(whole()[:2], accepted_grades=2)) == {"grade"}, "it gained none"


def test_a_conversation_that_outlives_its_erased_session_is_found(ledger: Ledger) -> None:
    ledger.practices[0].delete_sent = ledger.practices[0].deleted = True
    assert kinds(ledger, held=("conv_other",)) == set()
    assert kinds(ledger, held=("conv_key",)) == {"not erased"}


def test_a_forged_delivery_that_is_received_is_found() -> None:
    assert deliveries_breaches({"event 200": 7, "event 503": 1, "forged 401": 3, "stale no answer": 1}) == []
    for kind in ("forged", "altered", "stale"):
        [breach] = deliveries_breaches({f"{kind} 200": 1})
        assert breach.kind == "forged"
