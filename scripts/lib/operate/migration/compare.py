"""Compares one old row with its session, without the code of the conversion, as a person would. Pure."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .catalog import READ_COLUMNS
from .old_transcript import WHITE_SPACE, Said, line_time, parsed, said, squeezed, when

Row = Mapping[str, Any]
StoredLine = Mapping[str, Any]

TRANSCRIPTS = ("full_transcript", "transcript")
TIMES = ("created_at", "started_at", "ended_at", "graded_at")
CATEGORIES = {
    "rapport_score": ("rapport_score",),
    "discovery_score": ("discovery_score", "needs_discovery_score"),
    "objection_handling_score": ("objection_handling_score",),
    "closing_score": ("closing_score", "close_score", "close_effectiveness_score"),
}
FEEDBACK = ("strengths", "improvements", "what_worked", "what_failed")
UNREAD = "{} cannot be read, and is not kept"
OWNER_KNOWN = "its owner is known now: run backfill"


def differences(old: Row, new: Row | None, quarantined: str | None, kept: Row, now: datetime) -> list[str]:
    """The differences, in words without any value of the row.

    `old` is the row as JSON, with the names and the owner that prepare chose; `new` the session, with the scores of its newest
    `legacy` grade as `history` and whether another session has its conversation as `conversation_taken`, or None;
    `quarantined` the row in the quarantine; `kept` the columns in training.legacy_originals.
    """
    if new is None:
        is_kept = quarantined is not None and same_row(quarantined, old)
        return [] if is_kept else ["no session, and not in the quarantine"]
    found = [name for name in ("user_id",) if str(old.get(name)) != str(new[name])]
    if any(not _same(old.get(name), value) for name, value in kept.items()):
        found.append("the kept original")
        kept = {name: value for name, value in kept.items() if _same(old.get(name), value)}
    found += [
        f"{name} is not kept" for name in old if name not in READ_COLUMNS and name not in kept and not _empty(old[name])
    ]
    columns = set(kept)
    found += _times(old, new, columns, now)
    found += _grade(old, new, columns, now)
    found += _transcript(old, new, columns)
    if [line["sequence"] for line in new["transcript"]] != list(range(1, len(new["transcript"]) + 1)):
        found.append("sequences")
    conversation = str(old.get("elevenlabs_conversation_id") or "").strip(WHITE_SPACE)
    if conversation and new["conversation_id"] != conversation and not new["conversation_taken"]:
        found.append("conversation_id")
    for name in ("agent_name", "agent_id"):
        text = str(old.get(name) or "").strip(WHITE_SPACE)
        if text and new[name] != text[:200]:
            found.append(name)
    return found


def mirrored_differences(old: Row, new: Row) -> list[str]:
    """The same for a session of the new system and its row in the old table: its owner, its grade, and at its end its words."""
    found = [name for name in ("user_id",) if str(old.get(name)) != str(new[name])]
    if new["status"] != "active":
        faults = [_words_in(old[name], new) for name in TRANSCRIPTS if name in old]
        found += [each for each in faults if each is not None]
    return [f"mirrored back: {each}" for each in found] + new_grade_differences(old, new)


def new_grade_differences(old: Row, new: Row) -> list[str]:
    """A grade of the new system, as the old table shows it. Columns without fractions hold rounded values."""
    if new["graded_by"] not in ("model", "heuristic") or new["graded_at"] is None:
        return []
    given = {name: new[name] for name in CATEGORIES} | {
        each: new[each] for each in ("overall_score", "virtual_earnings")
    }
    found = []
    for name, value in given.items():
        for column in CATEGORIES.get(name, (name,)):
            number = _number(old.get(column))
            if column in old and value is not None and (number is None or abs(number - float(value)) > 0.5):
                found.append(f"mirrored back: {column}")
    return found


def _words_in(transcript: Any, new: Row) -> str | None:
    before = said(transcript, None)
    if "".join(each.text for each in before) != _joined(new["transcript"]):
        return "words"
    return _misread(new["transcript"], before, new["started_at"])


def same_row(quarantined: str, old: Row) -> bool:
    """Whether this is the row: times in any time zone count as the same, and columns that were added later do not count."""
    before = json.loads(quarantined)
    return all(_same(before.get(name), value) for name, value in old.items())


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _same(one: Any, other: Any) -> bool:
    if one == other:
        return True
    both = [when(each) if isinstance(each, str) else None for each in (one, other)]
    return both[0] is not None and both[0] == both[1]


def _joined(lines: list[StoredLine]) -> str:
    return "".join(squeezed(line["text"]) for line in lines)


def _transcript(old: Row, new: Row, kept: set[str]) -> list[str]:
    """All words of every column are in the lines or kept. The lines are those of one column, with speaker and time."""
    lines, started = new["transcript"], new["started_at"]
    spoken = {name: said(old[name], new["agent_name"]) for name in TRANSCRIPTS if name in old}
    beside = [old[name] for name in TRANSCRIPTS if name in kept]
    if not all(old[name] in beside or _all_there(before, lines, started) for name, before in spoken.items()):
        return ["words"]
    faults = [_misread(lines, before, started) for before in spoken.values()]
    return [] if None in faults or not lines else [str(min(faults or ["words"], key=_FAULTS.index))]


def _all_there(before: list[Said], lines: list[StoredLine], started: datetime) -> bool:
    """Whether all words are in the lines. The same words at the same time were dispatched twice."""
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


def _misread(lines: list[StoredLine], before: list[Said], started: datetime) -> str | None:
    """What is wrong with lines that are to stand in this order in what was said: one of the above, or None."""

    def by(line: StoredLine, each: Said) -> bool:
        return each.speaker in (None, line["speaker"])

    def at(line: StoredLine, each: Said) -> bool:
        time = line_time(each.time, started)
        return by(line, each) and (
            time is None or abs(time - datetime.fromisoformat(line["timestamp"])) < timedelta(seconds=0.01)
        )

    if _stand_in_order(lines, before, at):
        return None
    if _stand_in_order(lines, before, by):
        return "line times"
    return "speakers" if _stand_in_order(lines, before, lambda line, each: True) else "words"


def _stand_in_order(lines: list[StoredLine], before: list[Said], fits: Callable[[StoredLine, Said], bool]) -> bool:
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
    if new["graded_by"] in ("model", "heuristic"):
        return new_grade_differences(old, new)
    if new["status"] == "completed" and new["graded_at"] is None:
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
    if old.get("sale_closed") is True and all(mark is None for mark in marks) and "sale_closed" not in kept:
        found.append("sale_closed is not kept")
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
    return found + _feedback_differences(old, new, kept)


def _feedback_differences(old: Row, new: Row, kept: set[str]) -> list[str]:
    """Texts of the first place that has any are in the session; all that is said elsewhere is kept."""
    if "analytics" in kept or ("analytics" not in old and kept & {"what_worked", "what_failed"}):
        return []
    analytics = parsed(old.get("analytics"))
    if not isinstance(analytics, dict):
        analytics = {"feedback": analytics} if _says(analytics) else {}
        if analytics:
            return ["analytics is not kept"]
    feedback = analytics.get("feedback")
    inner = feedback if isinstance(feedback, dict) else {}
    unread = {name: value for name, value in analytics.items() if name not in (*FEEDBACK, "feedback")} | {
        name: value for name, value in inner.items() if name not in FEEDBACK
    }
    if not isinstance(feedback, dict | list | str | None) or any(not _empty(value) for value in unread.values()):
        return ["analytics is not kept"]
    found = []
    for kind, other in (("strengths", "what_worked"), ("improvements", "what_failed")):
        places = [inner.get(kind), analytics.get(kind), inner.get(other), analytics.get(other), parsed(old.get(other))]
        if kind == "improvements" and isinstance(feedback, list | str):
            places.append(feedback)
        for place in places:
            texts = [place] if isinstance(place, str) else place
            if _empty(texts):
                continue
            if (
                not isinstance(texts, list)
                or any(isinstance(each, list | int | float) for each in texts)
                or (all(isinstance(each, str) and _says(each) for each in texts) and texts != new[f"feedback_{kind}"])
            ):
                found.append(f"feedback_{kind}")
    return sorted(set(found))


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
    # The conversion may have read a time that is not read here. Then its year is the session's, or later.
    years = {(new[each] + timedelta(days)).year for each in TIMES if new[each] for days in (-1, 1)}
    return _opaque(name, old, kept) and not any(
        int(each) in years or int(each) > now.year for each in re.findall(r"\d{4}", str(old[name]))
    )


def _opaque(name: str, old: Row, kept: set[str]) -> bool:
    """Whether a time is there that can be read neither here nor in the quarantine."""
    return name not in kept and bool(str(old.get(name) or "").strip()) and when(old[name]) is None
