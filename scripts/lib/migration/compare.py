"""One old row against its session, by other means than the conversion: what a person would check. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

Row = Mapping[str, Any]

_WHITE_SPACE = r"[ \t-\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+"
AROUND = re.compile(f"^{_WHITE_SPACE}|{_WHITE_SPACE}\\Z")

CATEGORIES = {
    "rapport_score": ("rapport_score",),
    "discovery_score": ("discovery_score",),
    "objection_handling_score": ("objection_handling_score",),
    "closing_score": ("closing_score", "close_score"),
}


def differences(old: Row, new: Row | None, kept: Mapping[str, str], now: datetime) -> list[str]:
    """What is not as it should be, in words without any of the row's own.

    `old` is the row as JSON; `new` the session, or None; `kept` what the quarantine has of it, by part.
    """
    if new is None:
        return [] if "row" in kept and same_row(kept["row"], old) else ["no session, and not in the quarantine"]
    found = [name for name in ("user_id",) if str(old.get(name)) != str(new[name])]
    found += _times(old, new, now)
    found += _grade(old, new)
    if not _words_kept(raw_transcript(old), new["transcript"], kept.get("transcript")):
        found.append("words")
    if [line["sequence"] for line in new["transcript"]] != list(range(1, len(new["transcript"]) + 1)):
        found.append("sequences")
    name = AROUND.sub("", str(old.get("agent_name") or ""))
    if name and new["agent_name"] != name[:200]:
        found.append("agent_name")
    return found


def same_row(kept: str, old: Row) -> bool:
    return bool(json.loads(kept) == dict(old))


def raw_transcript(old: Row) -> Any:
    full = old.get("full_transcript")
    return old.get("transcript") if full in (None, [], {}, "") else full


def words(value: Any) -> Iterator[str]:
    """Every spoken text in a transcript of any shape, in order."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            inner = None
        if isinstance(inner, list | dict | str):
            yield from words(inner)
        else:
            yield from (re.sub(r"^\s*[^:]{1,40}:", "", line, count=1) for line in re.split(r"\r?\n", value))
    elif isinstance(value, list):
        for each in value:
            yield from words(each)
    elif isinstance(value, dict):
        for key in ("text", "message", "content"):
            spoken = value.get(key)
            if not isinstance(spoken, bool | None) and squeezed(str(spoken)):
                yield from [str(spoken)] if not isinstance(spoken, list | dict) else words(spoken)
                return
        for key, each in value.items():
            if isinstance(each, list | dict) or key.isdecimal():
                yield from words(each)


def squeezed(text: str) -> str:
    return re.sub(_WHITE_SPACE, "", text)


def _words_kept(raw: Any, lines: list[dict[str, Any]], kept: str | None) -> bool:
    before = list(filter(None, map(squeezed, words(raw))))
    after = list(filter(None, (squeezed(line["text"]) for line in lines)))
    if kept is not None:
        # The original stands beside: nothing may have been added, and the original must be the original.
        verbatim = kept == raw if isinstance(raw, str) else json.loads(kept) == raw
        return verbatim and _stand_in_order(after, "".join(before))
    if "".join(before) == "".join(after):
        return True
    # Lines dispatched twice are left out: in order, and each of them still there once.
    return len(after) < len(before) and _is_subsequence(after, before) and set(after) == set(before)


def _stand_in_order(pieces: list[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _is_subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(any(text == other for other in rest) for text in short)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _grade(old: Row, new: Row) -> list[str]:
    if new["graded_by"] in ("model", "heuristic") or (new["status"] == "completed" and new["graded_at"] is None):
        return []
    given = {
        name: next((old[key] for key in keys if old.get(key) is not None), None) for name, keys in CATEGORIES.items()
    }
    marks = [*given.values(), old.get("overall_score")]
    if old.get("grading_status") == "failed" and all(not _number(mark) for mark in marks):
        given = dict.fromkeys(given)
    found = []
    for name, value in given.items():
        number = _number(value)
        expected = (
            None if number is None else min(100, max(0, math.floor(abs(number) + 0.5) * (1 if number > 0 else -1)))
        )
        if new[name] != expected:
            found.append(name)
    if float(new["virtual_earnings"]) != max(0.0, _number(old.get("virtual_earnings")) or 0.0):
        found.append("virtual_earnings")
    analytics = old.get("analytics")
    feedback = analytics.get("feedback") if isinstance(analytics, dict) else None
    for kind in ("strengths", "improvements"):
        theirs = feedback.get(kind) if isinstance(feedback, dict) else None
        if isinstance(theirs, list) and all(isinstance(each, str) and each.strip() for each in theirs):
            found += [f"feedback_{kind}"] if theirs != new[f"feedback_{kind}"] else []
    return found


def _times(old: Row, new: Row, now: datetime) -> list[str]:
    def moment(name: str) -> datetime | None:
        value = old.get(name)
        try:
            parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return None
        if parsed is not None and parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=now.tzinfo)
        return parsed if parsed is not None and parsed.year >= 1980 else None

    latest = now + timedelta(minutes=6)
    started, ended, created = moment("started_at"), moment("ended_at"), moment("created_at")
    found = []
    plain = all(each is None or each <= latest for each in (started, ended, created))
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
    return found
