"""`finish`: renames the old table; with --drop, drops it. Both first list the obstacles and what will break."""

from __future__ import annotations

import argparse

from .. import remove, retire
from ..catalog import State, read_state
from ..database import RETIRED, Connection, Refusal
from ..dependents import find_dependents
from ..terminal import ask, say, show_dependents
from .verify import compare_all

HELP = "retire the old table; later, with --drop, end it"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--drop", action="store_true", help="drop the retired table; the only step that cannot be undone"
    )
    parser.add_argument("--days", type=int, default=7, metavar="N", help="days of quiet that are asked for (7)")
    parser.add_argument("--i-am-sure", action="store_true", help="do not wait for them")


def run(connection: Connection, asked: argparse.Namespace) -> int:
    state = read_state(connection)
    return _drop(connection, state, asked) if asked.drop else _retire(connection, state, asked)


def _retire(connection: Connection, state: State, asked: argparse.Namespace) -> int:
    table = state.need("prepared")
    retire.need_free(connection, RETIRED)
    show_dependents(find_dependents(connection, table), "finish")
    verdict = compare_all(connection, asked.database_url)
    differences = [] if verdict.is_clean else [f"{sum(verdict.kinds.values())} differences: ./scripts/migrate verify"]

    def check() -> None:
        _refuse_for(retire.obstacles(connection, asked.days) + differences, asked.i_am_sure)

    check()
    if asked.dry_run:
        print("finish would rename live_sessions to live_sessions_retired, and take its grants and publications away.")
        return 0
    if not ask(
        "This renames live_sessions: an old app that is still open will get errors. undo brings it back.", asked.yes
    ):
        return 1
    retire.rename(connection, RETIRED, say, check)  # checked again: the question may have waited for hours
    print("Retired as live_sessions_retired. Watch for a while; then ./scripts/migrate finish --drop, or undo.")
    return 0


def _drop(connection: Connection, state: State, asked: argparse.Namespace) -> int:
    table = state.need("retired", "left over")
    show_dependents(find_dependents(connection, table), "drop")
    _refuse_for(retire.drop_obstacles(connection, state, table, asked.days), asked.i_am_sure)
    if asked.dry_run:
        print(
            f"finish --drop would drop {table.name} and all of the migration but ids, grades, originals and the quarantine."
        )
        return 0
    if not ask(f"This drops {table.name} for good. Is there a backup?", asked.yes, "drop it"):
        return 1
    remove.drop(connection, table, say)
    print("Done. The old table and the migration are gone; old links still lead to their sessions.")
    return 0


def _refuse_for(found: list[str], sure: bool) -> None:
    obstacles = [each for each in found if not (sure and "--i-am-sure" in each)]
    if obstacles:
        raise Refusal("Not yet:\n" + "\n".join(f"  - {each}" for each in obstacles))
