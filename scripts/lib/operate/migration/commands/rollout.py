"""`rollout`: in which system people begin their sessions."""

from __future__ import annotations

import argparse
import uuid

from ..catalog import read_state
from ..database import Connection, query
from ..terminal import counted, say

HELP = "who is in the new system"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "percentage",
        nargs="?",
        metavar="PERCENT|off",
        help="0 to 100; off: all are in the old system, also those on a list",
    )
    parser.add_argument("--user", type=uuid.UUID, metavar="UUID", help="one person, at any percentage")
    parser.add_argument("--list", choices=("new", "old", "none"), default="new", help="where that person is (new)")


def run(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    if (asked.percentage is None) == (asked.user is None):
        say("Either a percentage (or off), or --user.")
        return 2
    if asked.user:
        state.need("prepared")
        system = {"new": "training_sessions", "old": "live_sessions", "none": None}[asked.list]
        if not asked.dry_run:
            set_user(connection, str(asked.user), system)
        print(f"{asked.user}: {system or 'by the percentage'}")
        return 0
    if asked.percentage != "off" and not (asked.percentage.isdecimal() and int(asked.percentage) <= 100):
        say("The percentage is a whole number from 0 to 100, or off.")
        return 2
    percentage = None if asked.percentage == "off" else int(asked.percentage)
    if percentage != 100 or state.phase in ("found", "unfinished"):
        state.need("prepared")
    if percentage and state.phase == "prepared":
        [pending] = query(connection, "select count(*) from training_migration.pending")
        if pending:
            say(f"{counted(pending, 'old row')} pending. People in the new system get their own first.")
    if not asked.dry_run:
        set_percentage(connection, percentage)
    print(
        "All people are in live_sessions."
        if percentage is None
        else f"New sessions of {percentage} % of people begin in training_sessions."
    )
    return 0


def set_percentage(connection: Connection, percentage: int | None) -> None:
    """None: off, at once, for all people, also those on a list."""
    query(
        connection,
        "update training.rollout set percentage = %s, is_off = %s, changed_at = now()",
        percentage or 0,
        percentage is None,
    )


def set_user(connection: Connection, user_id: str, system: str | None) -> None:
    """Puts one person on a list; None takes them off."""
    query(connection, "delete from training.rollout_users where user_id = %s", user_id)
    if system:
        query(connection, "insert into training.rollout_users values (%s, %s)", user_id, system)
