"""Reads a transcript file: an array of lines, or a conversation exported from ElevenLabs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MOST_LINES = 2_000
LONGEST_TEXT = 4_000
WORDS_A_SECOND = 2.5  # 150 words a minute, the middle of conversational English
LARGEST_FILE = 50_000_000  # bytes; far more than the longest allowed transcript
# The names the API takes for the two sides.
REP_NAMES = ("user", "rep", "salesrep", "you")
HOMEOWNER_NAMES = ("agent", "ai", "assistant", "homeowner", "customer", "prospect")


class BadFile(Exception):
    """The file is not a transcript; the text says what is wrong and where, in one line."""


@dataclass(frozen=True)
class TranscriptFile:
    """`lines` as the API takes them; `skipped` counts the entries of an export without speech."""

    lines: list[dict[str, Any]]
    skipped: int = 0
    seconds: int | None = None
    agent: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> TranscriptFile:
    """Read and check `path`. Raises BadFile."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadFile(f"the file is larger than {LARGEST_FILE // 1_000_000} MB")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadFile("is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise BadFile(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BadFile("is nested too deeply") from None
    if isinstance(content, list):
        transcript = TranscriptFile([_line(item, f"[{index}]") for index, item in enumerate(content)])
    else:
        transcript = _export(content)
    if not transcript.lines:
        raise BadFile("contains no spoken line")
    if len(transcript.lines) > MOST_LINES:
        raise BadFile(f"has {len(transcript.lines)} lines; a session takes at most {MOST_LINES}")
    return transcript


def spoken_seconds(lines: list[dict[str, Any]]) -> int:
    """How long it takes to say these lines: a file is played in a second, which is not how long the session was."""
    return round(sum(len(str(line["text"]).split()) for line in lines) / WORDS_A_SECOND)


def is_rep(line: dict[str, Any]) -> bool:
    """Whether the rep speaks."""
    return str(line["speaker"]).lower() in REP_NAMES


def _line(item: Any, place: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadFile(f"{place} is {_kind(item)}, not an object with speaker and text")
    speaker, text = item.get("speaker"), item.get("text")
    if not isinstance(speaker, str) or speaker.lower() not in REP_NAMES + HOMEOWNER_NAMES:
        told = repr(speaker[:40]) if isinstance(speaker, str) else _kind(speaker)
        raise BadFile(f"{place}.speaker is {told}, not one of {', '.join(REP_NAMES + HOMEOWNER_NAMES)}")
    if not _text(text, f"{place}.text").strip():
        raise BadFile(f"{place}.text is empty")
    sequence = item.get("sequence")
    if sequence is not None and (not isinstance(sequence, int) or not 1 <= sequence <= MOST_LINES):
        raise BadFile(f"{place}.sequence is not a whole number from 1 to {MOST_LINES}")
    known = ("speaker", "text", "sequence", "timestamp", "correction")
    return {key: item[key] for key in known if item.get(key) is not None}


def _export(content: Any) -> TranscriptFile:
    """An ElevenLabs conversation, as its API gives it or as its webhook wraps it in `data`."""
    wrapped = content.get("data") if isinstance(content, dict) else None
    place, export = ("data.", wrapped) if isinstance(wrapped, dict) else ("", content)
    entries = export.get("transcript") if isinstance(export, dict) else None
    if not isinstance(entries, list):
        raise BadFile("is neither an array of lines nor an object with a transcript array")
    metadata = export.get("metadata")
    begun = metadata.get("start_time_unix_secs") if isinstance(metadata, dict) else None
    spoken = [
        line
        for index, entry in enumerate(entries)
        if (line := _entry(entry, f"{place}transcript[{index}]")) is not None
    ]
    seconds = int(max((entry["at"] for entry in spoken), default=0))
    start = _start(begun, seconds)
    lines = [
        {
            "speaker": entry["speaker"],
            "text": entry["text"],
            "timestamp": (start + timedelta(seconds=entry["at"])).isoformat(),
        }
        for entry in spoken
    ]
    agent = {key: value for key in ("agent_id", "agent_name") if isinstance(value := export.get(key), str) and value}
    return TranscriptFile(lines, len(entries) - len(lines), seconds, agent)


def _entry(entry: Any, place: str) -> dict[str, Any] | None:
    """One entry of an export; None for an entry without speech (a tool call, a silence)."""
    if not isinstance(entry, dict):
        raise BadFile(f"{place} is {_kind(entry)}, not an object with role and message")
    if entry.get("role") not in ("user", "agent"):
        raise BadFile(f"{place}.role is neither user nor agent")
    message, at = entry.get("message"), entry.get("time_in_call_secs", 0)
    if message is None or (isinstance(message, str) and not message.strip()):
        return None
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at <= 86_400:
        raise BadFile(f"{place}.time_in_call_secs is not a number of seconds within a day")
    return {"speaker": entry["role"], "text": _text(message, f"{place}.message"), "at": at}


def _text(text: Any, place: str) -> str:
    if not isinstance(text, str):
        raise BadFile(f"{place} is {_kind(text)}, not text")
    if len(text) > LONGEST_TEXT:
        raise BadFile(f"{place} has {len(text)} characters; a line takes at most {LONGEST_TEXT}")
    return text


def _start(begun: Any, seconds: int) -> datetime:
    """When the call began: as the export says, else so that it ends now."""
    if isinstance(begun, int | float) and not isinstance(begun, bool) and 0 < begun < 2**32:
        return datetime.fromtimestamp(begun, UTC)
    return datetime.now(UTC) - timedelta(seconds=seconds)


def _kind(value: Any) -> str:
    names = {type(None): "missing or null", bool: "a truth value", int: "a number", float: "a number"}
    return {**names, str: "text", list: "an array", dict: "an object"}[type(value)]
