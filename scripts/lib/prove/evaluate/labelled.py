"""Reads evaluation files: transcripts with the labels and scores that people gave them.

A file is a JSON array of `{"name", "domain"?, "language"?, "lines", "expect"?, "scores"?}`. `lines` are `[speaker, text]`
pairs or transcript lines. `expect` holds what a person counted, by line: `question_lines`, `objections` (whether the rep's
next words answer each), `closing_lines`; and `rapport` (low, mid, high) and `quality` (0 to 100). `warm_lines` (rep line, whether it is
warm or cold) is for training alone. Metrics leave out the lines in `debatable_lines`. `scores` are the coaches'
marks: `{"rater", "rapport", "discovery", "objection_handling", "closing"}`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.grade import Facts
from grading.rubric import CATEGORIES, RUBRIC

_NOTED = re.compile(r"([RH])([?$!+*-]*): (.+)")

RAPPORT_LEVELS = {"low": 25, "mid": 50, "high": 75}
"""The score that stands for a labelled level of rapport where the plan's formulas are applied to the labels."""


@dataclass(frozen=True)
class LabelledTranscript:
    """One labelled transcript. `facts` and `quality` are None where a person gave no labels."""

    name: str
    domain: str
    language: str
    transcript: list[dict[str, Any]]
    facts: Facts | None
    debatable: frozenset[int]
    rapport: str | None
    warm: Mapping[int, bool]
    quality: float | None
    raters: Mapping[str, Mapping[str, int]]

    def formula_scores(self) -> dict[str, int] | None:
        """What the plan's formulas give on the labels: the best that counting can do. None without labels."""
        if self.facts is None:
            return None
        points = RUBRIC.points
        return {
            "rapport": RAPPORT_LEVELS.get(self.rapport or "", 50),
            "discovery": min(100, sum(self.facts.questions.values()) * points.discovery_per_question),
            "objection_handling": min(100, sum(self.facts.objections.values()) * points.objection_per_answer),
            "closing": points.closing_with_attempt if self.facts.closing else points.closing_without,
        }


def read_files(paths: Iterable[Path]) -> list[LabelledTranscript]:
    """The transcripts of all files in order. SystemExit names the file and the transcript that cannot be read."""
    found: dict[str, LabelledTranscript] = {}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
            items = parse_lines(text, path.stem) if path.suffix == ".txt" else json.loads(text)
        except (OSError, ValueError) as error:
            raise SystemExit(f"{path} cannot be read: {error}") from None
        if not isinstance(items, list):
            raise SystemExit(f"{path} must hold a JSON array.")
        for number, item in enumerate(items, 1):
            try:
                labelled = read_labelled(item)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise SystemExit(f"{path}, transcript {number}: {type(error).__name__} {error}") from None
            if labelled.name in found:
                raise SystemExit(f"{path}: the name {labelled.name} is given twice.")
            found[labelled.name] = labelled
    return list(found.values())


def parse_lines(text: str, name: str) -> list[dict[str, Any]]:
    """Short transcripts in the notation of tune-lines.txt, in the shape of the JSON files. ValueError for a line that is
    not in the notation."""
    items: list[dict[str, Any]] = []
    language, domain, new = "en", "other", True
    for row in f"\n{text}"[f"\n{text}".index("\n# ") :].splitlines():
        if row.startswith("# "):
            language, _, domain = row[2:].partition(" ")
        elif not row:
            new = True
        elif (noted := _NOTED.fullmatch(row)) is None:
            raise ValueError(f"not in the notation: {row}")
        else:
            if new:
                expect: dict[str, Any] = {"question_lines": {}, "objections": {}, "closing_lines": [], "warm_lines": {}}
                items.append(
                    {
                        "name": f"{name}-{len(items) + 1}",
                        "language": language,
                        "domain": domain or "other",
                        "lines": [],
                        "expect": expect,
                    }
                )
                new = False
            _note(items[-1], *noted.groups())
    return items


def _note(item: dict[str, Any], speaker: str, marks: str, text: str) -> None:
    item["lines"].append(["user" if speaker == "R" else "agent", text])
    number = len(item["lines"])
    if questions := marks.count("?"):
        item["expect"]["question_lines"][number] = questions
    if "$" in marks:
        item["expect"]["closing_lines"].append(number)
    if "*" in marks or "-" in marks:
        item["expect"]["warm_lines"][number] = "*" in marks
    if "!" in marks or "+" in marks:
        item["expect"]["objections"][number] = "+" in marks


def read_labelled(item: Mapping[str, Any]) -> LabelledTranscript:
    """One transcript from its JSON. KeyError, TypeError or ValueError where a part is missing or wrong."""
    expect = item.get("expect") or {}
    quality = expect.get("quality")
    return LabelledTranscript(
        name=item["name"],
        domain=item.get("domain") or expect.get("kind") or "other",
        language=(item.get("language") or expect.get("language") or "en").partition("-")[0],
        transcript=[_line(number, line) for number, line in enumerate(item["lines"], 1)],
        facts=_facts(expect),
        debatable=frozenset(map(int, expect.get("debatable_lines") or ())),
        rapport=expect.get("rapport"),
        warm={int(line): bool(warm) for line, warm in (expect.get("warm_lines") or {}).items()},
        quality=None if quality is None else float(quality),
        raters={given["rater"]: {name: int(given[name]) for name in CATEGORIES} for given in item.get("scores") or ()},
    )


def _line(number: int, line: Any) -> dict[str, Any]:
    if isinstance(line, Mapping):
        return {"sequence": number, **line}
    speaker, text = line
    return {"sequence": number, "speaker": speaker, "text": text}


def _facts(expect: Mapping[str, Any]) -> Facts | None:
    if not {"question_lines", "objections", "closing_lines"} & set(expect):
        return None
    return Facts(
        questions={int(line): int(count) for line, count in (expect.get("question_lines") or {}).items()},
        objections={int(line): bool(answered) for line, answered in (expect.get("objections") or {}).items()},
        closing=tuple(int(line) for line in expect.get("closing_lines") or ()),
    )
