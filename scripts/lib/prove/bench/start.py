"""The cold start of the function, and its memory."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from prove.bench.load import measure
from prove.bench.report import Report
from prove.bench.rig import Rig
from prove.tree import processes
from run.local.http_client import Unreachable, request
from run.local.process import Process

TITLE = "Cold start and memory of the function"
STARTS = 7
REQUESTS = 300
GOAL_SECONDS = 1.5
GOAL_MIB = 120
POLL_SECONDS = 0.005


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", "function", "grader"])
    with Rig(folder) as rig:
        functions, grader = rig.stack.services.functions, rig.stack.services.grader
        secret = {"X-Grader-Secret": rig.stack.settings.grader_secret}
        first = {
            "function": _median_start(
                functions, "GET", rig.stack.url("functions") + "/api/training-sessions", rig.headers
            ),
            "grader": _median_start(grader, "POST", rig.stack.url("grader"), secret),
        }
        asleep = {name: _memory(part) for name, part in (("function", functions), ("grader", grader))}
        ids = rig.sessions(16)
        await measure(
            rig.functions_port, [[rig.function_append(each, n) for n in range(1, REQUESTS // 16)] for each in ids]
        )
        busy = _memory(functions)
    report.row("start to first answer, median", f"{first['function']:.2f} s", f"{first['grader']:.2f} s")
    report.row("memory after the first answer", f"{asleep['function']:.0f} MiB", f"{asleep['grader']:.0f} MiB")
    report.row(f"memory after {REQUESTS} appends at 16 connections", f"{busy:.0f} MiB", "")
    report.goal(
        f"first answer within {GOAL_SECONDS} s", first["function"] <= GOAL_SECONDS, f"{first['function']:.2f} s"
    )
    report.goal(f"at most {GOAL_MIB} MiB", busy <= GOAL_MIB, f"{busy:.0f} MiB")
    report.note = "Memory is the proportional set size of all its processes. The first answer includes a query."
    return report


def _median_start(part: Process, method: str, url: str, headers: dict[str, str]) -> float:
    return statistics.median(_start(part, method, url, headers) for _ in range(STARTS))


def _start(part: Process, method: str, url: str, headers: dict[str, str]) -> float:
    part.stop()
    started = time.perf_counter()
    part.launch()
    while True:
        try:
            if request(method, url, headers=headers, timeout=5).status_code == 200:
                return time.perf_counter() - started
        except Unreachable:
            time.sleep(POLL_SECONDS)


def _memory(part: Process) -> float:
    """MiB."""
    if part.pid is None:
        raise RuntimeError("it does not run")
    kib = 0
    for pid in (process.pid for process in processes(part)):
        for text in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if text.startswith("Pss:"):
                kib += int(text.split()[1])
    return kib / 1024
