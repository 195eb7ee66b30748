"""`children`: gives child tables of live_sessions a key to training_sessions; with --undo, their old key back."""

from __future__ import annotations

import argparse

from .. import child_tables
from ..catalog import read_state
from ..database import Connection
from ..terminal import ask, say

HELP = "move the foreign keys of child tables to training_sessions"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table", action="append", default=[], metavar="NAME", help="only this child table; may be given several times"
    )
    parser.add_argument("--undo", action="store_true", help="move the keys back to the old table")


def run(connection: Connection, asked: argparse.Namespace) -> int:
    table = read_state(connection).need("prepared", "retired")
    found = child_tables.moved(connection) if asked.undo else child_tables.find_children(connection, table)
    chosen = child_tables.choose(found, asked.table)
    if not chosen:
        print("No child table has a moved key." if asked.undo else "No other table has a foreign key to the old table.")
        return 0
    for child in chosen:
        say(child_tables.describe(child, asked.undo))
    if asked.dry_run or not ask("Move these keys?", asked.yes):
        return 0 if asked.dry_run else 1
    for child in chosen:
        print(
            child_tables.move_back(connection, child, say) if asked.undo else child_tables.move(connection, child, say)
        )
    return 0
