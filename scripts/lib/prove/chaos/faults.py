"""Plans the faults and their times from a seed. The same seed gives the same faults."""

from __future__ import annotations

import random
from dataclasses import dataclass

PARTS = ("postgres", "postgrest", "gateway", "functions", "grader", "grader2", "schedule")
LINES = ("users", "functions", "graders")
"""Connections from whom: to the gateway, to PostgREST, to the gateway."""
MODEL = (
    *("hang", "drip", "rate_limited", "error_500", "close", "refuse", "cut_off", "out_of_range", "fenced", "invent"),
    *("other_session", "not_json", "wrong_shape", "no_auth", "bad_request", "half", "prose", "slow"),
)
"""Behaviours of the stand-in; see tests/standins/openai.py."""
VOICE = ("error_500", "not_json", "unauthorised", "close")
"""Behaviours of the stand-in for the voice provider; see tests/standins/elevenlabs.py."""

# How often each kind comes, and how long it lasts at most, in seconds.
KINDS: dict[str, tuple[int, float, tuple[str, ...]]] = {
    "kill": (6, 3.0, PARTS),
    "restart": (4, 1.0, PARTS),
    "freeze": (4, 6.0, PARTS),
    "cut": (4, 0.0, LINES),
    "swallow": (3, 1.5, LINES),
    "stall": (2, 4.0, LINES),
    "crash backend": (2, 0.0, ("postgres",)),
    "end backends": (2, 0.0, ("postgres",)),
    "expire leases": (2, 0.0, ("postgres",)),
    "power cut": (2, 2.0, ("postgres",)),
    "regrade": (2, 0.0, ("postgres",)),
    "retention": (1, 0.0, ("postgres",)),
    "model": (4, 8.0, MODEL),
    "voice": (2, 8.0, VOICE),
}
MEAN_GAP_SECONDS = 1.3


@dataclass(frozen=True, order=True)
class Fault:
    """`at` seconds after the start, lasting `seconds`."""

    at: float
    kind: str
    target: str
    seconds: float

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:7.1f} s  {self.kind} {self.target}{lasting}"


def plan(seed: int, seconds: float) -> list[Fault]:
    """The faults of a run of this length. A longer run begins with those of a shorter one."""
    chance = random.Random(seed)  # noqa: S311 - replayable on purpose
    kinds = list(KINDS)
    weights = [KINDS[kind][0] for kind in kinds]
    faults = []
    at = 1.0
    while (at := at + chance.expovariate(1 / MEAN_GAP_SECONDS)) < seconds:
        [kind] = chance.choices(kinds, weights)
        _, longest, targets = KINDS[kind]
        faults.append(Fault(round(at, 2), kind, chance.choice(targets), round(chance.uniform(0.1, 1) * longest, 2)))
    return faults
