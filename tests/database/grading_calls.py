"""What the tests of the queue share: sessions that wait, and a grader's calls."""

from typing import Any

from support import Database, Role, transcript_lines

SCORES = {"rapport": 60, "discovery": 70, "objection_handling": 80, "closing": 90}


def attempt(grader: str = "heuristic", **fields: Any) -> dict[str, Any]:
    """An accepted attempt as a grader saves it."""
    return {"grader": grader, "outcome": "accepted", "rubric_version": "test-1", "scores": SCORES, **fields}


def end_sessions(database: Database, count: int = 1, user_id: str | None = None) -> list[int]:
    """New completed sessions of one user, in the order in which they ended."""
    with database.rep(user_id) as rep:
        ids = [rep.rpc("create_training_session", agent_name="Austin")["id"] for _ in range(count)]
        for session_id in ids:
            rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    return ids


def claim(grader: Role, **params: Any) -> list[dict[str, Any]]:
    claims: list[dict[str, Any]] = grader.rpc("claim_training_sessions", **params)
    return claims


def claimed(grader: Role, **params: Any) -> list[int]:
    """The session ids of a claim, in its order."""
    return [each["session_id"] for each in claim(grader, **params)]


def save(grader: Role, claim: dict[str, Any], *attempts: dict[str, Any]) -> Any:
    return grader.rpc(
        "save_training_grade",
        session_id=claim["session_id"],
        claim_id=claim["claim_id"],
        attempts=list(attempts) or [attempt()],
    )


def move_clock(role: Role, **interval: int) -> None:
    """From here on training.now() is ahead by so much, for this connection."""
    [(unit, count)] = interval.items()
    role.connection.execute(
        f"select set_config('training.now', (clock_timestamp() + make_interval({unit} => {count}))::text, false)"
    )
