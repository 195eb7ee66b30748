"""The figures of docs/SCALING.md are those of the simulation."""

from bench.queue import rows, simulate
from support import ROOT


def test_the_queue_table_is_what_the_simulation_says() -> None:
    document = (ROOT / "docs" / "SCALING.md").read_text()
    for at_once in (100, 10_000):
        for row in rows(at_once):
            assert f"| {' | '.join(row)} |" in document


def test_a_queue_with_room_does_not_wait_and_one_without_grows() -> None:
    assert simulate(1.0, places=100, seconds=600).worst == 0
    assert simulate(1.0, places=3, seconds=600).worst > 60
