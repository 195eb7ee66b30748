"""What the commands show: a screen of status, a bar, a question."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .status import Status
from .verify import Verdict

NAME_WIDTH = 36


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def ask(question: str, yes: bool, typed: str = "yes") -> bool:
    """True for --yes; without a terminal to ask on, or an answer (Ctrl-D), False."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say(f"{question}\nNobody to ask: add --yes.")
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
    """One line each, as long as it needs to be: names are shown whole."""

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
        {"left by the mirror": status.mirror_left, **{f"failed: {k}": v for k, v in status.problems.items()}},
    )
    row("not yet seen by the old app", status.out, {f"failed: {k}": v for k, v in status.out_problems.items()})
    row("quarantine", sum(status.quarantine.values()), status.quarantine)
    if state.phase in ("unfinished", "prepared", "retired"):
        row("last direct write to the old table", status.last_direct_write or "none since prepare")
    if state.table:
        row("columns not carried over", ", ".join(state.table.ignored) or "none")
        if state.table.required:
            row("cannot be shown to the old app", f"it insists on {', '.join(state.table.required)}")
        if state.table.dependents:
            row("hang on the old table", "; ".join(state.table.dependents))
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
