"""Reads talks.txt: short talks with the labels a person gave them.

A talk is `# name [labels]` and its lines, `R:` the rep's and `H:` the homeowner's. Labels: `questions` are the rep's
different questions, `objections` the homeowner's turns that push back, `answered` those the rep's next words meet (0
where left out), `closing` says that the rep tries to close, and the last word is the band of the rapport score: low is
below 40, fair 40 to 60, warm above 60.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPEAKERS = {"R": "user", "H": "agent"}


@dataclass(frozen=True)
class Talk:
    name: str
    lines: tuple[str, ...]
    questions: int
    objections: int
    answered: int
    closing: bool
    rapport: str

    @property
    def transcript(self) -> list[dict[str, object]]:
        """The talk as the database stores it."""
        return [
            {"sequence": n, "speaker": SPEAKERS[line[0]], "text": line[3:], "timestamp": "2026-11-20T10:00:00Z"}
            for n, line in enumerate(self.lines, 1)
        ]


def parse(text: str) -> Iterator[Talk]:
    for block in text.split("\n# ")[1:]:
        head, *lines = [line for line in block.splitlines() if line and not line.startswith("##")]
        name, _, labels = head.removesuffix("]").partition(" [")
        *counts, rapport = labels.split(", ")
        given = {word: int(count or 1) for word, _, count in (each.partition(" ") for each in counts)}
        yield Talk(
            name,
            tuple(lines),
            given.pop("questions", 0),
            given.pop("objections", 0),
            given.pop("answered", 0),
            bool(given.pop("closing", 0)),
            rapport,
        )
        assert not given, f"{name}: unknown labels {sorted(given)}"


TALKS = list(parse((Path(__file__).parent / "talks.txt").read_text(encoding="utf-8")))
