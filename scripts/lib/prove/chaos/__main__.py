"""`./scripts/chaos [--minutes N] [--seed S] [--people N] [--plan]`: the fault run and its report.

Exit code 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from prove.chaos.faults import plan
from prove.chaos.run import Result, run

SHOWN_BREACHES = 30


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./scripts/chaos", description="Load from many users while everything is killed, stopped and cut off."
    )
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=None, help="of the faults and the load; a new one if not given")
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--plan", action="store_true", help="only show the faults of this seed")
    parser.add_argument("--calm", action="store_true", help="no faults: only the load, for the waiting times")
    parser.add_argument("--folder", type=Path, default=None, help="keep the stack's data and logs here")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(10**9)  # noqa: S311 - any will do
    seconds = arguments.minutes * 60
    if arguments.plan:
        print(*plan(seed, seconds), sep="\n")
        return 0
    print(f"seed {seed}, {arguments.minutes:g} minutes, {arguments.people} people", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        result = asyncio.run(
            run(seed, seconds, arguments.people, arguments.folder or Path(temporary), faults=not arguments.calm)
        )
    show(result)
    return 1 if result.breaches else 0


def show(result: Result) -> None:
    """The counts, the outcome, and the first breaches."""
    console = Console()
    table = Table(title=f"Fault run, seed {result.seed}, {result.seconds / 60:g} minutes", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_row("faults", str(result.faults.total()))
    for kind, count in sorted(result.faults.items()):
        table.add_row(f"  {kind}", str(count))
    table.add_row("requests", str(result.ledger.answers.total()))
    for outcome, count in sorted(result.ledger.answers.items()):
        table.add_row(f"  {outcome}", str(count))
    table.add_row("sessions started", str(len(result.ledger.practices)))
    table.add_row("lines acknowledged", str(result.ledger.lines))
    for name, figure in result.figures.items():
        table.add_row(name, str(figure))
    table.add_row("parts that died by themselves", ", ".join(result.died) or "none")
    table.add_row("[bold]breaches[/bold]", f"[bold]{len(result.breaches)}[/bold]")
    console.print(table)
    for breach in result.breaches[:SHOWN_BREACHES]:
        console.print(f"- {breach}", highlight=False, markup=False)


if __name__ == "__main__":
    sys.exit(main())
