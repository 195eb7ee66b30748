"""The output of the commands: status, a progress bar, a question. Also parses their numbers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .dependents import Dependent
from .progress import Status
from .verification import Verdict

NAME_WIDTH = 36


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def counted(count: int, noun: str) -> str:
    """ "1 row", "2,000 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def positive(text: str) -> int:
    """A whole number from 1, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def ask(question: str, yes: bool, typed: str = "yes") -> bool:
    """True for --yes; without a terminal to ask on, or an answer (Ctrl-D), False."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say(f"{question}\nNo terminal to ask on: add --yes.")
        return False
    try:
        return input(f"{question}\nType {typed!r} to go on: ").strip() == typed
    except EOFError:
        return False


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar with rate and time left; yields what moves it on."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=total, rate="")

        def advance(count: int) -> None:
            progress.update(task, advance=count)
            speed = progress.tasks[0].speed
            progress.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield advance


def show_status(status: Status) -> None:
    """One line each, of any length: names are not cut."""

    def row(name: str, value: object, more: Mapping[str, int] | None = None) -> None:
        details = "; ".join(f"{count:,} {what}" for what, count in (more or {}).items())
        print(f"{name:<{NAME_WIDTH}}  {f'{value:,}' if isinstance(value, int) else value}  {details}".rstrip())

    state = status.state
    row("phase", state.phase)
    row("rollout", "off" if status.is_off else f"{status.percentage} %", status.lists)
    row("old rows", status.old_rows)
    row("sessions", status.sessions, {"known by a UUID too": status.mapped})
    row(
        "pending",
        status.pending,
        {"listed by the mirror": status.listed_by_mirror, **{f"failed: {k}": v for k, v in status.problems.items()}},
    )
    row("not yet seen by the old app", status.out, {f"failed: {k}": v for k, v in status.out_problems.items()})
    row("quarantine", sum(status.quarantine.values()), status.quarantine)
    row("sessions with kept columns", status.with_originals, status.reasons)
    if state.phase in ("unfinished", "prepared", "retired"):
        row("last direct write to the old table", status.last_direct_write or "none since prepare")
    if state.table:
        counts = {name: counted(count, "row") for name, count in status.not_carried.items()}
        counts |= {name: "empty, or newer than prepare" for name in state.table.ignored if name not in counts}
        row(
            "not carried over, kept as legacy", ", ".join(f"{name} ({what})" for name, what in counts.items()) or "none"
        )
        if state.table.required:
            row("cannot be shown to the old app", f"it insists on {', '.join(state.table.required)}")
        for each in status.dependents:
            row(f"breaks at {each.breaks_at}", f"{each.name}: {each.recipe}")
    row("next", status.next_step())


def show_verdict(verdict: Verdict) -> None:
    print(
        f"{verdict.compared:,} rows compared in {verdict.seconds:.0f} s: {verdict.pending:,} pending, "
        f"{verdict.quarantined:,} in the quarantine, {verdict.mirrored_back:,} from the new system, {sum(verdict.kinds.values()):,} differences"
    )
    for kind, count in verdict.kinds.most_common():
        print(f"  {count:,} × {kind}")
    for old_id, kinds in verdict.differing:
        print(f"  {old_id}  {', '.join(kinds)}")


def show_dependents(found: Iterable[Dependent], step: str) -> None:
    """The objects that break at this step, or have to be moved before it."""
    for each in found:
        if each.breaks_at == step:
            say(f"Breaks at {step}: {each.name}. {each.recipe}")
