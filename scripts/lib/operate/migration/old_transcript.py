"""The words of an old transcript of any shape, read without the code of the conversion. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

WHITE_SPACE = " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SQUEEZED = str.maketrans("", "", WHITE_SPACE)
_NAMED = re.compile(r"^\s*([^:]{1,40}):")

_REP = ("user", "rep", "salesrep", "sales rep", "sales representative", "representative", "sales person", "salesperson")
_HOMEOWNER = ("homeowner", "home owner", "austin", "customer", "prospect", "lead", "client", "buyer")
_AI = ("ai", "assistant", "bot", "agent response")
SPEAKERS = {
    **dict.fromkeys((*_REP, "salesman", "seller", "you", "human", "trainee", "user transcript"), "user"),
    **dict.fromkeys((*_HOMEOWNER, *_AI, "agent", "caller"), "agent"),
}


@dataclass(frozen=True)
class Said:
    """One thing that was said, without its white space; by whom and when, where that is certain."""

    text: str
    speaker: str | None = None
    time: Any = None
    """The value as it is in the row."""
    label: str | None = None


def squeezed(text: str) -> str:
    return text.translate(_SQUEEZED)


def said(transcript: Any, agent_name: str | None) -> list[Said]:
    """All that was said in a transcript of any shape, in order."""
    found = [one for one in _said(transcript, agent_name) if one.text]
    labels = {one.label for one in found} - {None}
    if "user" in {one.speaker for one in found} or len(labels) < 2:
        return found
    # No label names the rep. Then a sales agent or a caller beside the homeowner is the rep.
    has_ai = bool(labels & set(_AI))
    rep = (
        "agent"
        if "agent" in labels and not has_ai
        else "caller"
        if "caller" in labels and "agent" not in labels
        else None
    )
    if rep is None or labels <= {*_AI, "agent"}:
        return found
    return [replace(one, speaker="user") if one.label == rep else one for one in found]


def _said(value: Any, agent_name: str | None, in_list: bool = False) -> Iterator[Said]:
    value = parsed(value)
    if isinstance(value, str):
        for each in [value] if in_list else re.split(r"\r?\n", value):
            yield _named(each, agent_name)
    elif isinstance(value, list):
        for each in value:
            yield from _said(each, agent_name, in_list=True)
    elif isinstance(value, dict):
        around = not in_list and any(isinstance(parsed(value.get(key)), list | dict) for key in _LISTS)
        texts = [squeezed(_words(value.get(key))) for key in ("text", "message", "content", *["transcript"] * in_list)]
        stamps = (value.get(name) for name in ("timestamp", "time", "created_at", "time_in_call_secs"))
        if any(texts):
            stamp = next((each for each in stamps if each is not None), None)
            speaker, label = _speaker(value, agent_name)
            yield from (Said(text, speaker, stamp, label) for text in dict.fromkeys(texts))
        if around or not any(texts):
            numbered = all(re.fullmatch(r"[0-9]{1,6}", key) for key in value)
            for key in sorted(value, key=int) if numbered else value:
                if numbered or isinstance(parsed(value[key]), list | dict):
                    yield from _said(value[key], agent_name, in_list=numbered)


_LISTS = ("transcript", "full_transcript", "messages", "lines", "conversation", "entries", "items")


def _words(value: Any) -> str:
    """A text, a number, the parts of a text, or what is in an object's "value"."""
    if isinstance(value, list):
        return "".join(map(_part, value))
    return _plain(value.get("value") if isinstance(value, dict) else value)


def _part(part: Any) -> str:
    """The words of one part; a tool's call, an image and the like have none."""
    if not isinstance(part, dict):
        return _plain(part)
    if re.search("tool|function|image|file", str(part.get("type")), re.IGNORECASE):
        return ""
    text = part.get("text")
    found = (_plain(text.get("value")) if isinstance(text, dict) else "", _plain(text), part.get("transcript"))
    return next((each for each in found if isinstance(each, str) and each), "")


def _plain(value: Any) -> str:
    """A text or a number as words; None for any other value."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def parsed(value: Any) -> Any:
    """Decodes a value that may be JSON inside a string, once or twice encoded."""
    for _ in range(3):
        if not isinstance(value, str) or not re.match(r'\s*["\[{]', value):
            break
        try:
            value = json.loads(value)
        except ValueError:
            break
    return value


def _named(line: str, agent_name: str | None) -> Said:
    name = _NAMED.match(line)
    speaker, label = _one_of([name[1]], [name[1]], agent_name) if name else (None, None)
    return Said(squeezed(line[name.end() :] if name and speaker else line), speaker, None, label)


def _speaker(line: dict[str, Any], agent_name: str | None) -> tuple[str | None, str | None]:
    names = [line.get(key) for key in ("speaker", "role", "source", "type", "sender", "from")]
    return _one_of(names, names[:2], agent_name)


def _one_of(names: list[Any], of_agents: list[Any], agent_name: str | None) -> tuple[str | None, str | None]:
    """(speaker, label) if all of these names mean one side; else (None, None)."""
    labels = [re.sub("[ _-]+", " ", name.strip(" ").lower()) for name in names if isinstance(name, str)]
    meant = {SPEAKERS[label]: label for label in reversed(labels) if label in SPEAKERS}
    if agent_name and any(isinstance(n, str) and n.strip(" ").lower() == agent_name.lower() for n in of_agents):
        meant.setdefault("agent", agent_name.lower())
    return next(iter(meant.items())) if len(meant) == 1 else (None, None)


def line_time(value: Any, started: datetime) -> datetime | None:
    """When a line was said: a date, epoch seconds or milliseconds, or an offset into the session. None if that is not certain."""
    if isinstance(value, bool | None):
        return None
    text = str(value).strip()
    if re.fullmatch(r"\d{1,14}(\.\d{1,9})?", text):
        number = float(text)
        if number <= 86400:
            return started + timedelta(seconds=number)
        return _epoch(number / 1000 if number >= 1e11 else number) if 1e8 <= number <= 1e14 else None
    if clock := re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d(?:\.\d{1,6})?)", text):
        hours, minutes, seconds = (float(each or 0) for each in clock.groups())
        return started + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    moment = _iso(text) if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text) else None
    if moment is None or not text.startswith("1970-01-"):
        return moment
    since = moment - datetime.fromtimestamp(0, UTC)  # an offset, or seconds that were read as milliseconds
    return started + since if since < timedelta(days=1) else _epoch(since.total_seconds() * 1000)


def when(value: Any) -> datetime | None:
    """The time in a column of any type: a date, or epoch seconds, milliseconds or microseconds. None if that is not certain."""
    if isinstance(value, bool | None):
        return None
    text = str(value).strip()
    if number := re.fullmatch(r"(\d{10})(\d{3})?(\d{3})?(\.\d+)?", text):
        return _epoch(float(text) / 1000 ** sum(map(bool, number.groups()[1:3])))
    moment = _iso(text) or _javascript(text)
    return moment if moment is not None and moment.year >= 1980 else None


def _epoch(seconds: float) -> datetime | None:
    with suppress(OverflowError, ValueError):
        return datetime.fromtimestamp(seconds, UTC)
    return None


def _iso(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def _javascript(text: str) -> datetime | None:
    """`String(new Date())`."""
    with suppress(ValueError):
        return datetime.strptime(re.sub(r" \(.*\)$", "", text), "%a %b %d %Y %H:%M:%S GMT%z")
    return None
