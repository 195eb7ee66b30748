"""Shows the grading queue and the last day's grades, the voice provider's records and the webhooks.

Exit status: 0 well, 1 at risk, 2 no answer.
"""

import argparse
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from operate.project import HELP, UNREACHABLE, Project, counted, explain, find
from operate.shutdown import announcements, is_soon, sentence, today

LONGEST_WAIT_SECONDS = 300
"""A lease (120), two turns of the schedule (60 each), and a minute to grade: beyond it, no grader works."""

MOST_MODEL_FAILURES = 0.2
"""Share of the sessions put to the model beyond which, where it gave them no grade, it is probably down."""


def risks(health: dict[str, Any]) -> list[str]:
    """The risks to the promises and the wrong settings; empty when all is well."""
    found = []
    if health["oldest_wait_seconds"] > LONGEST_WAIT_SECONDS:
        found.append(f"a session has waited {health['oldest_wait_seconds']:.0f} s: no grader is at work")
    if health["given_up"]:
        found.append(f"{counted(health['given_up'], 'session')} given up after eight lost graders")
    asked, failed = health["model_asked"], health["model_failed"]
    if failed > MOST_MODEL_FAILURES * asked:
        found.append(f"{failed} of {counted(asked, 'session')} put to the model got no grade from it: it is failing")
    for name in health["bad_settings"]:
        found.append(f"the setting {name} is not a whole number from 1 to 99999, and counts as not set")
    return found


LONGEST_ERASURE_SECONDS = 24 * 3600

SILENT_SECONDS = 24 * 3600
"""When a hook has not come for a day and transcripts had to be fetched, the provider has probably disabled it."""


def voice_risks(health: dict[str, Any]) -> list[str]:
    """Why a record of the provider, an erasure there or a webhook may be lost."""
    found = []
    if health["given_up_transcripts"]:
        found.append(f"{health['given_up_transcripts']} transcripts of the voice provider were given up after a day")
    if health["oldest_erasure_seconds"] > LONGEST_ERASURE_SECONDS:
        hours = health["oldest_erasure_seconds"] / 3600
        found.append(f"{health['erasures_waiting']} conversations are not deleted at the provider, for {hours:.0f} h")
    if (health["last_event_age_seconds"] or 0) > SILENT_SECONDS and health["awaited_transcripts"]:
        found.append("the voice hook has been silent for a day: the provider may have disabled it")
    if health["webhooks_dead"]:
        found.append(f"{health['webhooks_dead']} webhooks are dead: ./scripts/hooks list")
    return found


def main() -> int:
    argparse.ArgumentParser(prog="health", description=__doc__, epilog=HELP).parse_args()
    project = find()
    print(project.name, flush=True)
    try:
        [health] = project.rows("grading_health")
        [voice] = project.rows("voice_health")
        ends = announcements(_models(project))
    except UNREACHABLE as error:
        print(explain(error), file=sys.stderr)
        return 2
    table = Table(show_header=False, title="Grading: now, and the last day")
    for name, value in health.items():
        table.add_row(name.replace("_", " "), _shown(value))
    voice_table = Table(show_header=False, title="Voice records and webhooks")
    for name, value in voice.items():
        voice_table.add_row(name.replace("_", " "), _shown(value))
    console = Console(highlight=False)
    console.print(table)
    console.print(voice_table)
    at_risk = risks(health) + voice_risks(voice)
    for model, end in ends.items():
        told = sentence(model, end, today())
        if is_soon(end, today()):
            at_risk.append(told)
        else:
            console.print(f"WARNING: {told}", style="yellow")
    for risk in at_risk:
        console.print(f"AT RISK: {risk}", style="bold red")
    return 1 if at_risk else 0


def _models(project: Project) -> list[str]:
    """The model that gave the latest grade, by the name its server returned; none where no model did."""
    rows = project.rows("training_grades", newest=1, grader=["model"], outcome=["accepted"])
    return [row["model"] for row in rows if row["model"]]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{error} {count}" for error, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(value) or "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    return "-" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
