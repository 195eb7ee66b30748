"""`./scripts/evaluate add SESSION_ID`: a session of one's own becomes a labelled transcript.

The coach reads the transcript and gives the four scores before the machine's are shown, so that the machine's do not lead
the coach's.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from grading.rubric import CATEGORIES, RUBRIC

Ask = Callable[[str], str]


def add(session: dict[str, Any], file: Path, ask: Ask, console: Console) -> dict[str, Any]:
    """Shows a session's transcript, asks for the coach's scores, writes both to `file`, then shows the machine's.

    `session` holds id, agent_name, transcript and the four scores. A second coach's scores join those of the first.
    """
    for line in session["transcript"]:
        who = "rep" if line["speaker"] == "user" else "homeowner"
        console.print(f"{line['sequence']:>4}  {who:<9} {line['text']}", highlight=False, markup=False)
    rater = _text(ask, "Your name: ")
    marks: dict[str, Any] = {"rater": rater}
    for category in RUBRIC.categories:
        marks[category.name] = _score(ask, f"{category.title}: {category.question} 0 to 100: ")
    transcripts: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    name = f"session-{session['id']}"
    entry = next((labelled for labelled in transcripts if labelled["name"] == name), None)
    if entry is None:
        entry = {
            "name": name,
            "domain": _text(ask, "What is sold (pest, solar, ...): "),
            "language": _text(ask, "Language (en, es, ...): "),
            "lines": [[line["speaker"], line["text"]] for line in session["transcript"]],
            "scores": [],
        }
        transcripts.append(entry)
    entry["scores"] = [each for each in entry["scores"] if each["rater"] != rater] + [marks]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(transcripts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for graded in CATEGORIES:
        console.print(f"{graded}: you {marks[graded]}, {session['graded_by']} {session[f'{graded}_score']}")
    console.print(f"Written to {file}.")
    return entry


def _text(ask: Ask, question: str) -> str:
    while not (given := ask(question).strip()):
        pass
    return given


def _score(ask: Ask, question: str) -> int:
    while True:
        given = ask(question).strip()
        if given.isdecimal() and int(given) <= 100:
            return int(given)
