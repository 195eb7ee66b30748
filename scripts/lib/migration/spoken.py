"""What an old transcript of any shape says, read by other means than the conversion. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

WHITE_SPACE = " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SQUEEZED = str.maketrans("", "", WHITE_SPACE)
_NAMED = re.compile(r"^\s*([^:]{1,40}):")

SPEAKERS = {
    **dict.fromkeys(("user", "rep", "salesrep", "sales rep", "sales_rep", "sales-rep", "salesperson"), "user"),
    **dict.fromkeys(("you", "human", "trainee", "user_transcript"), "user"),
    **dict.fromkeys(("agent", "ai", "assistant", "homeowner", "austin", "customer", "prospect", "bot"), "agent"),
    "agent_response": "agent",
}


@dataclass(frozen=True)
class Said:
    """One thing that was said, without its white space; by whom and when, where that is plain to see."""

    text: str
    speaker: str | None = None
    time: Any = None
    """As it stands there."""


def squeezed(text: str) -> str:
    return text.translate(_SQUEEZED)


def said(transcript: Any, agent_name: str | None) -> list[Said]:
    """Everything said in a transcript of any shape, in order."""
    if isinstance(transcript, str) and not isinstance(_loaded(transcript), list | dict | str):
        each = [_named(line, agent_name) for line in re.split(r"\r?\n", transcript)]
    else:
        each = list(_said(transcript, agent_name))
    return [one for one in each if one.text]


def _said(value: Any, agent_name: str | None) -> Iterator[Said]:
    if isinstance(value, str):
        inner = _loaded(value)
        if isinstance(inner, list | dict | str):
            yield from _said(inner, agent_name)
        else:
            yield _named(value, agent_name)
    elif isinstance(value, list):
        for each in value:
            yield from _said(each, agent_name)
    elif isinstance(value, dict):
        for key in ("text", "message", "content"):
            spoken = value.get(key)
            text = "".join(_words(spoken)) if isinstance(spoken, list | dict) else squeezed(str(spoken))
            if not isinstance(spoken, bool | None) and text:
                stamps = (value.get(name) for name in ("timestamp", "time", "created_at", "time_in_call_secs"))
                yield Said(text, _speaker(value, agent_name), next((each for each in stamps if each is not None), None))
                return
        for key, each in value.items():
            if isinstance(each, list | dict) or key.isdecimal():
                yield from _said(each, agent_name)


def _words(value: Any) -> Iterator[str]:
    """The words of a text that comes in parts."""
    for each in _said(value, None):
        yield each.text


def _loaded(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return None


def _named(line: str, agent_name: str | None) -> Said:
    name = _NAMED.match(line)
    speaker = _one_of([name[1]], [name[1]], agent_name) if name else None
    return Said(squeezed(line[name.end() :] if name and speaker else line), speaker)


def _speaker(line: dict[str, Any], agent_name: str | None) -> str | None:
    names = [line.get(key) for key in ("speaker", "role", "source", "type", "sender", "from")]
    return _one_of(names, names[:2], agent_name)


def _one_of(names: list[Any], of_agents: list[Any], agent_name: str | None) -> str | None:
    """Who all of these names mean; None if that is nobody, or not the same."""
    meant = {SPEAKERS.get(name.strip(" ").lower()) for name in names if isinstance(name, str)} - {None}
    if agent_name and any(isinstance(n, str) and n.strip(" ").lower() == agent_name.lower() for n in of_agents):
        meant.add("agent")
    return meant.pop() if len(meant) == 1 else None


def line_time(value: Any, started: datetime) -> datetime | None:
    """When a line was said: a date, epoch seconds or milliseconds, or an offset into the talk. None if that is not plain."""
    if isinstance(value, bool | None):
        return None
    text = str(value).strip()
    if re.fullmatch(r"\d{1,14}(\.\d{1,9})?", text):
        number = float(text)
        if number <= 86400:
            return started + timedelta(seconds=number)
        return _epoch(number / 1000 if number >= 1e11 else number) if 1e8 <= number <= 1e14 else None
    if clock := re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)", text):
        hours, minutes, seconds = (int(each or 0) for each in clock.groups())
        return started + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    moment = _iso(text) if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text) else None
    if moment is None or not text.startswith("1970-01-"):
        return moment
    since = moment - datetime.fromtimestamp(0, UTC)  # an offset, or seconds that somebody took for milliseconds
    return started + since if since < timedelta(days=1) else _epoch(since.total_seconds() * 1000)


def when(value: Any) -> datetime | None:
    """The time in a column of any type: a date, or epoch seconds, milliseconds or microseconds. None if that is not plain."""
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
