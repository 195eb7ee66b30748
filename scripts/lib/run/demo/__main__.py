"""The command `./scripts/demo [FILE]`. Exit status: 0 graded, 1 not graded, 2 wrong call or bad file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from run.local import lifecycle
from run.local.http_client import Unreachable
from run.local.keys import DEV_USERS
from run.local.settings import BadSettings, Settings

from . import show
from .play import ApiRefused, DemoSession
from .transcript_file import BadFile, TranscriptFile, load, spoken_seconds

OWN_TRANSCRIPT = Path(__file__).with_name("transcript.json")
DEFAULT_AGENT = "Marlene"


def main() -> int:
    """Play, end, wait, show."""
    parser = argparse.ArgumentParser(
        prog="demo",
        description="Plays a session through the local stack's API; shows its score, the next step and the link, "
        "then the transcript. Starts the stack if it is not up, and leaves it up.",
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help='JSON: [{"speaker": "user" or "agent", "text": "..."}, ...], or an ElevenLabs export (default: '
        "the demo's own transcript)",
    )
    file: Path | None = parser.parse_args().file
    console, problems = Console(highlight=False), Console(stderr=True, highlight=False)
    try:
        transcript = load(file or OWN_TRANSCRIPT)
    except BadFile as error:
        print(f"{file}: {error}", file=sys.stderr)
        return 2
    try:
        settings = Settings.load()
        with problems.status("Starting the local stack ..."):
            started = lifecycle.up_detached(settings, problems.print)
        return _play(console, settings, transcript, started is not None)
    except ApiRefused as error:
        problems.print(f"The API refused: {error}", markup=False)
        # The API refused a line of the file, so the file is wrong.
        return 2 if file and 400 <= error.status < 500 else 1
    except (lifecycle.StackError, BadSettings, Unreachable) as error:
        problems.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        return 130


def _play(console: Console, settings: Settings, transcript: TranscriptFile, started: bool) -> int:
    values = settings.environment()
    console.print(f"Project: {values['SUPABASE_URL']} (the local stack)")
    session = DemoSession(values["API_URL"], settings.keys.user_token(DEV_USERS["Dana"]))
    session.start(transcript.agent.get("agent_name") or DEFAULT_AGENT, transcript.agent.get("agent_id"))
    with console.status(f"Session {session.id}: recording {len(transcript.lines)} lines ...") as status:
        for number, line in enumerate(transcript.lines, 1):
            session.say({"sequence": number, **line})
        ended = session.end(transcript.seconds or spoken_seconds(transcript.lines))
        graded = session.wait_for_grade(lambda state: status.update(f"Grading: {state.replace('_', ' ')} ..."))
    if not (graded.get("status") == "completed" and graded.get("graded_at") and graded.get("graded_by")):
        show.not_graded(console, graded)
        return 1
    links = {
        "Analytics": f"{values['WEB_URL']}{ended.get('redirect_to') or f'/analytics/{session.id}'}",
        "API": f"{values['API_URL']}/{session.id}",
        "Stack": "runs on; ./scripts/stack down stops it" if started else "was up already",
    }
    show.grade(console, graded, links)
    console.print(Rule(f"Transcript of session {session.id}", style="cyan"))
    for line in graded["transcript"]:
        show.line(console, line["sequence"], line)
    if transcript.skipped:
        console.print(f"({transcript.skipped} entries without speech were skipped)", style="dim")
    if ended.get("missing"):
        console.print(f"(lines {ended['missing']} are missing in the file)", style="dim")
    return 0


if __name__ == "__main__":
    sys.exit(main())
