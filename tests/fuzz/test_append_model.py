"""Any order of appends, corrections, retries and ends leaves what a simple model says it should: a dictionary of lines.

Spoken to through SQL, as the role of a signed-in user.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from support import FUZZ_EXAMPLES, Database, Refused, Role

SPEAKERS = {"user": "user", "rep": "user", "you": "user", "agent": "agent", "Homeowner": "agent", " AI ": "agent"}
MOST_LINES = 2000

sequences = st.one_of(st.none(), st.integers(1, 12), st.sampled_from([MOST_LINES - 1, MOST_LINES]))
words = st.sampled_from(
    ["Hello", "How are you?", " spaced ", "\u00fcn\u00efc\u00f6d\u00e9 \U0001f41c", '"quoted" \\ {}']
)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    speaker, sequence = draw(st.sampled_from(sorted(SPEAKERS))), draw(sequences)
    line: dict[str, Any] = {"speaker": speaker, "text": draw(words), "sequence": sequence}
    if SPEAKERS[speaker] == "agent" and sequence is not None:
        line["correction"] = draw(st.booleans())
    return line


class Rejected(Exception):
    """What the model refuses, by its code."""


class TranscriptModel:
    """A session as a dictionary, sequence → (speaker, text)."""

    def __init__(self) -> None:
        self.lines: dict[int, tuple[str, str]] = {}
        self.active = True

    def append(self, new: list[dict[str, Any]]) -> int:
        """The number of duplicates; raises Rejected, and then nothing has changed."""
        after = dict(self.lines)
        duplicates = 0
        for line in new:
            sequence = line["sequence"] or max(after, default=0) + 1
            said = (SPEAKERS[line["speaker"]], line["text"])
            if after.get(sequence) == said:
                duplicates += 1
                continue
            if not self.active:
                raise Rejected("session_not_active")
            if sequence in after and not (line.get("correction") and after[sequence][0] == "agent"):
                raise Rejected("line_conflict")
            if sequence > MOST_LINES:
                raise Rejected("transcript_full")
            after[sequence] = said
        self.lines = after
        return duplicates

    def complete(self, new: list[dict[str, Any]]) -> None:
        """Lines without a sequence in a repeated end are the last ones there."""
        if not self.active:
            unnumbered = sum(line["sequence"] is None for line in new)
            last = max(self.lines, default=0)
            numbers = iter(range(last - unnumbered + 1, last + 1))
            new = [line if line["sequence"] else {**line, "sequence": max(1, next(numbers))} for line in new]
        self.append(new)
        self.active = False

    @property
    def missing(self) -> list[int]:
        return [n for n in range(1, max(self.lines, default=0)) if n not in self.lines]


class ModelSession(RuleBasedStateMachine):
    """One session, in the database and in the model."""

    rep: Role

    def __init__(self) -> None:
        super().__init__()
        self.model = TranscriptModel()
        self.sent: list[list[dict[str, Any]]] = []
        self.id = self.rep.rpc("create_training_session", agent_name="Austin")["id"]

    @rule(new=st.lists(lines(), min_size=1, max_size=4))
    def append(self, new: list[dict[str, Any]]) -> None:
        self.sent.append(new)
        self._append(new)

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        if self.sent:
            self._append(data.draw(st.sampled_from(self.sent)))

    @rule(new=st.lists(lines(), max_size=3))
    def complete(self, new: list[dict[str, Any]]) -> None:
        try:
            self.model.complete(new)
        except Rejected as rejected:
            self._is_refused(str(rejected), "complete_training_session", new)
            return
        answer = self.rep.rpc("complete_training_session", session_id=self.id, lines=new)
        spoken = any(speaker == "user" for speaker, _ in self.model.lines.values())
        assert answer["status"] == ("completed" if spoken else "failed")
        assert answer["missing"] == self.model.missing

    def _append(self, new: list[dict[str, Any]]) -> None:
        try:
            duplicates = self.model.append(new)
        except Rejected as rejected:
            self._is_refused(str(rejected), "append_transcript", new)
            return
        assert self.rep.rpc("append_transcript", session_id=self.id, lines=new) == {
            "id": self.id,
            "line_count": len(self.model.lines),
            "last_sequence": max(self.model.lines, default=0),
            "duplicates": duplicates,
            "missing": self.model.missing,
        }

    def _is_refused(self, code: str, function: str, new: list[dict[str, Any]]) -> None:
        with pytest.raises(Refused) as refused:
            self.rep.rpc(function, session_id=self.id, lines=new)
        assert refused.value.code == code

    @invariant()
    def the_transcript_is_the_models(self) -> None:
        session = self.rep.rpc("get_training_session", session_id=self.id)
        said = [(line["sequence"], (line["speaker"], line["text"])) for line in session["transcript"]]
        assert said == sorted(self.model.lines.items())
        assert (session["status"] == "active") == self.model.active


@pytest.fixture
def rep(database: Database) -> Iterator[Role]:
    with database.rep() as rep:
        yield rep


@pytest.mark.timeout(3600)
def test_every_history_ends_as_the_model_says(rep: Role) -> None:
    machine = type("SessionOfTheTest", (ModelSession,), {"rep": rep})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=FUZZ_EXAMPLES or 60,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
        ),
    )
