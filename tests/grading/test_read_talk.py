"""Reading lines out of any JSON that is stored as a transcript."""

import pytest

from grading.transcript import Line, has_rep_words, read_transcript


def test_lines_come_in_the_order_of_their_numbers() -> None:
    stored = [
        {"sequence": 3, "speaker": "user", "text": "c"},
        {"sequence": 1, "speaker": "agent", "text": "a"},
    ]
    assert read_transcript(stored) == (Line(1, "agent", "a"), Line(3, "user", "c"))


@pytest.mark.parametrize("sequence", [None, 0, -1, 1.5, True, "2", 10**30, [], float("nan")])
def test_a_line_without_a_usable_number_follows_the_highest_so_far(sequence: object) -> None:
    stored = [
        {"sequence": 4, "speaker": "user", "text": "a"},
        {"sequence": sequence, "speaker": "agent", "text": "b"},
        {"speaker": "agent", "text": "c"},
    ]
    assert [line.sequence for line in read_transcript(stored)] == [4, 5, 6]


def test_the_same_line_twice_is_one_line_and_other_words_are_another() -> None:
    line = {"sequence": 1, "speaker": "user", "text": "hello"}
    assert [each.text for each in read_transcript([line, line, {**line, "text": "bye"}])] == ["hello", "bye"]


@pytest.mark.parametrize("who", ["user", "rep", "salesrep", "you", " Rep "])
def test_the_rep_goes_by_several_names(who: str) -> None:
    assert read_transcript([{"speaker": who, "text": "x"}]) == (Line(1, "user", "x"),)


@pytest.mark.parametrize("who", ["agent", "ai", "assistant", "homeowner", "customer", "PROSPECT"])
def test_the_homeowner_goes_by_several_names(who: str) -> None:
    assert read_transcript([{"speaker": who, "text": "x"}]) == (Line(1, "agent", "x"),)


@pytest.mark.parametrize(
    "item",
    [
        None,
        5,
        "text",
        [],
        {},
        {"speaker": "user"},
        {"text": "x"},
        {"speaker": "user", "text": 5},
        {"speaker": "user", "text": " "},
        {"speaker": "narrator", "text": "x"},
        {"speaker": [], "text": "x"},
    ],
)
def test_what_is_no_line_is_skipped(item: object) -> None:
    assert read_transcript([item]) == ()


@pytest.mark.parametrize("transcript", [None, {}, "x", 5, True, {"speaker": "user", "text": "x"}])
def test_what_is_no_list_has_no_lines(transcript: object) -> None:
    assert read_transcript(transcript) == ()


def test_characters_that_cannot_be_stored_are_replaced() -> None:
    assert read_transcript([{"speaker": "user", "text": "a\ud800b\x00c"}])[0].text == "a\ufffdb\ufffdc"


def test_rep_words_are_letters_or_digits_of_the_rep() -> None:
    assert has_rep_words((Line(1, "user", "7"),))
    assert has_rep_words((Line(1, "user", "да"),))
    assert not has_rep_words((Line(1, "user", "...?!"), Line(2, "agent", "hello")))
