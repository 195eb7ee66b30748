"""The grader's queue on paper: a simulation that makes the table of docs/SCALING.md.

Sessions end at random moments at a steady rate, wait for a free place at the model, and take what the model takes.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

from bench.report import Report

TITLE = "The grader's queue, simulated"
TALK_SECONDS = 480
"""A practice session lasts eight minutes: so many sessions at once end this often."""
MODEL_SECONDS = 6.0
"""Median time of one grade by a small model."""
SPREAD = 0.5
"""Of the logarithm of that time: one grade in twenty takes 2.3 times the median."""
PLACES = 32
"""Sessions at the model at once, per grader process (GRADER_CONCURRENCY)."""
SIMULATED_SECONDS = 3600.0
OUTAGE_SECONDS = 60.0
AT_ONCE = (100, 10_000, 1_000_000)
SPARE = (0.0, 0.3, 1.0)
"""Processes beyond the fewest that can keep up, as a share of them."""
MOST_ENDS = 1_000_000
SEED = 20261122


@dataclass(frozen=True)
class Waits:
    """Seconds from the end of a session to the start of its grade; `caught_up`: when one first waited for less than a
    second."""

    p50: float
    p95: float
    worst: float
    caught_up: float


def simulate(ends_per_second: float, places: int, seconds: float, *, outage: float = 0.0, seed: int = SEED) -> Waits:
    """First come, first served, by `places` places that take one session at a time; none of them in the first
    `outage` seconds."""
    chance = random.Random(seed)  # noqa: S311 - replayable on purpose
    free_at = [outage] * places
    waits: list[float] = []
    now, caught_up = 0.0, math.inf
    while now < seconds and len(waits) < MOST_ENDS:
        now += chance.expovariate(ends_per_second)
        start = max(now, heapq.heappop(free_at))
        if start - now < 1:
            caught_up = min(caught_up, start)
        waits.append(start - now)
        heapq.heappush(free_at, start + MODEL_SECONDS * chance.lognormvariate(0, SPREAD))
    waits.sort()
    return Waits(statistics.median(waits), waits[int(len(waits) * 0.95)], waits[-1], caught_up)


def least_places(ends_per_second: float) -> float:
    """Places that are busy on average: rate times mean time, Little's law. The mean of a log-normal time is
    median x exp(spread^2 / 2)."""
    return ends_per_second * MODEL_SECONDS * math.exp(SPREAD**2 / 2)


def rows(at_once: int) -> list[list[str]]:
    """The rows of the table for so many practice sessions at once."""
    rate = at_once / TALK_SECONDS
    found = []
    for processes in sorted({math.ceil(least_places(rate) / PLACES * (1 + spare)) for spare in SPARE}):
        places = processes * PLACES
        waits = simulate(rate, places, SIMULATED_SECONDS)
        after = simulate(rate, places, SIMULATED_SECONDS, outage=OUTAGE_SECONDS)
        found.append([
            f"{at_once:,}", f"{rate:,.1f}", f"{processes}", f"{least_places(rate) / places:.0%}",
            f"{waits.p50:.1f} s", f"{waits.p95:.1f} s", f"{waits.worst:.1f} s",
            f"{after.caught_up - OUTAGE_SECONDS:.0f} s" if math.isfinite(after.caught_up) else "hardly ever",
        ])  # fmt: skip
    return found


async def run(folder: Path) -> Report:
    columns = ["sessions at once", "ends per second", "processes", "busy", "wait p50", "wait p95", "longest"]
    report = Report(TITLE, [*columns, f"caught up after {OUTAGE_SECONDS:.0f} s without graders"])
    report.rows = [row for at_once in AT_ONCE for row in rows(at_once)]
    report.note = (
        f"Talks of {TALK_SECONDS // 60} minutes, a model of {MODEL_SECONDS:g} s (median), {PLACES} places a process, an "
        "hour from an empty queue: the fewest processes that keep up, 30 % more, and twice as many."
    )
    return report
