"""A row of the old table becomes a session; scores, times and ends as a person would read them. Pure, so tested as a table."""

import json
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from operate.migration.catalog import READ_COLUMNS

NOW = "2026-11-22T12:00:00+00:00"
TALK = [{"speaker": "user", "text": "Hi", "timestamp": "2025-03-01T08:00:00.000Z"}]
ROW = {
    "id": "11111111-1111-4111-8111-111111111111", "user_id": "22222222-2222-4222-8222-222222222222", "agent_name": "Austin",
    "created_at": "2025-03-01T08:00:00+00:00", "started_at": "2025-03-01T08:00:00+00:00", "ended_at": "2025-03-01T08:05:00+00:00",
    "full_transcript": TALK, "rapport_score": 60, "discovery_score": 70, "objection_handling_score": 80, "close_score": 90,
    "overall_score": 75, "graded_at": "2025-03-01T08:06:00+00:00",
}  # fmt: skip


def convert(converter: psycopg.Connection[Any], **changed: Any) -> dict[str, Any]:
    """What becomes of ROW with these changes; a change to `...` removes the column."""
    old = {name: value for name, value in {**ROW, **changed}.items() if value is not ...}
    found = converter.execute("select to_jsonb(training_migration.convert(%s, %s))", (Jsonb(old), NOW)).fetchone()
    assert found is not None
    session = dict(found[0])
    return session | {"why_kept": "; ".join(session["reasons"]) or None}


def test_a_good_row_is_taken_as_it_is(converter: psycopg.Connection[Any]) -> None:
    session = convert(
        converter,
        analytics={"feedback": {"strengths": ["Warm"], "improvements": ["Ask"]}},
        virtual_earnings="120.50",
        agent_id="agent_1",
    )
    expected = {
        "status": "completed", "end_reason": "ended", "started_at": ROW["started_at"], "ended_at": ROW["ended_at"], "duration_seconds": 300,
        "rapport_score": 60, "discovery_score": 70, "objection_handling_score": 80, "closing_score": 90, "feedback_strengths": ["Warm"],
        "feedback_improvements": ["Ask"], "virtual_earnings": 120.5, "graded_at": ROW["graded_at"], "agent_id": "agent_1", "notes": [], "kept": {},
    }  # fmt: skip
    assert {name: session[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("value", "score", "note"),
    [
        (72.5, 73, "72.5"), ("64", 64, None), (140, 100, "140"), (-5, 0, "-5"), (0, 0, None), (None, None, None), ("good", None, "not a number"),
        (..., None, None), (1_000_000, 100, "1000000"),
    ],
)  # fmt: skip
def test_a_score_is_rounded_and_bounded_and_the_original_is_in_the_history(
    converter: psycopg.Connection[Any], value: Any, score: int | None, note: str | None
) -> None:
    session = convert(converter, rapport_score=value)
    assert session["rapport_score"] == score
    assert (
        any(note in each for each in session["notes"])
        if note
        else all("rapport" not in each for each in session["notes"])
    )
    if value not in (None, ...):
        assert session["scores"]["rapport"] == value


def test_either_name_of_the_closing_score_is_read(converter: psycopg.Connection[Any]) -> None:
    assert convert(converter, closing_score=55)["closing_score"] == 55
    assert convert(converter, closing_score=None)["closing_score"] == 90
    assert convert(converter, closing_score=0, close_score=...)["closing_score"] == 0


def test_an_overall_score_alone_is_not_taken_but_noted(converter: psycopg.Connection[Any]) -> None:
    only = {"rapport_score": None, "discovery_score": None, "objection_handling_score": None, "close_score": None}
    session = convert(converter, **only)
    assert session["scores"]["overall"] == 75
    assert any("75 overall" in note for note in session["notes"])
    assert session["graded_at"] == ROW["graded_at"]


def test_the_zeros_of_a_failed_grader_are_not_scores(converter: psycopg.Connection[Any]) -> None:
    zeros = {name: 0 for name in ROW if name.endswith("_score")}
    assert convert(converter, **zeros)["rapport_score"] == 0
    failed = convert(converter, **zeros, grading_status="failed")
    assert (failed["rapport_score"], failed["scores"]) == (None, None)
    assert "The old grader had failed and left zeros." in failed["notes"]


UNGRADED = {name: None for name in ROW if name.endswith("_score")} | {"graded_at": None}


def test_an_ungraded_old_session_does_not_wait_for_a_paid_model(converter: psycopg.Connection[Any]) -> None:
    session = convert(converter, **UNGRADED)
    assert (session["status"], session["graded_at"], session["rapport_score"], session["scores"]) == (
        "completed",
        ROW["ended_at"],
        None,
        None,
    )
    assert "The old system never graded this session." in session["notes"]


def test_without_a_word_from_the_rep_and_without_a_grade_there_was_no_conversation(
    converter: psycopg.Connection[Any],
) -> None:
    session = convert(converter, **UNGRADED, full_transcript=[])
    assert (session["status"], session["end_reason"], session["graded_at"]) == ("failed", "no_conversation", None)
    assert convert(converter, full_transcript=[])["status"] == "completed"


@pytest.mark.parametrize(
    ("changed", "started", "ended"),
    [
        ({"started_at": None}, ROW["created_at"], ROW["ended_at"]),
        ({"started_at": ROW["ended_at"], "ended_at": ROW["started_at"]}, ROW["started_at"], ROW["ended_at"]),
        ({"ended_at": None, "duration_seconds": 60}, ROW["started_at"], "2025-03-01T08:01:00+00:00"),
        ({"ended_at": None}, ROW["started_at"], ROW["started_at"]),
        ({"ended_at": "2099-01-01T00:00:00+00:00"}, ROW["started_at"], ROW["started_at"]),
        ({"started_at": "2099-01-01T00:00:00+00:00"}, ROW["created_at"], ROW["ended_at"]),
        ({"started_at": "infinity", "ended_at": "-infinity", "duration_seconds": 300}, ROW["started_at"], ROW["ended_at"]),
        ({"started_at": "yesterday-ish", "created_at": None}, ROW["ended_at"], ROW["ended_at"]),
        ({"started_at": ..., "created_at": ..., "ended_at": ...}, NOW, NOW),
    ],
)  # fmt: skip
def test_times_are_put_in_order(
    converter: psycopg.Connection[Any], changed: dict[str, Any], started: str, ended: str
) -> None:
    session = convert(converter, **changed)
    assert (session["started_at"], session["ended_at"]) == (started, ended)
    assert session["created_at"] <= NOW
    assert 0 <= session["duration_seconds"] <= 86400


def test_a_session_without_an_end_stays_active_for_a_day(converter: psycopg.Connection[Any]) -> None:
    fresh = {
        **UNGRADED,
        "created_at": "2026-11-22T11:00:00+00:00",
        "started_at": "2026-11-22T11:00:00+00:00",
        "ended_at": None,
    }
    assert (convert(converter, **fresh)["status"], convert(converter, **fresh)["ended_at"]) == ("active", None)
    stale = {**fresh, "created_at": "2026-11-20T11:00:00+00:00", "started_at": "2026-11-20T11:00:00+00:00"}
    assert (convert(converter, **stale)["status"], convert(converter, **stale)["end_reason"]) == (
        "completed",
        "abandoned",
    )


@pytest.mark.parametrize("seconds", [-1, 90_000_000, "12.4", None, "soon"])
def test_an_impossible_duration_is_counted_from_the_times(converter: psycopg.Connection[Any], seconds: Any) -> None:
    assert convert(converter, duration_seconds=seconds)["duration_seconds"] == (12 if seconds == "12.4" else 300)


@pytest.mark.parametrize(
    ("analytics", "strengths"),
    [
        ({"feedback": {"strengths": "One"}}, ["One"]),
        ({"feedback": {"strengths": [{"text": "One"}, "Two", " ", {"title": "Three"}]}}, ["One", "Two", "Three"]),
        ('{"feedback": {"strengths": ["One"]}}', ["One"]),
        ({"feedback": "bad"}, []),
        ({"strengths": ["One"], "feedback": {"strengths": None}}, ["One"]),
        ([], []),
        (None, []),
    ],
)
def test_feedback_of_any_shape_is_read(
    converter: psycopg.Connection[Any], analytics: Any, strengths: list[str]
) -> None:
    assert convert(converter, analytics=analytics)["feedback_strengths"] == strengths


def test_a_name_is_always_there_and_earnings_are_never_negative(converter: psycopg.Connection[Any]) -> None:
    assert convert(converter, agent_name=" ", agent_id="a1")["agent_name"] == "a1"
    assert convert(converter, agent_name=...)["agent_name"] == "Unknown"
    assert len(convert(converter, agent_name="x" * 500)["agent_name"]) == 200
    assert convert(converter, virtual_earnings=-20)["virtual_earnings"] == 0
    assert convert(converter, virtual_earnings="NaN")["virtual_earnings"] == 0


@pytest.mark.parametrize(
    ("value", "earned"),
    [("$1,250.00", 1250), ("$ 20", 20), ("1e3", 1000), ("1,250", 1250), ("120.50", 120.5), ("", 0), (None, 0)],
)
def test_earnings_are_read_as_people_write_them(converter: psycopg.Connection[Any], value: Any, earned: float) -> None:
    session = convert(converter, virtual_earnings=value)
    assert (session["virtual_earnings"], session["notes"], session["why_kept"]) == (earned, [], None)


@pytest.mark.parametrize("value", ["1.250,00", "12,5", "a lot", [5], True, "NaN"])
def test_earnings_that_cannot_be_read_are_kept(converter: psycopg.Connection[Any], value: Any) -> None:
    session = convert(converter, virtual_earnings=value)
    assert (session["virtual_earnings"], session["why_kept"]) == (0, "virtual_earnings cannot be read")
    assert session["kept"] == {"virtual_earnings": value}


def test_negative_earnings_are_noted(converter: psycopg.Connection[Any]) -> None:
    assert convert(converter, virtual_earnings=-20.50)["notes"] == ["The old earnings were -20.5."]


@pytest.mark.parametrize(
    ("analytics", "improvements"),
    [
        ({"feedback": "Ask more"}, ["Ask more"]), ({"feedback": ["Ask", "Wait"]}, ["Ask", "Wait"]), ({"improvements": "Ask"}, ["Ask"]),
 ({"feedback": {"strengths": ["One"]}}, []),
    ],
)  # fmt: skip
def test_feedback_without_a_kind_counts_as_improvement(
    converter: psycopg.Connection[Any], analytics: Any, improvements: list[str]
) -> None:
    session = convert(converter, analytics=analytics)
    assert (session["feedback_improvements"], session["why_kept"]) == (improvements, None)


def test_feedback_in_a_second_place_is_kept(converter: psycopg.Connection[Any]) -> None:
    session = convert(converter, analytics={"feedback": "Ask", "improvements": ["Wait"]})
    assert session["feedback_improvements"] == ["Wait"]
    assert session["kept"] == {"analytics": {"feedback": "Ask", "improvements": ["Wait"]}}


def test_notes_of_a_session_without_a_grade_keep_the_whole_row(converter: psycopg.Connection[Any]) -> None:
    empty = [{"speaker": "user", "text": ""}]
    failed = {**UNGRADED, "full_transcript": empty}
    assert convert(converter, **failed)["why_kept"] is None
    session = convert(converter, **failed, duration_seconds=90_000_000, virtual_earnings=-20)
    assert session["status"] == "failed"
    assert session["why_kept"] == "The old earnings were -20.; The old duration was 90000000 seconds."
    assert session["kept"]["duration_seconds"] == 90_000_000


EIGHT = "2025-03-01T08:00:00+00:00"


@pytest.mark.parametrize(
    "value",
    [
        1740816000, "1740816000", 1740816000000, "1740816000000", 1740816000000000, "2025-03-01 09:00:00+01", "2025-03-01T08:00:00Z", "2025-03-01 08:00",
        "Sat Mar 01 2025 09:00:00 GMT+0100 (CET)", "Sat, 01 Mar 2025 08:00:00 GMT", "2025-03-01T09:00:00 GMT+01:00",
    ],
)  # fmt: skip
def test_a_time_is_read_from_a_column_of_any_type(converter: psycopg.Connection[Any], value: Any) -> None:
    session = convert(converter, created_at=value, started_at=value, graded_at=value)
    assert [session[name] for name in ("created_at", "started_at", "graded_at")] == [EIGHT] * 3
    assert (session["ended_at"], session["why_kept"]) == (ROW["ended_at"], None)


@pytest.mark.parametrize(
    "value", ["soon", "today", "yesterday 0800", "infinity", "2025-02-30T08:00:00Z", 7, "1970-01-01T00:00:00+00:00"]
)
def test_a_time_that_cannot_be_read_is_kept(converter: psycopg.Connection[Any], value: Any) -> None:
    session = convert(converter, started_at=value)
    assert session["started_at"] == ROW["created_at"]
    assert session["why_kept"] == "started_at cannot be read"
    assert session["kept"] == {"started_at": value}
    assert convert(converter, started_at=" ")["why_kept"] is None


LONGER = [*TALK, {"speaker": "agent", "text": "Who is it?", "timestamp": "2025-03-01T08:00:05.000Z"}]


@pytest.mark.parametrize("nothing", [None, [], "[]", "", [{"speaker": "user", "text": " "}]])
@pytest.mark.parametrize("column", ["full_transcript", "transcript"])
def test_the_words_are_in_whichever_column_has_any(
    converter: psycopg.Connection[Any], column: str, nothing: Any
) -> None:
    both = {"full_transcript": nothing, "transcript": nothing, column: json.dumps(TALK)}
    session = convert(converter, **both)
    assert [line["text"] for line in session["transcript"]] == ["Hi"]
    assert session["why_kept"] is None


@pytest.mark.parametrize(("full", "other"), [(TALK, LONGER), (LONGER, TALK), (json.dumps(TALK), LONGER)])
def test_of_two_transcripts_the_longer_one_is_used_and_both_are_kept(
    converter: psycopg.Connection[Any], full: Any, other: Any
) -> None:
    session = convert(converter, full_transcript=full, transcript=other)
    assert [line["text"] for line in session["transcript"]] == ["Hi", "Who is it?"]
    assert session["why_kept"] == "two transcripts that differ"
    assert session["kept"] == {"full_transcript": full, "transcript": other}


@pytest.mark.parametrize("other", [TALK, json.dumps(TALK), [{"role": "rep", "content": "Hi", "time": 1740816000}]])
def test_two_columns_with_the_same_words_are_one_transcript(converter: psycopg.Connection[Any], other: Any) -> None:
    session = convert(converter, full_transcript=TALK, transcript=other)
    assert (len(session["transcript"]), session["why_kept"]) == (1, None)


def test_a_value_that_is_not_a_transcript_is_kept_beside_the_other_column(converter: psycopg.Connection[Any]) -> None:
    session = convert(converter, full_transcript="she hung up", transcript=TALK)
    assert (len(session["transcript"]), session["kept"]) == (1, {"full_transcript": "she hung up"})


@pytest.mark.parametrize(
    "analytics",
    ['{"feedback": {"strengths": ["War', "Well done", ["Well done"], 7, {"feedback": {"strengths": {"a": "b"}}}, {"feedback": {"good": ["Tone"]}}],
)  # fmt: skip
def test_analytics_that_cannot_be_read_are_kept(converter: psycopg.Connection[Any], analytics: Any) -> None:
    session = convert(converter, analytics=analytics)
    assert session["kept"] == {"analytics": analytics}


def test_a_json_column_that_jsonb_cannot_hold_comes_as_its_text(converter: psycopg.Connection[Any]) -> None:
    converter.execute("create temp table odd (id integer, words json, more json, gone text, note text)")
    converter.execute("alter table odd drop column gone")
    for words in ('[{"speaker": "rep", "text": "a \\u0000 b"}]', '"\\ud800"'):
        [(row,)] = converter.execute(
            "with o as (insert into odd values (1, %s, '[1]') returning odd) select training_migration.row_json(odd) from o",
            (words,),
        ).fetchall()
        assert row == {"id": 1, "words": words, "more": [1], "note": None}
        session = convert(converter, full_transcript=row["words"])
        assert (session["transcript"], session["kept"]) == ([], {"full_transcript": words})
        assert session["why_kept"]


def test_the_commands_know_the_columns_that_the_conversion_reads(converter: psycopg.Connection[Any]) -> None:
    found = converter.execute("select training_migration.read_columns()").fetchone()
    assert found is not None
    assert set(found[0]) == READ_COLUMNS


@pytest.mark.parametrize(
    "line",
    [
        {"tool_calls": [{"name": "calendar"}]},
        {"content": [{"type": "tool_use", "id": "t"}]},
        {"metadata": {"mood": "angry"}},
    ],
)
def test_what_a_line_holds_beside_its_words_is_kept(converter: psycopg.Connection[Any], line: dict[str, Any]) -> None:
    said = [{**TALK[0], **line}]
    session = convert(converter, full_transcript=said)
    assert [each["text"] for each in session["transcript"]] == ["Hi"]
    assert session["kept"] == {"full_transcript": said}
    assert session["reasons"] == ["1 lines that hold more than their words"]
