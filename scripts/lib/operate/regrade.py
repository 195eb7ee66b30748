"""`./scripts/regrade`: queues sessions that were graded or given up for another grade. Without --yes it only says how many, and about how many tokens."""

import argparse
import sys
from typing import Any

from operate.project import UNREACHABLE, connect, explain


def main() -> int:
    parser = argparse.ArgumentParser(prog="regrade", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--session", type=int, nargs="+", metavar="ID", help="these sessions")
    which.add_argument("--agent", metavar="NAME", help="every session with this agent")
    which.add_argument("--heuristic-since", metavar="TIME", help="what the heuristic graded since (ISO 8601)")
    parser.add_argument("--yes", action="store_true", help="do it; otherwise only count")
    asked = parser.parse_args()
    params: dict[str, Any] = {
        "session_ids": asked.session,
        "agent_name": asked.agent,
        "heuristic_since": asked.heuristic_since,
        "dry_run": not asked.yes,
    }
    try:
        result: Any = connect().rpc("regrade_training_sessions", params).execute().data
    except UNREACHABLE as error:
        print(explain(error), file=sys.stderr)
        return 2
    size = f"{result['sessions']} sessions, about {result['estimated_tokens']:,} tokens"
    print(f"Queued again: {size}." if asked.yes else f"Would queue again: {size}. Add --yes to do it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
