"""Any old row is converted without an error into a session that keeps the contract, and `verify` agrees."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from http_request import WHITE_SPACE
from operate.migration.compare import differences

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OWNER = "22222222-2222-4222-8222-222222222222"

any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
words = any_text | st.sampled_from(
    [
        "Hi",
        "Hi there.",
        "Who is it?",
        "Rep: Hi",
        "a: b: c",
        "",
        " ",
        "\ufeff",
        "\x1e",
        "x" * 4001,
        "[1]",
        '{"text": "Hi"}',
        '"',
        "7",
    ]
)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda each: each.isoformat()
) | st.sampled_from(
    [
        "2025-03-01T08:00:00.000Z",
        "2025-03-01T08:00:05.000Z",
        "2024-02-30T08:00:00.000Z",
        "0:05",
        "1970-01-01T00:00:05Z",
        "infinity",
        "now",
        "9999-12-31T23:59:59Z",
    ]
)
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 100)
scalars = st.none() | st.booleans() | numbers | words | moments
any_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4), max_leaves=12
)

times = moments | st.one_of(
    st.integers(10**9, 4 * 10**9).map(lambda each: each * 1000),
    st.integers(10**9, 4 * 10**9).map(str),
    st.integers(10**9, 4 * 10**9).map(lambda each: f"{each}000000"),
    st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda each: each.strftime("%a %b %d %Y %H:%M:%S GMT-0330 (NST)")),
    st.sampled_from(["", "soon", "today", "yesterday 0800", "-infinity", 0, -1, "03/01/2025 9:00 AM", "20250301", "2025-W10-1", "1999"]),
    numbers,
)  # fmt: skip
names = st.sampled_from(["user", "agent", "Rep", "homeowner", " ai", "Marlene", "SYSTEM", "You", "austin"])
line_times = (
    moments
    | numbers
    | st.none()
    | st.sampled_from([0, 7.5, "12", "1:02:03", "0:99", 1740816000, "1740816000000", "1970-01-01T00:00:05Z"])
)
lines = st.dictionaries(
    st.sampled_from(["speaker", "role", "source", "type", "text", "message", "content", "timestamp", "time", "id", "other"]), scalars | any_json, max_size=4
) | st.fixed_dictionaries(
    {"speaker": names, "text": words}, optional={"timestamp": line_times, "time": line_times, "message": words, "role": names}
)  # fmt: skip
line_lists = st.lists(lines | any_json, max_size=6) | st.lists(lines, min_size=1, max_size=3).map(lambda each: each * 3)
transcripts = any_json | line_lists | st.one_of(
    line_lists.map(json.dumps),
    line_lists.map(lambda each: json.dumps(json.dumps(each))),
    line_lists.map(lambda each: {"messages": each, "id": 7}),
    line_lists.map(lambda each: {str(at): line for at, line in enumerate(each)}),
    st.lists(st.tuples(names, words), max_size=4).map(lambda said: "\n".join(f"{who}: {what}" for who, what in said)),
)  # fmt: skip
two_transcripts = st.tuples(line_lists, line_lists).map(lambda pair: (pair[0], pair[0] + pair[1])) | st.tuples(
    transcripts, transcripts
)
rows = st.fixed_dictionaries(
    {"id": st.just("11111111-1111-4111-8111-111111111111"), "user_id": st.just(OWNER)},
    optional={
        "agent_name": st.none() | words | st.just("Marlene"), "agent_id": st.none() | words, "elevenlabs_conversation_id": st.none() | words,
        "created_at": st.none() | times, "started_at": st.none() | times, "ended_at": st.none() | times, "graded_at": st.none() | times,
        "duration_seconds": st.none() | numbers | st.sampled_from([0, "12.5", 86400, " 7 "]), "full_transcript": transcripts, "transcript": transcripts,
        "rapport_score": st.none() | numbers, "discovery_score": st.none() | numbers, "objection_handling_score": st.none() | numbers,
        "close_score": st.none() | numbers, "closing_score": st.none() | numbers, "overall_score": st.none() | numbers, "virtual_earnings": st.none() | numbers | any_text | st.sampled_from(["$1,250.00", "1e3", "1.250,00", "NaN", True]),
        "analytics": any_json | st.dictionaries(st.sampled_from(["feedback", "strengths", "improvements"]), any_json) | st.fixed_dictionaries({"feedback": any_json | st.fixed_dictionaries({"strengths": any_json, "improvements": st.lists(words)})}),
        "grading_status": scalars, "end_reason": scalars, "sale_closed": scalars, "a_column_of_their_own": any_json,
    },
)  # fmt: skip


def said(*lines: Any) -> dict[str, Any]:
    return {"id": "11111111-1111-4111-8111-111111111111", "user_id": OWNER, "full_transcript": list(lines)}


@pytest.mark.timeout(3600)
@given(
    old=rows
    | st.tuples(rows, two_transcripts).map(
        lambda each: {**each[0], "full_transcript": each[1][0], "transcript": each[1][1]}
    )
)
@example({"id": "11111111-1111-4111-8111-111111111111", "user_id": OWNER, "ended_at": "9999-12-31T23:59:59Z"})
@example(said({"speaker": "user", "text": "\ufeff"}))
@example(said({"speaker": "user", "text": "\x1f", "message": "0"}))
@example(said({"speaker": ["words"], "text": ""}))
@example(said({"speaker": "user", "text": "", "tool": {"said": "words"}}))
@example(said({"speaker": "user", "text": "x" * 4001}, {"text": 0}, {"speaker": "user", "text": "1"}))
@example(said({"text": False}))
@example(said({"role": "user", "transcript": "by transcript"}))
@example(
    said(
        {
            "role": "user",
            "content": ["Listen: this is good", "Rep: so", {"text": {"value": "0"}}, {"type": "image"}, None, True],
        }
    )
)
@example({**said(), "full_transcript": {"messages": '[{"role": "user", "text": "Hi"}]'}})
@example({**said(), "full_transcript": '{"10": {"role": "user", "text": "b"}, "2": {"role": "user", "text": "a"}}'})
@example({**said(), "full_transcript": {"0": "Rep: a\nb"}})
@example({**said(), "full_transcript": {"transcript": [{"role": "user", "text": "a"}], "text": "b"}})
@example(said(*({"role": "user", "text": time, "time": time} for time in ("59:59", "60:00", "1:75:30.5"))))
@example({**said(), "transcript": {"0": "REP:0"}})
@example(said("Rep: a\x85b: c"))
@example({**said(), "full_transcript": "Rep:\x85"})
@example(said(*({"speaker": "user", "text": "0", "timestamp": f"1979-01-01T00:00:00.00000{n}+00:00"} for n in (0, 1))))
@example({**said(), "started_at": "03/01/2025 9:00 AM", "ended_at": "2025-03-01T08:00:00.000Z"})
@example({**said(), "full_transcript": "Rep: Hi\n\x85"})
@example({**said({"text": 0}), "transcript": [{"text": 0}], "created_at": "2024-02-30T08:00:00.000Z"})
@example(said({"speaker": "user", "text": "0", "timestamp": 100000000000.0}))
def test_any_row_becomes_a_session_that_verify_accepts(converter: psycopg.Connection[Any], old: dict[str, Any]) -> None:
    converter.execute("set timezone = 'UTC'")
    [(as_read, session, created, started, ended, graded)] = converter.execute(
        """select %(old)s, to_jsonb(c), c.created_at, c.started_at, c.ended_at, c.graded_at
             from training_migration.convert(%(old)s, %(now)s) c""",
        {"old": Jsonb(old), "now": NOW},
    ).fetchall()
    for line in session["transcript"]:
        assert set(line) == {"sequence", "speaker", "text", "timestamp"}
        assert line["speaker"] in ("user", "agent")
        assert 1 <= len(line["text"]) <= 4000
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
        assert line["text"].strip(WHITE_SPACE)
    assert 1 <= len(session["agent_name"]) <= 200
    assert session["status"] != "active" or ended is None
    session |= {"created_at": created, "started_at": started, "ended_at": ended, "graded_at": graded}
    session |= {"history": session["scores"], "conversation_taken": False}
    session["graded_by"] = "legacy" if graded is not None else None
    assert differences(as_read, session, None, session["kept"], NOW) == [], json.dumps([old, session["transcript"]])
