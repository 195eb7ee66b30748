"""`children`: gives child tables of live_sessions a key to training_sessions; with --undo, their old key back."""

from __future__ import annotations

import argparse

from .. import child_primary_key, child_tables
from ..catalog import read_state
from ..database import Connection
from ..terminal import ask, say

LATER = "The primary key of {} holds the old column. After finish, run this again: it moves then."
HELP = "move the foreign keys of child tables to training_sessions"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table", action="append", default=[], metavar="NAME", help="only this child table; may be given several times"
    )
    parser.add_argument("--undo", action="store_true", help="move the keys back to the old table")


def run(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    table = state.need("prepared", "retired")
    found = child_tables.moved(connection) if asked.undo else child_tables.find_children(connection, table)
    known = [] if asked.undo else child_tables.moved(connection)
    chosen = [each for each in child_tables.choose([*found, *known], asked.table) if each in found]
    keys = [] if asked.undo else _primary_keys(connection, asked.table)
    if keys and state.phase == "prepared" and not chosen:
        print(LATER.format(", ".join(child for child, _, _ in keys)))
        return 0
    if not chosen and not keys:
        print("No child table has a moved key." if asked.undo else "No other table has a foreign key to the old table.")
        return 0
    for child in chosen:
        say(child_tables.describe(child, asked.undo))
    if state.phase == "retired":
        for name, old, new in keys:
            say(f"{name}: its primary key moves from {old} to {new}.")
    if asked.dry_run or not ask("Move these keys?", asked.yes):
        return 0 if asked.dry_run else 1
    for child in chosen:
        print(
            child_tables.move_back(connection, child, say) if asked.undo else child_tables.move(connection, child, say)
        )
    keys = [] if asked.undo else _primary_keys(connection, asked.table)
    if state.phase == "retired":
        for name, old, new in keys:
            print(child_primary_key.swap(connection, name, old, new, say))
    elif keys:
        print(LATER.format(", ".join(child for child, _, _ in keys)))
    return 0


def _primary_keys(connection: Connection, names: list[str]) -> list[tuple[str, str, str]]:
    full = [name if "." in name else f"public.{name}" for name in names]
    return [key for key in child_primary_key.waiting(connection) if not full or key[0] in full]
