"""`./scripts/bench [NAME ...] [--write]`: the benches, all or some; `--write` makes docs/BENCHMARKS.md of them."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from rich.console import Console

from prove.bench.report import Report
from run.local.binaries import ROOT

BENCHES = ("append", "length", "create", "scale", "claim", "read", "grade", "start", "queue")
DOCUMENT = ROOT / "docs" / "BENCHMARKS.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    console = Console()
    reports = []
    for name in arguments.names or BENCHES:
        module = importlib.import_module(f"prove.bench.{name}")
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            report: Report = uvloop.run(module.run(Path(folder)))
        report.show(console)
        console.print(f"  ({name}: {time.monotonic() - started:.0f} s)\n", highlight=False)
        reports.append(report)
    if arguments.write:
        DOCUMENT.write_text(document(reports))
    return 0


def document(reports: list[Report]) -> str:
    """The Markdown of docs/BENCHMARKS.md."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Linux, Python {platform.python_version()}"
    date = time.strftime("%Y-%m-%d", time.gmtime())
    head = f"""# Benchmarks

Made by `./scripts/bench --write` on {date}: {machine}, load average {os.getloadavg()[0]:.1f} at the end. Client,
servers and database share those cores, so compare ratios, not absolute figures; each is a median of rounds in turns.
"""
    return head + "\n" + "\n".join(report.markdown() for report in reports)


if __name__ == "__main__":
    sys.exit(main())
