"""`./scripts/evaluate`: measures a grader on labelled transcripts, and adds sessions of one's own to them.

  ./scripts/evaluate --grader heuristic|model --talks FILE... [--repeat N] [--against REPORT] [--out REPORT]
  ./scripts/evaluate add SESSION_ID [--talks FILE]
  ./scripts/evaluate train

Exit status: 0 well, 1 drifted from the report given by --against, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from grading.rubric import RUBRIC
from prove.evaluate.grades import by_heuristic, grade_all, grade_by_model, model_settings
from prove.evaluate.labelled import read_files
from prove.evaluate.metrics import measure
from prove.evaluate.own import add
from prove.evaluate.plain import discovery_shift
from prove.evaluate.report import drift, show, transcript_rows
from run.local.binaries import ROOT

OWN = ROOT / "evaluation" / "own.json"
"""Where `add` writes. Not in version control: it holds what people said."""


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["add"]:
        return _add(arguments[1:])
    if arguments[:1] == ["train"]:
        return _train(arguments[1:])
    return _measure(arguments)


def _measure(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./scripts/evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--grader", choices=("heuristic", "model"), required=True)
    parser.add_argument("--talks", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="grade each transcript N times: the spread")
    parser.add_argument("--against", type=Path, metavar="REPORT", help="exit with 1 where this run is worse")
    parser.add_argument("--out", type=Path, metavar="REPORT", help="write the report as JSON")
    parser.add_argument("--metrics-only", action="store_true", help="leave the single transcripts out of the report")
    parser.add_argument("--price", type=float, nargs=2, metavar=("IN", "OUT"), help="dollars per million tokens")
    given = parser.parse_args(arguments)
    if given.repeat < 1:
        parser.error("--repeat must be at least 1")
    old: dict[str, Any] | None = json.loads(given.against.read_text(encoding="utf-8")) if given.against else None

    # A file or pipe has no width; 80 columns would cut the names.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    transcripts = read_files(given.talks)
    if given.grader == "model":
        settings = model_settings()
        with console.status(f"{len(transcripts) * given.repeat} grades by {settings.openai_model} ..."):
            runs = grade_by_model(transcripts, settings, given.repeat)
    else:
        runs = asyncio.run(grade_all(transcripts, by_heuristic, given.repeat))
    graded = list(zip(transcripts, runs, strict=True))
    metrics = measure(graded, tuple(given.price) if given.price else None)
    if given.grader == "heuristic":
        metrics["discovery_shift_without_punctuation"] = discovery_shift(transcripts)
    report = {
        "grader": given.grader,
        "rubric_version": RUBRIC.version,
        "talks": [] if given.metrics_only else transcript_rows(graded),
        "metrics": metrics,
    }
    show(metrics, console)
    if given.out:
        given.out.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    worse = drift(metrics, old["metrics"]) if old else []
    for each in worse:
        console.print(f"DRIFT: {each}", style="bold red", markup=False)
    return 1 if worse else 0


def _add(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./scripts/evaluate add", description="Labels a session of one's own.")
    parser.add_argument("session_id", type=int)
    parser.add_argument("--talks", type=Path, default=OWN, metavar="FILE")
    given = parser.parse_args(arguments)
    from operate.project import UNREACHABLE, explain, find

    project = find()
    print(project.name, flush=True)
    try:
        rows = project.rows("training_sessions", id=[given.session_id])
    except UNREACHABLE as error:
        print(explain(error), file=sys.stderr)
        return 2
    if not rows or not rows[0]["transcript"]:
        print(f"Session {given.session_id} is not there, or has no transcript.", file=sys.stderr)
        return 2
    add(rows[0], given.talks, input, Console(highlight=False))
    return 0


def _train(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./scripts/evaluate train", description="Makes the heuristic's data file of evaluation/tune*."
    )
    parser.parse_args(arguments)
    from grading.heuristic.linear import WEIGHTS
    from prove.evaluate.train import train_on_tune_data, write

    write(train_on_tune_data(print), WEIGHTS)
    print(f"Written to {WEIGHTS}. Now measure: ./scripts/evaluate --grader heuristic --talks evaluation/held-out.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
