"""The figures of docs/SCALING.md are those of the simulation, of the benchmarks, and of its own assumptions."""

import re
from collections.abc import Callable

import pytest

from prove.bench.queue import AT_ONCE, caught_up, rows, simulate
from support import ROOT

SCALING = (ROOT / "docs" / "SCALING.md").read_text()
BENCHMARKS = (ROOT / "docs" / "BENCHMARKS.md").read_text()
UNITS = {"thousand": 1e3, "million": 1e6, "KB/s": 1e3, "MB/s": 1e6, "GB": 1e9, "TB": 1e12}
# Each row of the first table, by how it begins: from the lines and the ends of a second.
RECKONED: dict[str, Callable[[float, float], float]] = {
    "lines a second": lambda lines, ends: lines,
    "sessions that end": lambda lines, ends: ends,
    "cores: PostgREST and PostgreSQL, at most 1.3 ms": lambda lines, ends: lines * 1.3e-3,
    "cores: the function, 0.6 ms": lambda lines, ends: lines * 0.6e-3,
    "WAL, 3 KB an append (180 KB a session": lambda lines, ends: ends * 180e3,
    "disk a day if it goes on day and night, an assumed 10 KB": lambda lines, ends: ends * 86_400 * 10e3,
    "database connections at work": lambda lines, ends: lines * (1.3e-3 + 2e-3),
    "Realtime messages": lambda lines, ends: lines,
    "model requests a minute": lambda lines, ends: ends * 60,
    "model tokens a minute, an assumed 5,500 in": lambda lines, ends: ends * 60 * (5_500 + 1_100),
    "money for the model a day, at an assumed $0.25 and $2": lambda lines, ends: (
        ends * 86_400 * (5_500 * 0.25e-6 + 1_100 * 2e-6)
    ),
}


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_the_queue_table_is_what_the_simulation_says(at_once: int) -> None:
    simulated = [f"| {' | '.join(row)} |" for row in rows(at_once)]
    for document in (SCALING, BENCHMARKS):
        published = re.findall(rf"^\| {at_once:,} \| [\d,.]+ \| \d+ \| \d+% .*$", document, re.MULTILINE)
        assert published == simulated


def test_a_queue_with_room_does_not_wait_and_one_without_grows() -> None:
    assert simulate(1.0, places=100, seconds=600).worst == 0
    assert simulate(1.0, places=3, seconds=600).worst > 60
    assert caught_up(1.0, places=100, outage=60) < caught_up(1.0, places=8, outage=60)


@pytest.mark.parametrize("label", RECKONED)
def test_the_first_table_follows_from_its_assumptions(label: str) -> None:
    [row] = [line for line in SCALING.splitlines() if line.startswith(f"| {label}")]
    for at_once, cell in zip((100, 10_000, 1_000_000), row.strip("| ").split(" | ")[1:], strict=True):
        reckoned = RECKONED[label](at_once / 8, at_once / 480)
        if cell == "under 1":
            assert reckoned < 1
        else:
            assert figure(cell) == pytest.approx(reckoned, rel=0.05), cell


def figure(cell: str) -> float:
    number, _, unit = cell.lstrip("$").partition(" ")
    return float(number.replace(",", "")) * UNITS.get(unit, 1)


def test_the_cost_of_an_append_is_the_measured_one() -> None:
    """A new run of the benchmarks may differ by a quarter before this has to be reckoned again."""
    rpc, function = (
        float(re.search(rf"^\| {name} \|(?:[^|]*\|){{2}} (\d+) \|", BENCHMARKS, re.MULTILINE)[1])  # type: ignore[index]
        for name in ("the RPC at PostgREST", "the Python function")
    )
    assert 2e3 / rpc == pytest.approx(1.3, rel=0.25)
    assert 2e3 / function - 2e3 / rpc == pytest.approx(0.6, rel=0.25)
