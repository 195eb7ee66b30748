"""The time that a grade waited while everything on its path worked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HELD_UP_SECONDS = 12.0
"""A light user's grade may take this long outside outages: the lease of a lost grader (4 s), the schedule's next call
(3 s), the model's deadline (2 s), and 3 s for the work itself, under the load of all other users."""
BESIDE_THE_PATH = {"voice", "regrade", "retention"}
BESIDE_THE_PATH_OF = {"users", "functions"}
"""Faults of these kinds and on these targets do not delay a session that has ended."""


@dataclass(frozen=True)
class Outage:
    """A fault as it was carried out: until its part answered again. A momentary one ends as it begins."""

    kind: str
    target: str
    began: datetime
    ended: datetime

    @property
    def delays_grades(self) -> bool:
        return self.kind not in BESIDE_THE_PATH and self.target not in BESIDE_THE_PATH_OF


def seconds_outside(began: datetime, ended: datetime, outages: Iterable[Outage]) -> float:
    """How long of `began` to `ended` no outage on a grade's path was under way. Outages may overlap."""
    left, reached = ended - began, began
    for outage in sorted(outages, key=lambda each: each.began):
        if outage.delays_grades:
            start, end = max(outage.began, reached), min(outage.ended, ended)
            left -= max(end - start, timedelta())
            reached = max(reached, end)
    return left.total_seconds()
