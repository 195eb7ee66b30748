"""What `verify` holds against a session, as a table: nothing may have been lost unless it is in the quarantine."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from operate.migration.compare import CATEGORIES, differences

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = "2025-03-01T08:00:{:02}.000Z"


def said(texts: str, *seconds: int) -> list[dict[str, Any]]:
    """A line for each letter, by the rep; with a time where one is given."""
    times = [{"timestamp": AT.format(each)} for each in seconds] or [{}] * len(texts)
    return [{"speaker": "rep", "text": text, **time} for text, time in zip(texts, times, strict=True)]


def compared(old: dict[str, Any], texts: str, *seconds: int, kept: Any = None, **changed: Any) -> list[str]:
    """What is wrong with a session of these lines and this quarantine."""
    lines = [
        {**line, "sequence": n, "speaker": "user", "timestamp": line.get("timestamp", AT.format(0))}
        for n, line in enumerate(said(texts, *seconds), 1)
    ]
    start = datetime(2025, 3, 1, 8, tzinfo=UTC)
    new = {
        "user_id": None, "agent_name": "Unknown", "status": "completed", "transcript": lines, "created_at": start, "started_at": start, "ended_at": start,
        "graded_at": start, "graded_by": "legacy", "duration_seconds": 0, "conversation_id": None, "conversation_taken": False,
        "virtual_earnings": 0, "feedback_strengths": [], "feedback_improvements": [], "agent_id": None, **dict.fromkeys(CATEGORIES), "history": None, **changed,
    }  # fmt: skip
    return differences(old, new, None, kept or {}, NOW)


TWO = {"full_transcript": said("c"), "transcript": said("ab")}


@pytest.mark.parametrize(
    ("old", "new", "kept", "found"),
    [
        ({"full_transcript": said("Hi", 1, 4)}, ("Hi", 1, 4), None, []),
        ({"full_transcript": said("Hi", 1, 4)}, ("H", 1), None, ["words"]),
        ({"full_transcript": said("HiHi", 1, 4, 1, 4)}, ("Hi", 1, 4), None, []),
        ({"full_transcript": [{"text": "H", "time": "2025-03-01T09:00:01+01:00"}, {"text": "H", "time": 1740816001}]}, ("H", 1), None, []),
        ({"full_transcript": said("HiHi", 1, 4, 7, 9)}, ("Hi", 1, 4), None, ["words"]),
        ({"full_transcript": said("HiHi")}, ("Hi",), None, ["words"]),
        ({"full_transcript": said("HiHi")}, ("Hi",), {"full_transcript": said("HiHi")}, []),
        ({"full_transcript": said("HiHi")}, ("Hi",), {"full_transcript": said("Hi")}, ["the kept original", "words"]),
        ({"full_transcript": "[]", "transcript": said("a")}, ("a",), None, []),
        ({"full_transcript": "[]", "transcript": said("a")}, ("",), None, ["words"]),
        ({"full_transcript": "Rep: H\nrep: i\nPrice:"}, ("Hi",), None, ["words"]),
        ({"full_transcript": ["salesperson: H", "Price: i"]}, ("H",), None, ["words"]),
        ({"full_transcript": "sales_rep: H\nUnknown: i"}, ("H",), None, ["words"]),
        ({"full_transcript": "sales-rep: H\nSalesperson: i"}, ("Hi",), None, []),
        ({"full_transcript": [{"role": "user", "transcript": "H"}, {"role": "rep", "content": [{"text": {"value": "i"}}]}]}, ("Hi",), None, []),
        ({"full_transcript": {"messages": json.dumps(json.dumps(said("Hi")))}}, ("Hi",), None, []),
        ({"full_transcript": {"10": said("i")[0], "2": said("H")[0]}}, ("Hi",), None, []),
        ({"full_transcript": {"10": said("i")[0], "2": said("H")[0]}}, ("iH",), None, ["words"]),
        ({"full_transcript": [{"role": "user", "text": "H", "message": "i"}]}, ("H",), None, ["words"]),
        ({"full_transcript": [{"role": "user", "text": {"value": "H"}, "message": "i"}]}, ("i",), None, ["words"]),
        ({"full_transcript": {"transcript": said("H"), "message": "i"}}, ("H",), None, ["words"]),
        ({"virtual_earnings": "$1,250.00"}, ("",), None, ["virtual_earnings"]),
        ({"virtual_earnings": "a lot"}, ("",), None, ["virtual_earnings"]),
        ({"virtual_earnings": "a lot"}, ("",), {"virtual_earnings": "a lot"}, []),
        ({"analytics": {"strengths": ["Tone"]}}, ("",), None, ["feedback_strengths"]),
        ({"analytics": {"feedback": "Tone"}}, ("",), None, ["feedback_improvements"]),
        ({"analytics": "Tone"}, ("",), None, ["analytics is not kept"]),
        ({"analytics": {"feedback": {"tone": "good"}}}, ("",), None, ["analytics is not kept"]),
        ({"analytics": "Tone"}, ("",), {"analytics": "Tone"}, []),
        ({"elevenlabs_conversation_id": "c"}, ("",), None, ["conversation_id"]),
        (TWO, ("ab",), None, ["words"]),
        (TWO, ("ab",), TWO, []),
        (TWO, ("ba",), TWO, ["words"]),
        ({"started_at": "soon"}, ("",), None, ["started_at cannot be read, and is not kept"]),
        ({"started_at": "soon"}, ("",), {"started_at": "soon"}, []),
        ({"started_at": "soon"}, ("",), {"started_at": "later"}, ["the kept original", "started_at cannot be read, and is not kept"]),
        ({"started_at": 1740816000000}, ("",), None, []),
        ({"started_at": 1740816001000}, ("",), None, ["started_at"]),
        ({"started_at": "Sat Mar 01 2025 09:00:01 GMT+0100 (CET)"}, ("",), None, ["started_at"]),
    ],
)  # fmt: skip
def test_a_value_missing_in_session_and_quarantine_is_a_difference(
    old: dict[str, Any], new: tuple[Any, ...], kept: Any, found: list[str]
) -> None:
    assert compared(old, *new, kept=kept) == found
