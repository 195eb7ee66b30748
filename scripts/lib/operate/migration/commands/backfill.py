"""`backfill`: converts what is pending; with --dry-run says what would become of every old row."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from ..batches import Options, backfill
from ..catalog import read_state
from ..child_tables import fill_moved
from ..database import Connection, query
from ..dry_run import dry_run
from ..requeue import requeue
from ..terminal import ask, bar, counted, positive, say

HELP = "convert the old rows"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--batch", type=positive, default=500, metavar="N", help="rows a batch at most (500); it shrinks by itself"
    )
    parser.add_argument("--pause", type=int, default=0, metavar="MS", help="between batches (0)")
    parser.add_argument("--limit", type=positive, metavar="N", help="stop after N rows, and N sessions of --grade")
    parser.add_argument("--since", type=_moment, metavar="DATE", help="only what began then or later")
    parser.add_argument("--workers", type=positive, default=2, metavar="N", help="connections at once, 1 to 4 (2)")
    parser.add_argument(
        "--grade",
        action="store_true",
        help="send old sessions without a grade to the grader (a paid model, if one is set)",
    )


def run(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    if asked.dry_run:
        return dry_run(connection, state, asked.limit)
    table = state.need("prepared", "retired")
    if asked.grade and not ask(
        "Old sessions without a grade will go to the grader; with a model, each costs money.", asked.yes
    ):
        return 1
    requeue(connection, table)
    options = Options(asked.batch, asked.pause, asked.limit, asked.since, asked.workers, asked.grade)
    [total] = query(
        connection,
        """select count(*) from training_migration.pending
            where %s::timestamptz is null or position = 0 or created_at >= %s""",
        asked.since,
        asked.since,
    )
    with bar("converting", min(total, asked.limit or total)) as advance:
        result = backfill(asked.database_url, options, advance, say)
    fill_moved(connection)
    rate = result.done / result.seconds if result.seconds else 0
    print(
        f"{counted(result.done, 'row')} in {result.seconds:.1f} s ({rate:,.0f}/s), "
        f"{result.failed:,} failed, {result.remaining:,} still pending."
    )
    if result.not_shown:
        print(
            f"{counted(result.not_shown, 'session')} of the new system could not be shown to the old app; see status."
        )
    if asked.grade:
        print(f"{counted(result.released, 'session')} {'waits' if result.released == 1 else 'wait'} for the grader.")
    return 1 if result.failed or result.not_shown else 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2026-01-31") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
