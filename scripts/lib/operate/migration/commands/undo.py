"""`undo`: one step back."""

from __future__ import annotations

import argparse

from .. import remove
from ..catalog import read_state
from ..child_tables import moved
from ..database import Connection
from ..terminal import ask, say

HELP = "one step back"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--i-am-sure", action="store_true", help="also if sessions of the new system will not be whole in the old app"
    )


def run(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    state.need("unfinished", "prepared", "retired")
    children = moved(connection) if state.phase == "prepared" else []
    if asked.dry_run:
        if state.phase != "retired":
            remove.check_active(connection, asked.i_am_sure)
        print(
            "undo would bring live_sessions back, with its grants and publications."
            if state.phase == "retired"
            else "undo would set the rollout off and remove the mirrors"
            + (f", and move the keys of {', '.join(each.child for each in children)} back." if children else ".")
        )
        return 0
    if not ask("One step back?", asked.yes):
        return 1
    if state.phase == "retired":
        print(remove.bring_back(connection, say))
        return 0
    print(remove.undo(connection, asked.i_am_sure, say))
    return 0
