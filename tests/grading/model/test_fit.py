"""Fitting a long transcript into a token budget."""

import json
from dataclasses import replace

import pytest

from grading.model.fit import CLOSING_LINES, OPENING_LINES, estimate_tokens, fit
from grading.model.prompt import transcript_data
from grading.transcript import Line

LONGEST = "word " * 797 + "last."


def long_transcript(lines: int = 400, text: str = LONGEST) -> tuple[Line, ...]:
    return tuple(Line(n, "user" if n % 2 else "agent", f"{n} {text}"[:4_000]) for n in range(1, lines + 1))


def kept_numbers(lines: tuple[Line, ...], budget: int) -> list[int]:
    return [piece.sequence for piece in fit(lines, budget).pieces if isinstance(piece, Line)]


def test_a_transcript_that_fits_comes_back_whole() -> None:
    lines = long_transcript(40, "Short.")
    fitted = fit(lines, 30_000)
    assert fitted.pieces == lines
    assert fitted.notes == ()


@pytest.mark.parametrize("budget", [2_000, 8_000, 30_000])
@pytest.mark.parametrize(
    "text", [LONGEST, "短い言葉" * 1_000, "🏠" * 4_000, 'quo"te\\' * 500], ids=["en", "ja", "emoji", "json"]
)
def test_the_longest_transcript_stays_in_the_budget(text: str, budget: int) -> None:
    fitted = fit(long_transcript(text=text), budget)
    assert 0 < estimate_tokens(transcript_data(fitted, "0123456789abcdef")) <= budget
    assert fitted.kept > 0


def test_the_largest_transcript_there_can_be_is_fitted_too() -> None:
    fitted = fit(long_transcript(2_000), 30_000)
    assert estimate_tokens(transcript_data(fitted, "mark")) <= 30_000
    assert fitted.total == 2_000


def test_opening_and_close_are_kept() -> None:
    numbers = kept_numbers(long_transcript(), 8_000)
    assert set(range(1, OPENING_LINES + 1)) <= set(numbers)
    assert set(range(401 - CLOSING_LINES, 401)) <= set(numbers)


def test_objections_answers_and_attempts_to_close_are_kept_with_their_neighbours() -> None:
    lines = list(long_transcript())
    lines[99] = Line(100, "agent", "That is too expensive for me.")
    lines[199] = Line(200, "agent", "I need to talk to my wife first.")
    lines[300] = Line(301, "user", "Shall we go ahead and get you signed up today?")
    numbers = kept_numbers(tuple(lines), 8_000)
    for number in (100, 200, 301):
        assert {number - 1, number, number + 1} <= set(numbers)


def test_a_small_budget_still_has_both_ends() -> None:
    numbers = kept_numbers(long_transcript(), 2_000)
    assert 1 in numbers
    assert 400 in numbers


def test_what_is_left_over_is_spread_over_the_transcript() -> None:
    numbers = kept_numbers(long_transcript(2_000, "A few words."), 10_000)
    middle = [number for number in numbers if 100 < number <= 1_900]
    thirds = [sum(low < n <= low + 600 for n in middle) for low in (100, 700, 1_300)]
    assert min(thirds) > 0.8 * max(thirds) > 0


def test_too_many_objections_are_thinned_evenly() -> None:
    said = {"user": "We treat the outside of the house. " * 20, "agent": "We already have someone for that."}
    numbers = kept_numbers(tuple(replace(line, text=said[line.speaker]) for line in long_transcript()), 8_000)
    assert any(120 < number < 160 for number in numbers)
    assert any(240 < number < 280 for number in numbers)


def test_gaps_and_shortened_lines_are_shown_and_told() -> None:
    lines = long_transcript()
    fitted = fit(lines, 8_000)
    left_out = sum(piece for piece in fitted.pieces if isinstance(piece, int))
    assert left_out == 400 - fitted.kept
    assert fitted.notes == (
        f"Graded on {fitted.kept} of 400 lines.",
        f"{fitted.kept} long lines were graded on their beginning and end.",
    )
    rows = [json.loads(row) for row in transcript_data(fitted, "mark").splitlines()[1:-1]]
    assert sum(row.get("left_out", 0) for row in rows) == left_out
    first = next(row for row in rows if "text" in row)
    assert first["text"].startswith("1 word word")
    assert first["text"].endswith("word last.")


def test_fitting_is_deterministic() -> None:
    lines = long_transcript()
    assert fit(lines, 8_000) == fit(long_transcript(), 8_000)


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("four", 1), ("fours", 2), ("é" * 3, 3), ("家" * 2, 2), ("🏠", 3)]
)
def test_tokens_are_estimated_from_the_script(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
