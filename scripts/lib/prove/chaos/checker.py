"""Compares the acknowledged lines, ends and grades with the stored ones. Pure. Tests plant faults for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prove.chaos.ledger import Breach, Ledger, Practice, Words
from prove.chaos.outages import HELD_UP_SECONDS
from prove.chaos.witness import PROVIDER, foreign_line, same_words, witness_breaches


@dataclass(frozen=True)
class Stored:
    """A row of training_sessions at the end, and its grades."""

    id: int
    user_id: str
    key: str | None
    status: str
    end_reason: str | None
    transcript: list[dict[str, Any]]
    graded: bool
    accepted_grades: int
    """Accepted rows in the history."""
    shows_last_grade: bool
    """Whether scores, grader and feedback are those of the newest accepted row."""
    seconds_to_grade: float | None
    """From the moment it was ended, or swept, to its grade."""
    seconds_idle: float
    claimed: bool
    regrades: int = 0
    """How often the operator queued it again."""
    forgotten: bool = False
    """Whether retention took its words; the run notes each session that it empties."""
    conversation_id: str | None = None
    evidence: dict[str, Any] | None = None
    """Of the newest accepted grade."""
    unplaced: int = 0
    """Turns of the voice provider that have no place in the transcript."""
    first_grade_by_model: bool = False
    """Whether the first accepted grade is the model's; a later one does not count towards the daily limit."""
    recovered: int = 0
    """Lines that came from the voice provider's record, also where retention has taken them since."""
    seconds_held: float | None = None
    """The part of `seconds_to_grade` in which no outage on the grade's path was under way."""


def check(
    ledger: Ledger,
    stored: Iterable[Stored],
    *,
    deadline: float,
    abandoned_after: float,
    held: Collection[str] = (),
) -> list[Breach]:
    """Every broken promise, those the users saw included. `deadline` and `abandoned_after` in seconds. `held`: the
    conversations whose words the provider or an unbound record of ours still holds."""
    rows = {row.id: row for row in stored}
    breaches = list(ledger.breaches)
    breaches += _identity(ledger, rows)
    known = {practice.id: practice for practice in ledger.practices}
    for practice in ledger.practices:
        if practice.id is None:
            continue
        if practice.deleted and practice.conversation_id in held:
            breaches.append(Breach("not erased", practice.id, "its conversation is still held"))
        row = rows.get(practice.id)
        if row is None:
            if not practice.delete_sent:
                breaches.append(Breach("lost session", practice.id, "it was acknowledged and is gone"))
        elif practice.deleted:
            breaches.append(Breach("undead", practice.id, "its deletion was acknowledged"))
        else:
            breaches += _words(practice, row)
            if not row.forgotten:
                breaches += witness_breaches(practice, row.transcript, row.unplaced, row.status)
            if practice.conversation_id not in (None, row.conversation_id):
                breaches.append(Breach("unbound", practice.id, "its conversation was acknowledged"))
            if practice.ended and row.status == "active":
                breaches.append(Breach("not ended", practice.id, "its end was acknowledged"))
    for row in rows.values():
        breaches += evidence_breaches(row)
        breaches += _end_state(row, known.get(row.id), deadline, abandoned_after)
    return breaches


def transcript_breaches(
    practice: Practice, transcript: list[dict[str, Any]], promised: Mapping[int, set[Words]]
) -> list[Breach]:
    """The breaches in a transcript of this session, given what had been `promised` when the user asked for it."""
    found = []
    sequences = [line["sequence"] for line in transcript]
    for sequence, times in Counter(sequences).items():
        if times > 1:
            found.append(Breach("double", practice.id, f"line {sequence} stands there {times} times"))
    if sequences != sorted(sequences):
        found.append(Breach("order", practice.id, f"lines stand as {sequences}"))
    there = {line["sequence"]: line for line in transcript}
    for sequence, words in promised.items():
        if sequence not in there:
            found.append(Breach("lost line", practice.id, f"line {sequence} was acknowledged"))
        elif not _is_one_of(there[sequence], words):
            found.append(Breach("changed line", practice.id, f"line {sequence} has other words than acknowledged"))
    for sequence, line in there.items():
        if (line["speaker"], line["text"]) not in practice.sent.get(sequence, set()):
            breach = foreign_line(practice, line)
            found += [breach] if breach else []
    for line in transcript:
        first = practice.timestamps.get(line["sequence"])
        if line.get("source") != PROVIDER and first is not None and line["timestamp"] != first:
            found.append(Breach("moved time", practice.id, f"line {line['sequence']} was sent with another time"))
    return found


def _is_one_of(line: Mapping[str, Any], words: set[Words]) -> bool:
    """Whether the line is as acknowledged. A line of the provider's is acknowledged to a browser with the same words."""
    said = (line["speaker"], line["text"])
    return said in words or (line.get("source") == PROVIDER and any(same_words(said, each) for each in words))


def evidence_breaches(row: Stored) -> list[Breach]:
    """Quotes of the current grade that are not, letter by letter, in the line that they name."""
    if row.forgotten or not row.evidence:
        return []
    texts = {line["sequence"]: line["text"] for line in row.transcript}
    quotes = [quote for category in row.evidence.values() for quote in category["quotes"]]
    return [
        Breach("invented evidence", row.id, f"a quote of line {quote['sequence']} is not in it")
        for quote in quotes
        if quote["quote"] not in texts.get(quote["sequence"], "")
    ]


def _words(practice: Practice, row: Stored) -> list[Breach]:
    """The transcript as promised, or empty where retention took it."""
    if row.forgotten:
        return [Breach("not forgotten", row.id, "its words are back")] if row.transcript else []
    return transcript_breaches(practice, row.transcript, practice.promised())


def answer_breaches(practice: Practice, session: Mapping[str, Any], promised: Mapping[int, set[Words]]) -> list[Breach]:
    """The breaches in a session as its user saw it."""
    if session["user_id"] != practice.user_id or session["id"] != practice.id:
        return [Breach("leak", practice.id, f"its user was shown session {session['id']} of {session['user_id']}")]
    return transcript_breaches(practice, session["transcript"], promised)


def _identity(ledger: Ledger, rows: Mapping[int, Stored]) -> list[Breach]:
    """Each key has one session of its user's, and each session a key that was sent."""
    found = []
    acknowledged = Counter(practice.id for practice in ledger.practices if practice.id is not None)
    for session_id, times in acknowledged.items():
        if times > 1:
            found.append(Breach("shared id", session_id, f"{times} practices were given it"))
    sent = {(practice.user_id, practice.key): practice for practice in ledger.practices}
    by_key: dict[tuple[str, str | None], list[int]] = {}
    for row in rows.values():
        by_key.setdefault((row.user_id, row.key), []).append(row.id)
        practice = sent.get((row.user_id, row.key or ""))
        if practice is None:
            found.append(Breach("never created", row.id, "no user asked for it"))
        elif practice.id not in (None, row.id) and not practice.delete_sent:
            found.append(Breach("second session", row.id, f"its key was answered with {practice.id}"))
    found += [Breach("double session", ids[0], f"one key made {ids}") for ids in by_key.values() if len(ids) > 1]
    return found


def _end_state(row: Stored, practice: Practice | None, deadline: float, abandoned_after: float) -> list[Breach]:
    """Ended sessions are graded, or failed with a reason, in time and once; forgotten ones have been ended."""
    found = []

    def breach(kind: str, what: str) -> None:
        found.append(Breach(kind, row.id, what))

    if row.status == "active":
        if row.seconds_idle > abandoned_after + deadline:
            breach("not swept", f"nothing happened for {row.seconds_idle:.0f} s")
        return found
    if row.status == "failed":
        if row.end_reason != "no_conversation":
            breach("gave up", f"failed as {row.end_reason}")
        elif any(line["speaker"] == "user" for line in row.transcript):
            breach("gave up", "failed as no_conversation, though the rep spoke")
        if row.graded or row.accepted_grades:
            breach("grade", "it failed and has a grade")
        return found
    if not row.graded:
        breach("ungraded", "it has ended and waits for its grade")
    elif row.seconds_to_grade is None or row.seconds_to_grade > deadline:
        breach("late", f"its grade came after {row.seconds_to_grade} s")
    held = row.seconds_held or 0.0
    if practice is not None and practice.weight == "light" and held > HELD_UP_SECONDS:
        breach("held up", f"its grade took {held:.1f} s outside every outage")
    gains = 1 if row.recovered else 0
    if row.graded and not 1 <= row.accepted_grades <= 1 + row.regrades + gains:
        asked = f"{row.regrades} were asked for again, {gains} times it gained lines"
        breach("grade", f"{row.accepted_grades} grades were accepted, {asked}")
    if row.graded and not row.forgotten and not row.shows_last_grade:
        breach("grade", "it shows other scores than its history")
    if row.claimed and row.graded:
        breach("claim", "it is graded and still claimed")
    if practice is not None and practice.ended and row.end_reason == "abandoned" and not practice.end_sent:
        breach("abandoned", "its user was told that it ended")
    return found
