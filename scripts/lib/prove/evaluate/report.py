"""A report: the JSON that is kept, the table that is read, and what has drifted since another report."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from grading.rubric import CATEGORIES
from prove.evaluate.grades import Graded
from prove.evaluate.labelled import LabelledTranscript
from prove.evaluate.metrics import FACTS

MOST_MEAN_SHIFT = 5.0
"""Points by which a category's mean may move between two reports on the same transcripts."""
MOST_SPREAD = 8.0
"""Points by which two grades of the same transcript may differ on average."""

Report = dict[str, Any]


def transcript_rows(graded: Sequence[tuple[LabelledTranscript, Sequence[Graded]]]) -> list[dict[str, Any]]:
    """One row for each transcript, without its words: what the first run gave, and the scores of all runs."""
    return [_transcript_row(labelled, results) for labelled, results in graded]


def _transcript_row(labelled: LabelledTranscript, results: Sequence[Graded]) -> dict[str, Any]:
    first = results[0]
    row = {
        "name": labelled.name,
        "overall": first.overall,
        "scores": first.scores,
        "facts": first.facts,
        "graded_by": first.graded_by,
        "confidence": first.confidence,
        "model": first.model,
        "prompt_hash": first.prompt_hash,
        "rubric_version": first.rubric_version,
        "faults": list(first.errors),
        "tokens_in": first.tokens_in,
        "tokens_out": first.tokens_out,
        "latency_ms": first.latency_ms,
    }
    return row if len(results) == 1 else {**row, "runs": [result.scores for result in results]}


def drift(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """What is worse than in the old report, or no longer comparable; nothing where all is well.

    A fact's F1 or the order counts as worse where it falls below the old report's interval. A category's mean counts as
    moved by more than MOST_MEAN_SHIFT points, two runs as apart by more than MOST_SPREAD.
    """
    found = []
    if new["talks"] != old["talks"]:
        found.append(f"the reports are on different transcripts: {new['talks']} and {old['talks']}")
    for name in FACTS:
        found += _below(name, "f1", new["facts"][name], old["facts"][name])
    found += _below("order of transcripts", "tau_b", new["order"], old["order"])
    for name in CATEGORIES:
        now, before = new["scores"][name]["mean"], old["scores"][name]["mean"]
        if now is None or (before is not None and abs(now - before) > MOST_MEAN_SHIFT):
            found.append(f"the mean of {name} moved from {before} to {now}")
    if new["spread"] and new["spread"]["mean"] > MOST_SPREAD:
        found.append(f"two grades of the same transcript differ by {new['spread']['mean']:.1f} points on average")
    return found


def _below(name: str, figure: str, new: Mapping[str, Any] | None, old: Mapping[str, Any] | None) -> list[str]:
    if not old or not old["interval"]:
        return []
    low = old["interval"][0]
    if new is None or new[figure] < low:
        now = "missing" if new is None else f"{new[figure]:.2f}"
        return [f"{name}: {now}, below the interval of the old report ({low:.2f} to {old['interval'][1]:.2f})"]
    return []


def show(metrics: Mapping[str, Any], console: Console) -> None:
    """The figures as tables."""
    facts = Table(title=f"Facts, by line, of {metrics['talks']} transcripts", title_justify="left")
    for column in ("fact", "precision", "recall", "F1", "95 % interval", "found", "labelled"):
        facts.add_column(column, justify="left" if column == "fact" else "right")
    for name, figures in metrics["facts"].items():
        if figures:
            cells = [_shown(figures[each]) for each in ("precision", "recall", "f1", "interval", "found", "labelled")]
            facts.add_row(name.replace("_", " "), *cells)
    console.print(facts)

    scores = Table(title="Scores", title_justify="left")
    for column in ("category", "mean", "MAE", "bias", "kappa", "coaches: MAE", "kappa", "formula MAE", "spread"):
        scores.add_column(column, justify="left" if column == "category" else "right")
    for name, figures in metrics["scores"].items():
        ours, theirs = figures.get("coaches", {}), figures.get("between_coaches", {})
        cells = [figures["mean"], *(ours.get(each) for each in ("mae", "bias", "kappa"))]
        cells += [theirs.get("mae"), theirs.get("kappa"), figures.get("formula", {}).get("mae")]
        scores.add_row(name.replace("_", " "), *map(_shown, [*cells, (metrics["spread"] or {}).get(name)]))
    console.print(scores)

    for by, parts in metrics["slices"].items():
        table = Table(title=f"By {by}", title_justify="left")
        for column in (by, "transcripts", *(name.replace("_", " ") for name in FACTS), "tau-b"):
            table.add_column(column, justify="left" if column == by else "right")
        for name, part in parts.items():
            table.add_row(name, *(_shown(part[each]) for each in ("talks", *FACTS, "tau_b")))
        console.print(table)

    for name in ("order", "halo", "fallen_back", "cost"):
        console.print(f"{name.replace('_', ' ')}: {_shown(metrics[name])}", highlight=False, markup=False)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_shown(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return " to ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:.2f}"
    return "-" if value is None else str(value)
