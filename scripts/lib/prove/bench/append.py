"""Appending one line: through the function, through the peer, and straight at PostgREST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from prove.bench.load import Measured, Request, in_turns, measure, median_of
from prove.bench.report import Report, ms, times
from prove.bench.rig import Rig

TITLE = "One append, by what stands before the RPC"
ROUNDS = 7
LINES = {1: 200, 16: 40}
"""Per connection."""
BASE = "the RPC at PostgREST"
OURS = "the Python function"
PEER = "Deno with postgrest-js"


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", "p50, 1 connection", "ratio", "requests/s, 16 connections", "ratio"])
    report.note = (
        "Latency as a multiple of the bare RPC's, throughput as a share of it, medians of rounds in turns. PostgreSQL "
        "does not wait for the disk here, so that nothing hides what each adds."
    )
    # Not durable: the bench compares the work before the disk.
    with Rig(folder, durable=False, peer=True) as rig:
        contenders = {
            BASE: (rig.postgrest_port, rig.rpc_append),
            OURS: (rig.functions_port, rig.function_append),
            PEER: (rig.peer_port, rig.function_append),
        }
        latency, rate = {}, {}
        for connections in LINES:
            results = await in_turns(
                {name: _contender(rig, *where, connections) for name, where in contenders.items()}, ROUNDS
            )
            for name, measured in results.items():
                if connections == 1:
                    latency[name] = median_of(measured, lambda each: each.p50)
                else:
                    rate[name] = median_of(measured, lambda each: each.per_second)
    for name in contenders:
        report.row(
            name,
            ms(latency[name]),
            times(latency[name] / latency[BASE]),
            f"{rate[name]:.0f}",
            times(rate[name] / rate[BASE]),
        )
    ours, peer = latency[OURS] / latency[BASE], latency[PEER] / latency[BASE]
    report.goal("latency level with Deno or better", ours <= peer * 1.05, f"{times(ours)} against {times(peer)}")
    ours, peer = rate[OURS] / rate[BASE], rate[PEER] / rate[BASE]
    report.goal("throughput level with Deno or better", ours >= peer * 0.95, f"{times(ours)} against {times(peer)}")
    return report


def _contender(
    rig: Rig, port: int, make: Callable[[int, int], Request], connections: int
) -> Callable[[], Awaitable[Measured]]:
    def start() -> Awaitable[Measured]:
        ids = rig.sessions(connections)
        lines = range(1, LINES[connections] + 1)
        return measure(port, [[make(session_id, sequence) for sequence in lines] for session_id in ids])

    return start
