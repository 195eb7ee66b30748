"""Which quotes are in a transcript, and which are not."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.grade import Quote
from grading.quotes import check_quotes, find_quote
from grading.transcript import Line, read_transcript

TRANSCRIPT = read_transcript(
    [
        {"sequence": 1, "speaker": "user", "text": "Hi there — I'm  Dana with\nAcme."},
        {"sequence": 2, "speaker": "agent", "text": "It's $49.50 a month, “plus tax”… and I don’t start today."},
        {"sequence": 3, "speaker": "user", "text": "Yes."},
        {"sequence": 4, "speaker": "agent", "text": "Okay then"},
        {"sequence": 7, "speaker": "user", "text": "okay then, and thanks"},
        {"sequence": 8, "speaker": "agent", "text": "我们家里有很多蚂蚁"},
        {
            "sequence": 9,
            "speaker": "user",
            "text": "Cafe\u0301 owners… well, co\u2011operate with us — in\u200b the ex\u00adten\u200bsion",
        },
        {"sequence": 10, "speaker": "agent", "text": "\ufeffMañana\u200b"},
        {"sequence": 11, "speaker": "agent", "text": "Straße 12, \u1112\u1161\u11ab\u1100\u116e\u11a8 Ａ"},
    ]
)


@pytest.mark.parametrize(
    ("sequence", "quote", "found"),
    [
        (1, "hi THERE", "Hi there"),
        (1, "I'm Dana with Acme", "I'm  Dana with\nAcme"),
        (1, "I’m Dana", "I'm  Dana"),
        (2, '"plus tax"...', "plus tax"),
        (2, '...a month, "plus tax"', "a month, “plus tax"),
        (2, "I don't start today!", "I don’t start today"),
        (2, "$49.50 a month", "$49.50 a month"),
        (3, "yes", "Yes"),
        (4, "okay then.", "Okay then"),
        (7, "Okay then", "okay then"),
        (8, "很多蚂蚁", "很多蚂蚁"),
        (9, "café owners", "Cafe\u0301 owners"),
        (9, "cafe\u0301 owners", "Cafe\u0301 owners"),
        (9, "owners... well", "owners… well"),
        (9, "owners… well", "owners… well"),
        (9, "well, co-operate with us - in", "well, co\u2011operate with us — in"),
        (9, "in the extension", "in\u200b the ex\u00adten\u200bsion"),
        (9, "t\u200bhe exten\u00adsion", "the ex\u00adten\u200bsion"),
        (10, "mañana", "Mañana"),
        (10, "man\u0303ana", "Mañana"),
        (11, "straße 12", "Straße 12"),
        (11, "한국 Ａ", "\u1112\u1161\u11ab\u1100\u116e\u11a8 Ａ"),
    ],
)
def test_a_quote_that_stands_in_its_line_is_found_as_the_line_spells_it(sequence: int, quote: str, found: str) -> None:
    assert find_quote(sequence, quote, TRANSCRIPT) == Quote(sequence, found)


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ("Hi Dana with Acme", "a word is left out"),
        ("I'm Dana from Acme", "a word is other"),
        ("It's $49", "the amount goes on"),
        ("49.5", "the amount goes on"),
        ("and I don", "the word goes on"),
        ("art today", "the word began before"),
        ("there", "one word out of a longer line"),
        ("yes yes", "not said twice"),
        ("cafe owners", "an accent is left out"),
        ("the ex", "the word goes on behind what cannot be seen"),
        ("the exten", "the word goes on behind what cannot be seen"),
        ("sion", "the word began before what cannot be seen"),
        ("extension", "one word, however it is cut"),
        ("manana", "an accent is left out"),
        ("co\\operate with", "a backslash is not a dash"),
        ("", "nothing"),
        ("\u200b", "nothing that can be seen"),
        ("…", "nothing but dots"),
        (" \n\t", "white space"),
    ],
)
@pytest.mark.parametrize("sequence", [1, 2, 3, 9, 99])
def test_a_quote_that_does_not_stand_there_is_none(sequence: int, quote: str, why: str) -> None:
    assert find_quote(sequence, quote, TRANSCRIPT) is None, why


def test_a_wrong_number_is_put_right_when_one_line_alone_has_the_words() -> None:
    assert find_quote(4, "I'm Dana with Acme", TRANSCRIPT) == Quote(1, "I'm  Dana with\nAcme")
    assert find_quote(-5, "yes", TRANSCRIPT) == Quote(3, "Yes")


def test_a_wrong_number_stays_wrong_when_two_lines_have_the_words() -> None:
    assert find_quote(1, "okay then", TRANSCRIPT) is None


def test_checking_keeps_what_stands_once_and_in_order() -> None:
    given_quotes = [Quote(3, "YES"), Quote(1, "never said"), Quote(9, "Yes."), Quote(1, "hi there")]
    assert check_quotes(given_quotes, TRANSCRIPT) == (Quote(3, "Yes"), Quote(1, "Hi there"))


@given(st.integers(), st.text(st.characters()))
def test_any_quote_is_found_verbatim_or_not_at_all(sequence: int, quote: str) -> None:
    found = find_quote(sequence, quote, TRANSCRIPT)
    assert found is None or any(line.sequence == found.sequence and found.quote in line.text for line in TRANSCRIPT)


marks = st.sampled_from("ab ’'.,$1?…蚂-\u2011\u00ad\u200be\u00e9\u0301")


@given(st.text(marks, max_size=30), st.text(marks, max_size=12))
def test_what_is_found_is_a_piece_of_its_line(text: str, quote: str) -> None:
    lines = read_transcript([{"speaker": "user", "text": text}])
    found = find_quote(1, quote, lines)
    assert found is None or found.quote in lines[0].text


@pytest.mark.parametrize(
    "unit", ["a ", "so what ", "a\u200b ", "e\u0301", "a\u0323\u0301 ", "\u0301\u0323", "a…", "-- "]
)
def test_a_long_invented_quote_takes_no_longer_than_the_talk_is_long(unit: str) -> None:
    """Four times the line and the quote may take four times as long, with a wide margin; quadratic would be 16 times."""

    def cost(size: int) -> float:
        lines = [Line(1, "user", unit * size)]
        costs = []
        for _ in range(3):
            start = process_time()
            find_quote(1, unit * (size // 2) + " b", lines)
            costs.append(process_time() - start)
        return min(costs)

    assert cost(40_000) < 10 * cost(10_000) + 0.02
