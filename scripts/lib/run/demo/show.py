"""How the demo looks in a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .next_step import next_step
from .transcript_file import is_rep

CATEGORIES = {
    "rapport": "Rapport",
    "discovery": "Discovery",
    "objection_handling": "Objection handling",
    "closing": "Closing",
}
BAR_WIDTH = 30
GOOD, FAIR = 70, 40
MOST_QUOTES = 2


def line(console: Console, number: int, spoken: dict[str, Any]) -> None:
    """One line of the transcript, as it is stored."""
    who, colour = ("You", "cyan") if is_rep(spoken) else ("Homeowner", "yellow")
    row = Table.grid(padding=(0, 1))
    row.add_column(width=4, justify="right", style="dim")
    row.add_column(width=10, style=f"bold {colour}")
    row.add_column(ratio=1)
    row.add_row(str(number), who, Text(str(spoken["text"])))
    console.print(row)


def grade(console: Console, session: dict[str, Any], links: dict[str, str]) -> None:
    """The graded session: the scores, the next step and the links; then the reasons of the scores, and the feedback."""
    console.print()
    console.print(Panel(_scores(session), title=_title(session), border_style="cyan", padding=(1, 2)))
    step, how = next_step(session)
    console.print(Text.assemble(("Next step  ", "bold yellow"), (step, "bold"), f" {how}"))
    for name, link in links.items():
        console.print(Text.assemble((f"{name:<11}", "dim"), link), soft_wrap=True)
    console.print(_reasons(session))
    for heading, key, mark, colour in (
        ("Strengths", "feedback_strengths", "✓", "green"),
        ("To improve", "feedback_improvements", "→", "yellow"),
    ):
        if session.get(key):
            console.print(Text(f"\n{heading}", style="bold"))
            for text in session[key]:
                console.print(_bullet(mark, colour, str(text)))
    console.print()


def not_graded(console: Console, session: dict[str, Any]) -> None:
    """Why the session has not been graded."""
    grading = session.get("grading") or {}
    end = session.get("end_reason") or "no end reason"
    said = f"Session {session.get('id')} is {session.get('status')} ({end}); grading: {grading.get('state')}."
    notes = [str(note) for note in grading.get("notes") or []]
    console.print(Panel(Text("\n".join([said, *notes])), title="No grade", border_style="red"))


def _title(session: dict[str, Any]) -> Text:
    return Text(f" Session {session['id']} with {session.get('agent_name')} ", style="bold")


def _scores(session: dict[str, Any]) -> RenderableType:
    grading = session.get("grading") or {}
    table = Table.grid(padding=(0, 2))
    for key, title in CATEGORIES.items():
        table.add_row(title, _bar(session.get(f"{key}_score")), _number(session.get(f"{key}_score")))
    table.add_row()
    table.add_row(
        Text("Overall", style="bold"),
        _bar(session.get("overall_score")),
        _number(session.get("overall_score")),
    )
    by = str(session.get("graded_by"))
    if grading.get("model"):
        by += f" ({grading['model']})"
    earned = f"${float(session.get('virtual_earnings') or 0):,.2f}"
    facts = Text.assemble(
        ("Graded by ", "dim"), by,
        ("   Rubric ", "dim"), str(session.get("rubric_version")),
        ("   Earned in practice ", "dim"), (earned, "bold green"),
    )  # fmt: skip
    return Group(table, Text(), facts)


def _reasons(session: dict[str, Any]) -> RenderableType:
    """Per category the reason and its quotes."""
    parts: list[RenderableType] = []
    evidence = session.get("evidence") or {}
    for key, title in CATEGORIES.items():
        found = evidence.get(key)
        if not isinstance(found, dict):
            continue
        parts.append(Text.assemble((f"\n{title}: ", "bold"), str(found.get("reason") or "")))
        quotes = found.get("quotes") or []
        for quote in quotes[:MOST_QUOTES]:
            parts.append(_bullet("", "", f"“{quote.get('quote')}”  (line {quote.get('sequence')})", "italic"))
        if len(quotes) > MOST_QUOTES:
            parts.append(_bullet(" ", "dim", f"and {len(quotes) - MOST_QUOTES} more", "dim"))
    return Group(*parts)


def _bullet(mark: str, colour: str, text: str, style: str = "") -> RenderableType:
    row = Table.grid(padding=(0, 1))
    row.add_column(width=3, justify="right", style=colour)
    row.add_column(ratio=1)
    row.add_row(mark, Text(text, style=style))
    return row


def _bar(score: int | None) -> Text:
    filled = round((score or 0) * BAR_WIDTH / 100)
    return Text.assemble(("█" * filled, _colour(score)), ("░" * (BAR_WIDTH - filled), "dim"))


def _number(score: int | None) -> Text:
    return Text(f"{score:>3}" if score is not None else "  –", style=f"bold {_colour(score)}")


def _colour(score: int | None) -> str:
    if score is None:
        return "dim"
    return "green" if score >= GOOD else "yellow" if score >= FAIR else "red"
