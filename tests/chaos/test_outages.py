"""The time that a grade waited outside outages, against a count second by second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove.chaos.outages import Outage, seconds_outside

START = datetime(2026, 11, 22, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def outage(began: int, ended: int, kind: str = "kill", target: str = "grader") -> Outage:
    return Outage(kind, target, at(began), at(ended))


SPANS = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)


@given(SPANS, st.lists(SPANS, max_size=6))
def test_the_seconds_outside_are_those_that_no_outage_covers(grade: list[int], spans: list[list[int]]) -> None:
    covered = {second for began, ended in spans for second in range(began, ended)}
    expected = len(set(range(*grade)) - covered)
    assert seconds_outside(at(grade[0]), at(grade[1]), [outage(began, ended) for began, ended in spans]) == expected


@pytest.mark.parametrize(("kind", "target"), [("voice", "close"), ("regrade", "postgres"), ("stall", "users")])
def test_a_fault_beside_the_grades_path_excuses_no_delay(kind: str, target: str) -> None:
    assert seconds_outside(at(0), at(10), [outage(0, 10, kind, target)]) == 10
