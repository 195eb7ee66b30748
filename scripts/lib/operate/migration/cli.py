"""The command `./scripts/migrate`. Exit status: 0 done, 1 refused or not clean, 2 wrongly called."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import psycopg
from rich.console import Console

from .commands import backfill, children, finish, prepare, rollout, status, undo, verify
from .database import Refusal, connect
from .error_text import explained
from .terminal import say

COMMANDS = {
    "status": status,
    "prepare": prepare,
    "backfill": backfill,
    "verify": verify,
    "rollout": rollout,
    "children": children,
    "finish": finish,
    "undo": undo,
}


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if not asked.database_url:
        say("Which database? Set DATABASE_URL, or give --database-url postgresql://...")
        return 2
    try:
        with connect(asked.database_url) as connection:
            info = connection.info
            say(f"Database {info.dbname} at {info.host}:{info.port}, as {info.user}")
            exit_status: int = COMMANDS[asked.command].run(connection, asked)
            return exit_status
    except Refusal as refusal:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(refusal), markup=False)
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
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, module in COMMANDS.items():
        added = commands.add_parser(name, parents=[shared], help=module.HELP, description=module.HELP)
        module.add_options(added)
    return top


if __name__ == "__main__":
    sys.exit(main())
