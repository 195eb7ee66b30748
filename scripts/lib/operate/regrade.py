"""Queues sessions that were graded or given up for another grade; the old grades stay in the history."""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from operate.project import HELP, UNREACHABLE, counted, explain, find


def main() -> int:
    """Exit status: 0 done or counted, 1 a session is not there, 2 wrong call or no answer."""
    parser = argparse.ArgumentParser(prog="regrade", description=__doc__, epilog=HELP)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--session", type=int, nargs="+", metavar="ID", help="these sessions")
    which.add_argument("--agent", metavar="NAME", help="every session with this agent")
    which.add_argument(
        "--heuristic-since",
        type=_moment,
        metavar="TIME",
        help="what the heuristic graded since: ISO 8601, as 2026-01-31 or 2026-01-31T09:00+01:00; without an offset UTC",
    )
    parser.add_argument("--yes", action="store_true", help="queue them; the default is to count them and their tokens")
    asked = parser.parse_args()
    project = find()
    print(project.name, flush=True)
    params = {
        "session_ids": asked.session,
        "agent_name": asked.agent,
        "heuristic_since": asked.heuristic_since.isoformat() if asked.heuristic_since else None,
        "dry_run": not asked.yes,
    }
    try:
        if asked.session:
            known = {row["id"] for row in project.rows("training_sessions", id=asked.session)}
            if unknown := [str(number) for number in asked.session if number not in known]:
                print(f"No session has the id {', '.join(unknown)}; nothing was queued.", file=sys.stderr)
                return 1
        result: Any = project.rpc("regrade_training_sessions", params)
    except UNREACHABLE as error:
        print(explain(error), file=sys.stderr)
        return 2
    size = f"{counted(result['sessions'], 'session')}, about {counted(result['estimated_tokens'], 'token')}"
    print(f"Queued again: {size}." if asked.yes else f"Would queue again: {size}. Add --yes to do it.")
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 date or time, such as 2026-01-31") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
