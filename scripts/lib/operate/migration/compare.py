"""One old row against its session, by other means than the conversion: what a person would check. Pure."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .spoken import WHITE_SPACE, Said, line_time, parsed, said, squeezed, when

Row = Mapping[str, Any]
Line = Mapping[str, Any]

TRANSCRIPTS = ("full_transcript", "transcript")
TIMES = ("created_at", "started_at", "ended_at", "graded_at")
CATEGORIES = {
    "rapport_score": ("rapport_score",),
    "discovery_score": ("discovery_score",),
    "objection_handling_score": ("objection_handling_score",),
    "closing_score": ("closing_score", "close_score"),
}
UNREAD = "{} cannot be read, and is not in the quarantine"
OWNER_KNOWN = "its owner is known now: run backfill"


def differences(old: Row, new: Row | None, kept: Mapping[str, str], now: datetime) -> list[str]:
    """What is not as it should be, in words without any of the row's own.

    `old` is the row as JSON; `new` the session, with the scores of its newest `legacy` grade as `history` and whether another
    session has its conversation as `conversation_taken`, or None;
    `kept` what the quarantine has of it, by part.
    """
    if new is None:
        return [] if "row" in kept and same_row(kept["row"], old) else ["no session, and not in the quarantine"]
    columns = kept_columns(kept.get("transcript"), old)
    found = [name for name in ("user_id",) if str(old.get(name)) != str(new[name])]
    if "transcript" in kept and not columns:
        found.append("the original in the quarantine")
    found += _times(old, new, columns, now)
    found += _grade(old, new, columns, now)
    found += _transcript(old, new, columns)
    if [line["sequence"] for line in new["transcript"]] != list(range(1, len(new["transcript"]) + 1)):
        found.append("sequences")
    conversation = str(old.get("elevenlabs_conversation_id") or "").strip(WHITE_SPACE)
    if conversation and new["conversation_id"] != conversation and not new["conversation_taken"]:
        found.append("conversation_id")
    name = str(old.get("agent_name") or "").strip(WHITE_SPACE)
    if name and new["agent_name"] != name[:200]:
        found.append("agent_name")
    return found


def mirrored_differences(old: Row, new: Row) -> list[str]:
    """The same for a session of the new system and what the old app sees of it: its owner, and at its end its words."""
    found = [name for name in ("user_id",) if str(old.get(name)) != str(new[name])]
    if new["status"] != "active":
        faults = [_spoken_in(old[name], new) for name in TRANSCRIPTS if name in old]
        found += [each for each in faults if each is not None]
    return [f"mirrored back: {each}" for each in found]


def _spoken_in(transcript: Any, new: Row) -> str | None:
    before = said(transcript, None)
    if "".join(each.text for each in before) != _joined(new["transcript"]):
        return "words"
    return _misread(new["transcript"], before, new["started_at"])


def same_row(kept: str, old: Row) -> bool:
    """Whether this is the row: with times as times, whatever time zone they were written in, and without columns that came since."""
    before = json.loads(kept)
    return all(_same(before.get(name), value) for name, value in old.items())


def kept_columns(kept: str | None, old: Row) -> set[str]:
    """The columns of the row that the quarantine has word for word; none if anything there is not the row's."""
    if kept is None:
        return set()
    alone = {name for name in TRANSCRIPTS if old.get(name) is not None and _verbatim(kept, old[name])}
    if alone:
        return alone
    columns = _json(kept)
    if isinstance(columns, dict) and all(_same(old.get(name), value) for name, value in columns.items()):
        return set(columns)
    return set()


def _verbatim(kept: str, value: Any) -> bool:
    return kept == value if isinstance(value, str) else bool(_json(kept) == value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _same(one: Any, other: Any) -> bool:
    if one == other:
        return True
    both = [when(each) if isinstance(each, str) else None for each in (one, other)]
    return both[0] is not None and both[0] == both[1]


def _joined(lines: list[Line]) -> str:
    return "".join(squeezed(line["text"]) for line in lines)


def _transcript(old: Row, new: Row, kept: set[str]) -> list[str]:
    """Every column's words are in the lines or kept; and one column says just what the lines say, by whom and when."""
    lines, started = new["transcript"], new["started_at"]
    spoken = {name: said(old[name], new["agent_name"]) for name in TRANSCRIPTS if name in old}
    beside = [old[name] for name in TRANSCRIPTS if name in kept]
    if not all(old[name] in beside or _all_there(before, lines, started) for name, before in spoken.items()):
        return ["words"]
    faults = [_misread(lines, before, started) for before in spoken.values()]
    return [] if None in faults or not lines else [str(min(faults or ["words"], key=_FAULTS.index))]


def _all_there(before: list[Said], lines: list[Line], started: datetime) -> bool:
    """Whether no words were lost. Nobody says the same words twice at the same time: such lines were dispatched twice."""
    if not before or "".join(each.text for each in before) == _joined(lines):
        return True
    times = defaultdict(list)
    for each in before:
        time = line_time(each.time, started)
        times[each.text].append(each.time if time is None else time.isoformat(timespec="milliseconds"))
    there = Counter(squeezed(line["text"]) for line in lines)
    return all(
        there[text] >= sum(time is None for time in given) + len({str(time) for time in given if time is not None})
        for text, given in times.items()
    )


_FAULTS = ("line times", "speakers", "words")


def _misread(lines: list[Line], before: list[Said], started: datetime) -> str | None:
    """What is wrong with lines that are to stand in this order in what was said: one of the above, or None."""

    def by(line: Line, each: Said) -> bool:
        return each.speaker in (None, line["speaker"])

    def at(line: Line, each: Said) -> bool:
        time = line_time(each.time, started)
        return by(line, each) and (
            time is None or abs(time - datetime.fromisoformat(line["timestamp"])) < timedelta(seconds=0.01)
        )

    if _stand_in_order(lines, before, at):
        return None
    if _stand_in_order(lines, before, by):
        return "line times"
    return "speakers" if _stand_in_order(lines, before, lambda line, each: True) else "words"


def _stand_in_order(lines: list[Line], before: list[Said], fits: Callable[[Line, Said], bool]) -> bool:
    rest, left = iter(before), ""
    for line in lines:
        text = squeezed(line["text"])
        if not (left and left.startswith(text)):  # else a long text goes on
            left = next((each.text for each in rest if each.text.startswith(text) and fits(line, each)), "")
            if not left:
                return False
        left = left.removeprefix(text)
    return True


def _number(value: Any) -> float | None:
    written = r"\s*[-+]?\d{1,12}(\.\d{1,12})?(e[-+]?\d\d?)?\s*"
    if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(written, value, re.ASCII)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _half_up(number: float) -> int:
    return math.floor(abs(number) + 0.5) * (1 if number > 0 else -1)


def _grade(old: Row, new: Row, kept: set[str], now: datetime) -> list[str]:
    if new["graded_by"] in ("model", "heuristic") or (new["status"] == "completed" and new["graded_at"] is None):
        return []
    given = {
        name: next((old[key] for key in keys if old.get(key) is not None), None) for name, keys in CATEGORIES.items()
    }
    marks = [*given.values(), old.get("overall_score")]
    if old.get("grading_status") == "failed" and all(not _number(mark) for mark in marks):
        given = dict.fromkeys(given)
        marks = []
    found = []
    for name, value in given.items():
        number = _number(value)
        if new[name] != (None if number is None else min(100, max(0, _half_up(number)))):
            found.append(name)
    if any(mark is not None for mark in marks):
        history = new["history"] or {}
        if any(history.get(name.removesuffix("_score")) != value for name, value in given.items()):
            found.append("the grade in the history")
        graded = when(old.get("graded_at"))
        if graded is not None and graded <= now and new["graded_at"] != graded and "graded_at" not in kept:
            found.append("graded_at")
        if _unread("graded_at", old, new, kept, now):
            found.append(UNREAD.format("graded_at"))
    earned = old.get("virtual_earnings")
    if isinstance(earned, str) and re.fullmatch(r" *\$? *\d{1,3}(,?\d{3}){0,3}(\.\d+)? *", earned, re.ASCII):
        earned = re.sub("[$, ]", "", earned)
    number = _number(earned)
    if float(new["virtual_earnings"]) != max(0.0, number or 0.0) or (
        number is None and _says(earned) and "virtual_earnings" not in kept
    ):
        found.append("virtual_earnings")
    if "analytics" not in kept:
        for kind, theirs in _feedback(parsed(old.get("analytics"))).items():
            texts = [theirs] if isinstance(theirs, str) else theirs
            if not isinstance(texts, list):
                found += [f"feedback_{kind}"] if _says(texts) else []
            elif all(isinstance(each, str) and _says(each) for each in texts) and texts != new[f"feedback_{kind}"]:
                found.append(f"feedback_{kind}")
    return found


def _feedback(analytics: Any) -> dict[str, Any]:
    """What they say of either kind, wherever; what does not say which is improvements."""
    if not isinstance(analytics, dict):
        return {"improvements": (analytics,)} if _says(analytics) else {}
    feedback = analytics.get("feedback")
    inner = feedback if isinstance(feedback, dict) else {}
    given = {kind: (inner.get(kind), analytics.get(kind)) for kind in ("strengths", "improvements")}
    said = {kind: next((each for each in both if each is not None), None) for kind, both in given.items()}
    if said["improvements"] is None and (not inner or said["strengths"] is None):
        said["improvements"] = feedback
    return said


def _says(value: Any) -> bool:
    """Whether there is a word in it."""
    return value is not None and any(map(str.isalnum, str(value)))


def _times(old: Row, new: Row, kept: set[str], now: datetime) -> list[str]:
    latest = now + timedelta(minutes=6)
    read = {name: None if name in kept else when(old.get(name)) for name in TIMES}
    started, ended, created = read["started_at"], read["ended_at"], read["created_at"]
    found = []
    plain = all(each is None or each <= latest for each in (started, ended, created)) and not any(
        _opaque(name, old, kept) for name in TIMES[:3]
    )
    if plain and created is not None and new["created_at"] != created:
        found.append("created_at")
    if plain and started is not None and new["started_at"] != min(started, ended or started):
        found.append("started_at")
    if plain and ended is not None and new["ended_at"] != max(ended, started or ended):
        found.append("ended_at")
    if new["started_at"] > latest or (new["ended_at"] or new["started_at"]) < new["started_at"]:
        found.append("times")
    if new["status"] == "active" and ended is not None:
        found.append("status")
    seconds = _number(old.get("duration_seconds"))
    if (
        ended is not None
        and seconds is not None
        and 0 <= seconds <= 86400
        and new["duration_seconds"] != _half_up(seconds)
    ):
        found.append("duration_seconds")
    return found + [UNREAD.format(name) for name in TIMES[:3] if _unread(name, old, new, kept, now)]


def _unread(name: str, old: Row, new: Row, kept: set[str], now: datetime) -> bool:
    """Whether a time says something that neither the session nor the quarantine has."""
    # What is not read here the conversion may have read: then its year is the session's, or to come.
    years = {(new[each] + timedelta(days)).year for each in TIMES if new[each] for days in (-1, 1)}
    return _opaque(name, old, kept) and not any(
        int(each) in years or int(each) > now.year for each in re.findall(r"\d{4}", str(old[name]))
    )


def _opaque(name: str, old: Row, kept: set[str]) -> bool:
    """Whether a time is there that can be read neither here nor in the quarantine."""
    return name not in kept and bool(str(old.get(name) or "").strip()) and when(old[name]) is None
