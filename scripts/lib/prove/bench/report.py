"""Tables of figures, on the terminal and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass
class Report:
    """The result of a bench. `rows` hold as many cells as there are `columns`; `goals` say whether each was met."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)
    note: str = ""

    def row(self, *cells: object) -> None:
        self.rows.append([str(cell) for cell in cells])

    def goal(self, text: str, met: bool, figure: str) -> None:
        self.goals.append(f"{'met' if met else 'missed'}: {text}: {figure}")

    def show(self, console: Console) -> None:
        table = Table(title=self.title, title_justify="left")
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for goal in self.goals:
            console.print(f"  {goal}", highlight=False, markup=False)

    def markdown(self) -> str:
        lines = [f"## {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        lines += [f"| {' | '.join(self.columns)} |", f"|{'---|' * len(self.columns)}"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        lines += ["", *(f"- {goal}" for goal in self.goals)]
        return "\n".join(lines).rstrip() + "\n"


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def times(ratio: float) -> str:
    return f"{ratio:.2f}×"
