"""A transcript of any shape becomes canonical lines, or is kept verbatim with the reason. Pure, so tested as a table."""

import json
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

START = "2025-03-01T08:00:00.000Z"
LATER = "2025-03-01T08:00:05.000Z"


def read(converter: psycopg.Connection[Any], raw: Any) -> tuple[list[tuple[str, str, str]], list[str], str | None]:
    """(speaker, text, timestamp) of each line, the notes, and why the original is kept."""
    row = converter.execute(
        "select lines, notes, unread from training_migration.read_transcript(%s, 'Marlene', %s)",
        (Jsonb(raw), START),
    ).fetchone()
    assert row is not None
    lines, notes, unread = row
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert all(set(line) == {"sequence", "speaker", "text", "timestamp"} for line in lines)
    return [(line["speaker"], line["text"], line["timestamp"]) for line in lines], notes, "; ".join(unread) or None


HI, WHO = ("user", "Hi", START), ("agent", "Who is it?", LATER)
PLAIN = [
    {"speaker": "user", "text": "Hi", "timestamp": START},
    {"speaker": "agent", "text": "Who is it?", "timestamp": LATER},
]


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        [{"speaker": "Rep", "text": "Hi", "timestamp": START}, {"speaker": " homeowner", "text": "Who is it?", "timestamp": LATER}],
        [{"speaker": "salesrep", "text": "Hi", "timestamp": START}, {"speaker": "Marlene", "text": "Who is it?", "timestamp": LATER}],
        [{"role": "user", "message": "Hi", "time": START}, {"role": "assistant", "message": "Who is it?", "time": LATER}],
        [{"type": "user_transcript", "content": "Hi", "timestamp": START}, {"type": "agent_response", "content": "Who is it?", "timestamp": LATER}],
        [{"source": "user", "message": "Hi", "time_in_call_secs": 0}, {"source": "ai", "message": "Who is it?", "time_in_call_secs": 5}],
        [{**PLAIN[0], "timestamp": 1740816000}, {**PLAIN[1], "timestamp": 1740816005}],
        [{**PLAIN[0], "timestamp": 1740816000000}, {**PLAIN[1], "timestamp": "1740816005000"}],
        [{**PLAIN[0], "timestamp": "1970-01-01T00:00:00Z"}, {**PLAIN[1], "timestamp": "1970-01-01T00:00:05.000Z"}],
        [{**PLAIN[0], "timestamp": "1970-01-21T03:33:36.000Z"}, {**PLAIN[1], "timestamp": "1970-01-21T03:33:36.005Z"}],
        [{**PLAIN[0], "timestamp": "0:00"}, {**PLAIN[1], "timestamp": "0:05"}],
        [{**PLAIN[0], "timestamp": 0}, {**PLAIN[1], "timestamp": "00:00:05"}],
        [{**PLAIN[0], "timestamp": "2025-03-01T09:00:00+01:00"}, {**PLAIN[1], "timestamp": "2025-03-01 08:00:05"}],
        [{"role": "user", "content": [{"type": "text", "text": "Hi"}], "time": START, "timestamp": None}, PLAIN[1]],
        [{"role": "user", "content": [{"type": "text", "text": {"value": "Hi", "annotations": []}}], "time": START}, {"role": "assistant", "content": {"value": "Who is it?"}, "time": LATER}],
        json.dumps(PLAIN),
        json.dumps(json.dumps(PLAIN)),
        {"transcript": PLAIN, "id": 7},
        {"messages": json.dumps(PLAIN)},
        {"0": PLAIN[0], "1": PLAIN[1]},
        [json.dumps(PLAIN[0]), PLAIN[1]],
    ],
)  # fmt: skip
def test_every_shape_of_the_field_gives_the_same_transcript(converter: psycopg.Connection[Any], raw: Any) -> None:
    assert read(converter, raw) == ([HI, WHO], [], None)


@pytest.mark.parametrize("raw", [None, [], {}, ""])
def test_an_empty_transcript_gives_no_lines(converter: psycopg.Connection[Any], raw: Any) -> None:
    assert read(converter, raw) == ([], [], None)


def test_a_line_without_a_time_gets_that_of_the_line_before_or_the_start(converter: psycopg.Connection[Any]) -> None:
    raw = [
        {**PLAIN[0], "timestamp": None},
        PLAIN[1],
        {"speaker": "user", "text": "Me", "timestamp": "2025-13-45T99:00:00.000Z"},
    ]
    assert read(converter, raw) == ([HI, WHO, ("user", "Me", LATER)], ["2 lines without a time of their own"], None)


def test_the_28th_the_29th_and_the_31st_are_days(converter: psycopg.Connection[Any]) -> None:
    for day, there in (("2024-02-29", True), ("2025-02-29", False), ("2025-01-31", True), ("2025-04-31", False)):
        [line], notes, _ = read(converter, [{**PLAIN[0], "timestamp": f"{day}T08:00:00.000Z"}])
        assert (line[2][:10] == day, notes == []) == (there, there), day


@pytest.mark.parametrize(
    ("offset", "time"),
    [
        ("59:59", "08:59:59.000"),
        ("60:00", "09:00:00.000"),
        ("75:30", "09:15:30.000"),
        ("1:15:30.25", "09:15:30.250"),
        ("0:99", None),
    ],
)
def test_an_offset_may_be_of_more_than_an_hour(
    converter: psycopg.Connection[Any], offset: str, time: str | None
) -> None:
    [line], notes, _ = read(converter, [{**PLAIN[0], "timestamp": offset}])
    assert (line[2], notes) == (f"2025-03-01T{time}Z", []) if time else notes


@pytest.mark.parametrize(
    ("raw", "texts", "reason"),
    [
        ({"transcript": PLAIN, "messages": [{**PLAIN[0], "text": "Other"}]}, "Hi Who is it?", "more beside the lines"),
        ({"conversation": {"messages": PLAIN, "items": json.dumps([1])}}, "Hi Who is it?", "more beside the lines"),
        ({"transcript": PLAIN[:1], "message": "Other"}, "Hi", "more beside the lines"),
        ({"transcript": [PLAIN[0], {**PLAIN[1], "speaker": "narrator"}], "messages": [1]}, "Hi", "1 lines without a known speaker or words; more beside the lines"),
        ({"transcript": PLAIN, "messages": json.dumps(PLAIN), "items": [], "id": 7, "status": "done"}, "Hi Who is it?", None),
        ([{**PLAIN[0], "message": "Other"}, PLAIN[1]], "Hi Who is it?", "1 lines that hold more than their words"),
        ([{**PLAIN[0], "text": {"value": "Hi"}, "message": "Other"}], "Hi", "1 lines that hold more than their words"),
        ([{**PLAIN[0], "text": {"deep": "Hi"}, "message": "Other"}], "Other", "1 lines that hold more than their words"),
        ([{**PLAIN[0], "message": "Hi", "content": None, "transcript": ""}], "Hi", None),
    ],
)  # fmt: skip
def test_words_in_two_places_are_kept_where_they_differ(
    converter: psycopg.Connection[Any], raw: Any, texts: str, reason: str | None
) -> None:
    lines, _, kept = read(converter, raw)
    assert (" ".join(text for _, text, _ in lines), kept) == (texts, reason)


def test_empty_texts_are_left_out_and_noted(converter: psycopg.Connection[Any]) -> None:
    raw = [
        PLAIN[0],
        {"speaker": "agent", "text": " \n", "timestamp": START},
        {"speaker": "agent", "text": None},
        PLAIN[1],
    ]
    assert read(converter, raw) == ([HI, WHO], ["2 empty lines left out"], None)


@pytest.mark.parametrize("raw", [{"error": "failed"}, 7, True, [1, 2], "no idea what this was", {"a": {"text": "x"}}])
def test_a_value_that_is_not_a_transcript_is_kept_with_a_reason(converter: psycopg.Connection[Any], raw: Any) -> None:
    lines, _, kept = read(converter, raw)
    assert lines == []
    assert kept


def test_plain_text_with_names_is_a_transcript(converter: psycopg.Connection[Any]) -> None:
    lines, _, kept = read(converter, "Rep: Hi: there\r\n\nMarlene: Who is it?")
    assert [line[:2] for line in lines] == [("user", "Hi: there"), ("agent", "Who is it?")]
    assert kept is None


def test_an_unreadable_line_is_kept_and_the_others_are_used(converter: psycopg.Connection[Any]) -> None:
    for odd in (
        {"speaker": "narrator", "text": "Wind."},
        {"speaker": "user", "said": {"deep": "words"}},
        7,
        ["nested"],
        {"text": "whose?"},
    ):
        lines, _, kept = read(converter, [PLAIN[0], odd, PLAIN[1]])
        assert (lines, kept) == ([HI, WHO], "1 lines without a known speaker or words"), odd


@pytest.mark.parametrize(
    ("raw", "texts", "unread"),
    [
        (
            "Rep: Here is what we do:\nFree inspection:\nNo money down:\nMarlene: fine",
            ["Here is what we do:", "fine"],
            2,
        ),
        (["user: Hi", "I will say this:", "agent: ok"], ["Hi", "ok"], 1),
        (["user: Hi", "Price:  90 a month"], ["Hi"], 1),
        ('{"oops":', [], 1),
    ],
)
def test_words_before_a_colon_are_a_name_only_if_they_are_known_as_one(
    converter: psycopg.Connection[Any], raw: Any, texts: list[str], unread: int
) -> None:
    lines, notes, kept = read(converter, raw)
    assert [text for _, text, _ in lines] == texts
    assert kept == f"{unread} lines without a known speaker or words"
    assert not any("empty" in note for note in notes)


def test_a_text_over_the_limit_goes_on_in_the_next_line(converter: psycopg.Connection[Any]) -> None:
    long = "ä" * 8001
    lines, _, kept = read(converter, [{**PLAIN[0], "text": long}, PLAIN[1]])
    assert [len(line[1]) for line in lines] == [4000, 4000, 1, 10]
    assert "".join(line[1] for line in lines[:3]) == long
    assert kept == "1 texts over 4000 characters, split"


def test_the_first_2000_lines_are_used_and_the_original_is_kept(converter: psycopg.Connection[Any]) -> None:
    lines, _, kept = read(converter, [{**PLAIN[0], "text": f"Line {n}"} for n in range(2003)])
    assert (len(lines), lines[-1][1], kept) == (2000, "Line 1999", "3 lines over the 2000 of a session")


def said(*texts: str, stamps: bool = True) -> list[dict[str, Any]]:
    """Lines of a transcript, each with its own time unless `stamps` is False; capitals are the rep's."""
    return [
        {
            "speaker": "user" if text.isupper() else "agent",
            "text": text,
            **({"timestamp": f"2025-03-01T08:00:{n:02}.000Z"} if stamps else {}),
        }
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (said("A", "b") * 2, "Ab"),
        (said("A", "b", "C") * 3, "AbC"),
        ([*said("A", "b", "C")[:1], *said("A", "b", "C")], "AbC"),
        (said("A", "b") + said("A", "b", "C") + said("A", "b", "C", "d"), "AbCd"),
        (said("A", "b", "A", "b") * 2, "AbAb"),
        ([{**line, "timestamp": "n/a"} for line in said("A", "A")], "AA"),
        # Not certain, so kept: a word said twice, a short exchange repeated, a run that is cut.
        (said("A", "A"), "AA"),
        (said("A", "b", stamps=False) * 2, "AbAb"),
        (said("A", "b", stamps=False) * 4, "AbAbAbAb"),
        (said("A", "B", "C", "D", stamps=False) * 2, "ABCDABCD"),
        (said("A", "b", "C", "A", "b", "C"), "AbCAbC"),
        (said("A", "b", "C", "d", stamps=False) + said("A", "b", "C", stamps=False), "AbCdAbC"),
        (said("A", "b", "X", "A", "b"), "AbXAb"),
        # The times say that it was said again.
        (said(*"AbAbAbAb"), "AbAbAbAb"),
        (said(*"XAbCdAbCdy"), "XAbCdAbCdy"),
        (said(*"AbCd") + said(*"AbCd", stamps=False), "AbCdAbCd"),
    ],
)
def test_a_run_dispatched_twice_is_left_out_only_where_that_is_certain(
    converter: psycopg.Connection[Any], raw: Any, expected: str
) -> None:
    lines, notes, kept = read(converter, raw)
    assert "".join(line[1] for line in lines) == expected
    assert any("dispatched twice" in note for note in notes) == (len(expected) < len(raw))
    assert kept is None


def test_a_repetition_without_times_is_left_out_and_its_original_kept(converter: psycopg.Connection[Any]) -> None:
    lines, notes, kept = read(converter, said(*"XAbCdAbCdy", stamps=False))
    assert "".join(line[1] for line in lines) == "XAbCdy"
    assert "4 lines that were dispatched twice left out" in notes
    assert kept == "4 lines left out as dispatched twice, without times to be sure by"


@pytest.mark.parametrize("stamps", [True, False])
def test_a_long_transcript_dispatched_twice_is_one_transcript(converter: psycopg.Connection[Any], stamps: bool) -> None:
    dispatched = [
        {
            "speaker": "agent" if n % 2 else "user",
            "text": "..." if n % 3 else f"Line {n}",
            **({"timestamp": 1740816000 + n} if stamps else {}),
        }
        for n in range(2000)
    ]
    lines, _, kept = read(converter, dispatched * 2)
    assert [line[1] for line in lines] == [line["text"] for line in dispatched]
    assert (kept is None) == stamps


@pytest.mark.parametrize(
    "text",
    [
        lambda n, count: "...",
        lambda n, count: "..." if n % 3 else f"Line {n}",
        lambda n, count: f"Line {n & -n}",
        lambda n, count: f"Line {n % (count // 2 + 1)}",
    ],
    ids=["all the same", "two thirds the same", "again at every distance", "nearly all of it twice"],
)
def test_the_time_to_find_repetitions_grows_nearly_linearly(
    converter: psycopg.Connection[Any], text: Callable[[int, int], str]
) -> None:
    def seconds(count: int) -> float:
        raw = [{"speaker": "agent", "text": text(n, count)} for n in range(1, count + 1)]
        taken = []
        for _ in range(3):
            started = time.perf_counter()
            read(converter, raw)
            taken.append(time.perf_counter() - started)
        return min(taken)

    assert seconds(4000) < 9 * seconds(1000)
