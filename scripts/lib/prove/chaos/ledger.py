"""What the users sent and what was acknowledged. Nothing here is read from the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

Words = tuple[str, str]
"""Speaker and text of a line."""


@dataclass
class Conversation:
    """A voice conversation as the provider knows it."""

    turns: list[Words]
    """All that was said, as the provider writes it."""
    numbered_as_heard: bool
    """Whether each lost line left a gap in the numbers. Without a gap the words may have no place in the transcript."""
    over: bool = False
    """The provider was told to send its record, so the session may end and gain lines at any moment."""
    forged: list[Words] = field(default_factory=list)
    """The words of forged deliveries."""
    fate: str = ""
    """What happened to the browser."""


@dataclass
class Practice:
    """One session as its user knows it. Times are of the monotonic clock."""

    user_id: str
    key: str
    id: int | None = None
    sent: dict[int, set[Words]] = field(default_factory=dict)
    """Everything that may be there, by sequence."""
    acknowledged: dict[int, set[Words]] = field(default_factory=dict)
    """What must be there: one of these. More than one while a correction is under way."""
    timestamps: dict[int, str] = field(default_factory=dict)
    """The time of each line as it was first sent; a retry and a correction do not move it."""
    conversation_id: str | None = None
    """Acknowledged."""
    conversation: Conversation | None = None
    """The voice conversation of the session, where it is spoken."""
    weight: str = "light"
    """How heavy its user is: light, heavy or huge; or that it is spoken."""
    refused: bool = False
    """The daily limit was the answer to its creation."""
    end_sent: bool = False
    ended: bool = False
    delete_sent: bool = False
    deleted: bool = False
    last_seen: float = 0.0

    def will_send(self, sequence: int, words: Words) -> None:
        """Before a request goes out: from now on it may be there."""
        self.sent.setdefault(sequence, set()).add(words)
        if sequence in self.acknowledged:
            self.acknowledged[sequence] = self.acknowledged[sequence] | {words}

    def was_acknowledged(self, sequence: int, words: Words) -> None:
        self.acknowledged[sequence] = {words}

    def promised(self) -> dict[int, set[Words]]:
        """A copy of what must be there now."""
        return dict(self.acknowledged)

    @property
    def rep_spoke(self) -> bool:
        return any(speaker == "user" for words in self.acknowledged.values() for speaker, _ in words)


@dataclass(frozen=True)
class Allowance:
    """The sessions and model grades that a user has left on a day."""

    day: date
    sessions: int
    model_grades: int


@dataclass(frozen=True)
class Breach:
    """A broken promise: which, whose, how."""

    kind: str
    session_id: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: session {self.session_id}: {self.what}"


@dataclass
class Ledger:
    """Everything the users of a run know."""

    practices: list[Practice] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    """Seen by a user in an answer, while the run was on."""
    answers: Counter[str] = field(default_factory=Counter)
    """Requests by path and outcome, such as `http 200` or `rpc no answer`."""
    allowances: dict[str, Allowance] = field(default_factory=dict)
    """By user id, for users with less than the whole limits."""
    unsettled: int = 0
    """Sessions whose user was still retrying at the end of the run."""

    def start(self, user_id: str, key: str, weight: str = "light") -> Practice:
        practice = Practice(user_id, key, weight=weight)
        self.practices.append(practice)
        return practice

    def breach(self, kind: str, practice: Practice, what: str) -> None:
        self.breaches.append(Breach(kind, practice.id, what))

    @property
    def lines(self) -> int:
        """Acknowledged."""
        return sum(len(practice.acknowledged) for practice in self.practices)
