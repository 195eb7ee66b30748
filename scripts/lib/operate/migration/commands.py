"""The verbs of `./scripts/migrate`, each: look at the state, refuse or ask, do, say what came of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from . import finish as ending
from . import leaving
from . import prepare as beginning
from .backfill import Options
from .backfill import backfill as run_backfill
from .catalog import check_old_table, read_state
from .database import RETIRED, Connection, Refused, query
from .rehearsal import local_times, refusals
from .reopen import reopen
from .shown import ask, bar, say, show_status, show_verdict
from .status import read_status
from .trial import trial
from .verify import Verdict
from .verify import verify as run_verify

Command = Callable[[Connection, argparse.Namespace], int]


def status(connection: Connection, asked: argparse.Namespace) -> int:
    show_status(read_status(connection, read_state(connection)))
    return 0


def prepare(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    table = state.need("found", "unfinished", "prepared")
    check_old_table(connection, table)
    if table.ignored:
        say(f"Not carried over (they stay in the old table until it is dropped): {', '.join(table.ignored)}")
    refused = refusals(connection, table, say)
    if refused:
        say(
            f"The old table would refuse sessions of the new system: {'; '.join(refused)}. The old app would not see those. "
            "Give it a default or let it accept them, and prepare again; or go on, knowing that undo will ask."
        )
    if local := local_times(connection, table):
        say(
            f"Times without a zone ({', '.join(local)}) are read, and written, as UTC; this database's own zone is another. If the old "
            "app lets the database say what time it is, they will be hours off: make those columns timestamptz first."
        )
    if asked.dry_run:
        print("prepare would:\n" + "\n".join(f"  {step}" for step in beginning.plan(state)))
        return 0
    beginning.prepare(connection, state, say)
    [(rows, out)] = query(
        connection,
        """select (select count(*) from training_migration.pending),
                  (select count(*) from training_migration.pending_out)""",
    )
    print(f"Prepared. {rows:,} old rows and {out:,} new sessions are listed. Next: ./scripts/migrate backfill")
    return 0


def backfill(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    if asked.dry_run:
        return trial(connection, state, asked.limit)
    table = state.need("prepared", "retired")
    if asked.grade and not ask(
        "Old sessions that were never graded will go to the grader; with a model, each costs money.", asked.yes
    ):
        return 1
    reopen(connection, table)
    options = Options(asked.batch, asked.pause, asked.limit, asked.since, asked.workers, asked.grade)
    [total] = query(
        connection,
        """select count(*) from training_migration.pending
            where %s::timestamptz is null or position = 0 or created_at >= %s""",
        asked.since,
        asked.since,
    )
    with bar("converting", min(total, asked.limit or total)) as advance:
        result = run_backfill(asked.database_url, options, advance, say)
    rate = result.done / result.seconds if result.seconds else 0
    print(
        f"{result.done:,} rows in {result.seconds:.1f} s ({rate:,.0f}/s), "
        f"{result.failed:,} failed, {result.left:,} left."
    )
    if result.left_out:
        print(f"{result.left_out:,} sessions of the new system could not be shown to the old app; see status.")
    if asked.grade:
        print(f"{result.released:,} sessions are waiting for the grader.")
    return 1 if result.failed or result.left_out else 0


def verify(connection: Connection, asked: argparse.Namespace) -> int:
    verdict = _verify(connection, asked.sample)
    show_verdict(verdict)
    return 0 if verdict.clean else 1


def rollout(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    if (asked.percentage is None) == (asked.user is None):
        say("Either a percentage (or off), or --user.")
        return 2
    if asked.user:
        state.need("prepared")
        system = {"new": "training_sessions", "old": "live_sessions", "none": None}[asked.list]
        if not asked.dry_run:
            ending.set_user(connection, str(asked.user), system)
        print(f"{asked.user}: {system or 'by the percentage'}")
        return 0
    if asked.percentage != "off" and not (asked.percentage.isdecimal() and int(asked.percentage) <= 100):
        say("The percentage is a whole number from 0 to 100, or off.")
        return 2
    percentage = None if asked.percentage == "off" else int(asked.percentage)
    if percentage != 100 or state.phase in ("found", "unfinished"):
        state.need("prepared")
    if percentage and state.phase == "prepared":
        [left] = query(connection, "select count(*) from training_migration.pending")
        if left:
            say(f"{left:,} old rows are still pending. Who is in the new system gets their own first.")
    if not asked.dry_run:
        ending.set_percentage(connection, percentage)
    print(
        "Everybody is in live_sessions."
        if percentage is None
        else f"New sessions of {percentage} % of people begin in training_sessions."
    )
    return 0


def finish(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    if asked.drop:
        table = state.need("retired", "left over")
        _refuse_over(ending.drop_obstacles(connection, state, table, asked.days), asked.i_am_sure)
        if asked.dry_run:
            print(f"finish --drop would drop {table.name} and all of the migration but ids, grades and the quarantine.")
            return 0
        if not ask(f"This drops {table.name} for good. Is there a backup?", asked.yes, "drop it"):
            return 1
        leaving.drop(connection, table, say)
        print("Done. The old table and the migration are gone; old links still lead to their sessions.")
        return 0
    state.need("prepared")
    ending.need_free(connection, RETIRED)
    verdict = _verify(connection, None)
    differences = [] if verdict.clean else [f"{sum(verdict.kinds.values())} differences: ./scripts/migrate verify"]

    def check() -> None:
        _refuse_over(ending.obstacles(connection, asked.days) + differences, asked.i_am_sure)

    check()
    if asked.dry_run:
        print("finish would rename live_sessions to live_sessions_retired.")
        return 0
    if not ask(
        "This renames live_sessions: an old app that is still open will get errors. undo brings it back.", asked.yes
    ):
        return 1
    ending.rename(connection, RETIRED, say, check)  # once more: the question may have stood for hours
    print("Retired as live_sessions_retired. Watch for a while; then ./scripts/migrate finish --drop, or undo.")
    return 0


def _refuse_over(found: list[str], sure: bool) -> None:
    left = [each for each in found if not (sure and "--i-am-sure" in each)]
    if left:
        raise Refused("Not yet:\n" + "\n".join(f"  - {each}" for each in left))


def undo(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    state.need("unfinished", "prepared", "retired")
    if asked.dry_run:
        if state.phase != "retired":
            leaving.going_on(connection, asked.i_am_sure)
        print(
            "undo would bring live_sessions back."
            if state.phase == "retired"
            else "undo would set the rollout off and remove the mirrors."
        )
        return 0
    if not ask("One step back?", asked.yes):
        return 1
    if state.phase == "retired":
        print(leaving.bring_back(connection, say))
    else:
        print(leaving.undo(connection, asked.i_am_sure, say))
    return 0


def _verify(connection: Connection, sample: int | None) -> Verdict:
    table = read_state(connection).need("prepared", "retired")
    [total] = query(connection, f"select count(*) from {table.name}")  # noqa: S608
    with bar("comparing", min(total, sample or total)) as advance:
        return run_verify(connection, table.name, sample, advance)
