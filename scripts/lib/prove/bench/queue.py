"""A simulation of the grader's queue. It makes the table of docs/SCALING.md.

Sessions end at random moments at a steady rate, wait for a free place at the model, and take what the model takes.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from prove.bench.report import Report

TITLE = "The grader's queue, simulated"
SESSION_SECONDS = 480
"""A session lasts eight minutes, which gives the rate of ends for a number of concurrent sessions."""
MODEL_SECONDS = 6.0
"""Median time of one grade by a small model."""
SPREAD = 0.5
"""The standard deviation of that time's logarithm: one grade in twenty takes 2.3 times the median."""
PLACES = 32
"""Sessions at the model at once, per grader process (GRADER_CONCURRENCY)."""
OUTAGE_SECONDS = 60.0
AT_ONCE = {100: 3600, 10_000: 3600, 1_000_000: 120}
"""Concurrent sessions, and the seconds simulated from an empty queue. The places fill within three times a grade's mean of
6.8 s, and from then on the queue is steady: of the million, two minutes, in which 250,000 sessions end, say what an hour does."""
SPARE = (0.1, 0.3, 1.0)
"""Processes beyond those that are busy on average, as a share of them. Without any the queue never becomes steady."""
SEED = 20261122


@dataclass(frozen=True)
class Waits:
    """Seconds from the end of a session to the start of its grade."""

    p50: float
    p95: float
    worst: float


def sessions(ends_per_second: float, places: int, *, outage: float = 0.0) -> Iterator[tuple[float, float]]:
    """When each session ends and when its grade starts, for ever: first come, first served, by `places` places that take one
    session at a time; none of them in the first `outage` seconds."""
    chance = random.Random(SEED)  # noqa: S311 - replayable on purpose
    free_at = [outage] * places
    end = 0.0
    while True:
        end += chance.expovariate(ends_per_second)
        start = max(end, free_at[0])
        heapq.heapreplace(free_at, start + MODEL_SECONDS * chance.lognormvariate(0, SPREAD))
        yield end, start


def simulate(ends_per_second: float, places: int, seconds: float) -> Waits:
    """How long those wait that end in the first `seconds`."""
    ended = takewhile(lambda session: session[0] < seconds, sessions(ends_per_second, places))
    waits = sorted(start - end for end, start in ended)
    return Waits(statistics.median(waits), waits[int(len(waits) * 0.95)], waits[-1])


def caught_up(ends_per_second: float, places: int, outage: float) -> float:
    """Seconds from an outage's end until a session first waits for less than a second; there must be places to spare."""
    return next(start - outage for end, start in sessions(ends_per_second, places, outage=outage) if start - end < 1)


def least_places(ends_per_second: float) -> float:
    """Places that are busy on average: rate times mean time, Little's law. The mean of a log-normal time is
    median x exp(spread^2 / 2)."""
    return ends_per_second * MODEL_SECONDS * math.exp(SPREAD**2 / 2)


def rows(at_once: int) -> list[list[str]]:
    """The rows of the table for this number of concurrent sessions."""
    rate = at_once / SESSION_SECONDS
    found = []
    for processes in sorted({math.ceil(least_places(rate) / PLACES * (1 + spare)) for spare in SPARE}):
        places = processes * PLACES
        waits = simulate(rate, places, AT_ONCE[at_once])
        found.append([
            f"{at_once:,}", f"{rate:,.1f}", f"{processes}", f"{least_places(rate) / places:.0%}", f"{AT_ONCE[at_once]:,} s",
            f"{waits.p50:.1f} s", f"{waits.p95:.1f} s", f"{waits.worst:.1f} s",
            f"{caught_up(rate, places, OUTAGE_SECONDS):.0f} s",
        ])  # fmt: skip
    return found


async def run(folder: Path) -> Report:
    columns = [
        "sessions at once",
        "ends per second",
        "processes",
        "busy",
        "simulated",
        "wait p50",
        "wait p95",
        "longest",
    ]
    report = Report(TITLE, [*columns, f"caught up after {OUTAGE_SECONDS:.0f} s without graders"])
    report.rows = [row for at_once in AT_ONCE for row in rows(at_once)]
    report.note = (
        f"Sessions of {SESSION_SECONDS // 60} minutes, a model of {MODEL_SECONDS:g} s (median), {PLACES} places a process, from an "
        "empty queue: a tenth more processes than are busy on average, 30 % more, and twice as many."
    )
    return report
