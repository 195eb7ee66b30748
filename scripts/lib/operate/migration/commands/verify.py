"""`verify`: compares every old row with its session."""

from __future__ import annotations

import argparse

from ..catalog import read_state
from ..database import Connection, query
from ..terminal import bar, positive, show_verdict
from ..verification import Verdict, verify

HELP = "compare every old row with its session"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", type=positive, metavar="N", help="only N random rows")
    parser.add_argument("--workers", type=positive, default=2, metavar="N", help="connections at once, 1 to 4 (2)")


def run(connection: Connection, asked: argparse.Namespace) -> int:
    verdict = compare_all(connection, asked.database_url, asked.sample, asked.workers)
    show_verdict(verdict)
    return 0 if verdict.is_clean else 1


def compare_all(connection: Connection, url: str, sample: int | None = None, workers: int = 2) -> Verdict:
    table = read_state(connection).need("prepared", "retired")
    [total] = query(connection, f"select count(*) from {table.name}")  # noqa: S608
    with bar("comparing", min(total, sample or total)) as advance:
        return verify(connection, url, table, sample, workers, advance)
