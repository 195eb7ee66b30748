"""The command `./scripts/migrate`. Exit status: 0 done, 1 refused or not clean, 2 wrongly called."""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
from rich.console import Console

from . import commands
from .database import Refused, connect
from .shown import say
from .trouble import explained


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if not asked.database_url:
        say("Which database? Set DATABASE_URL, or give --database-url postgresql://...")
        return 2
    try:
        with connect(asked.database_url) as connection:
            status: int = asked.command(connection, asked)
            return status
    except Refused as refused:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(refused), markup=False)
    except psycopg.Error as error:
        say(explained(error))
    except KeyboardInterrupt:
        say("Stopped. What was done stays; run it again to go on.")
        return 130
    return 1


def parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--database-url", default=os.environ.get("DATABASE_URL"), metavar="URL", help="default: $DATABASE_URL"
    )
    shared.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    shared.add_argument("--yes", action="store_true", help="do not ask")
    top = argparse.ArgumentParser(
        prog="migrate", description="From live_sessions to training_sessions: docs/MIGRATION.md"
    )
    verbs = top.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, help_text: str, command: commands.Command) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, parents=[shared], help=help_text, description=help_text)
        added.set_defaults(command=command)
        return added

    verb("status", "where it stands, and the next step", commands.status)
    verb("prepare", "set the mirrors and list the old rows", commands.prepare)
    filled = verb("backfill", "convert the old rows", commands.backfill)
    filled.add_argument(
        "--batch", type=_positive, default=500, metavar="N", help="rows a batch at most (500); it shrinks by itself"
    )
    filled.add_argument("--pause", type=int, default=0, metavar="MS", help="between batches")
    filled.add_argument("--limit", type=_positive, metavar="N", help="stop after N rows, and N sessions of --grade")
    filled.add_argument("--since", type=_moment, metavar="DATE", help="only what began then or later")
    filled.add_argument("--workers", type=_positive, default=2, metavar="N", help="connections at once, 1 to 4 (2)")
    filled.add_argument(
        "--grade",
        action="store_true",
        help="have old sessions that were never graded graded (a paid model, if one is set)",
    )
    checked = verb("verify", "compare every old row with its session", commands.verify)
    checked.add_argument("--sample", type=_positive, metavar="N", help="only N random rows")
    flag = verb("rollout", "who is in the new system", commands.rollout)
    flag.add_argument("percentage", nargs="?", metavar="PERCENT|off", help="0 to 100; off: nobody, whoever is listed")
    flag.add_argument("--user", type=uuid.UUID, metavar="UUID", help="one person, whatever the percentage")
    flag.add_argument("--list", choices=("new", "old", "none"), default="new", help="where that person is (new)")
    ended = verb("finish", "retire the old table; later, with --drop, end it", commands.finish)
    ended.add_argument(
        "--drop", action="store_true", help="drop the retired table; the only step that cannot be undone"
    )
    ended.add_argument("--days", type=int, default=7, metavar="N", help="of quiet that are asked for (7)")
    ended.add_argument("--i-am-sure", action="store_true", help="not to wait for them")
    back = verb("undo", "one step back", commands.undo)
    back.add_argument(
        "--i-am-sure", action="store_true", help="also if sessions of the new system will not be whole in the old app"
    )
    return top


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2026-01-31") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
