"""`prepare`: says what the migration finds, then sets the mirrors and lists the old rows."""

from __future__ import annotations

import argparse
import uuid

from .. import install
from ..catalog import OldTable, check_old_table, read_state
from ..column_map import propose, read_map
from ..database import Connection, query
from ..not_carried import count_not_carried
from ..preflight import local_times, refusals
from ..terminal import counted, say

HELP = "set the mirrors and list the old rows"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=KNOWN",
        help="read the column OLD as the column KNOWN, such as tone_score=rapport_score; may be given several times",
    )
    parser.add_argument(
        "--anonymous-owner",
        type=uuid.UUID,
        metavar="UUID",
        help="the user who gets the sessions without a user (default: they go into the quarantine, and their links answer 410)",
    )


def run(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    table = state.need("found", "unfinished", "prepared")
    check_old_table(connection, table)
    choices = install.Choices(read_map(asked.map, table), asked.anonymous_owner)
    install.check_choices(connection, state, choices)
    _say_what_is_there(connection, table, choices)
    if asked.dry_run:
        print("prepare would:\n" + "\n".join(f"  {step}" for step in install.plan(state)))
        return 0
    install.prepare(connection, state, choices, say)
    [(rows, out)] = query(
        connection,
        """select (select count(*) from training_migration.pending),
                  (select count(*) from training_migration.pending_out)""",
    )
    print(f"Prepared. {rows:,} old rows and {out:,} new sessions are listed. Next: ./scripts/migrate backfill")
    return 0


def _say_what_is_there(connection: Connection, table: OldTable, choices: install.Choices) -> None:
    not_carried = count_not_carried(connection, table, choices.column_map)
    if not_carried:
        say(
            "Not carried over, but kept as it was and shown as `legacy` of each session: "
            + ", ".join(f"{name} ({counted(count, 'row')})" for name, count in not_carried.items())
        )
    for line in propose(table, choices.column_map):
        say(line)
    if not choices.anonymous_owner and (anonymous := _count_anonymous(connection, table)):
        say(
            f"{counted(anonymous, 'row')} without a user will go into the quarantine, and their links will answer 410 session_anonymous. "
            "prepare --anonymous-owner UUID gives them to one user instead."
        )
    refused = refusals(connection, table, choices, say)
    if refused:
        say(
            f"The old table would refuse or change sessions of the new system: {'; '.join(refused)}. The old app would not see those as they "
            "are. Give a column a default, let the table accept them or change its trigger, and prepare again; or go on: then undo will ask."
        )
    if local := local_times(connection, table):
        say(
            f"Times without a zone ({', '.join(local)}) are read, and written, as UTC; this database's own zone is another. If the old "
            "app lets the database fill in the time, they will be hours off: make those columns timestamptz first."
        )


def _count_anonymous(connection: Connection, table: OldTable) -> int:
    [count] = query(connection, f"select count(*) from {table.name} where user_id is null")  # noqa: S608
    return int(count)
