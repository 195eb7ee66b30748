"""From the end of a session to its grade, and how fast a queue drains."""

from __future__ import annotations

import statistics
import time
import uuid
from pathlib import Path

from prove.bench.report import Report, ms
from prove.bench.rig import Rig
from run.local.http_client import request
from run.local.model import ModelStandIn
from run.local.ports import HOST, free_port

TITLE = "From the end of a session to its grade"
ENDS = 80
HEURISTIC_QUEUE = 600
MODEL_QUEUE = 320
CONCURRENCY = 32
MODEL_SECONDS = 1.0
LINES = 30
USERS = 8
"""One user alone may not fill a process."""
GOAL_P95_SECONDS = 0.3
GOAL_SHARE = 0.9


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", "figure"])
    with Rig(folder / "woken", scheduled=True) as rig:
        waits = sorted(_end_to_grade(rig) for _ in range(ENDS))
    p50, p95 = statistics.median(waits), waits[int(len(waits) * 0.95)]
    report.row("end → graded by wake-up, heuristic, p50", ms(p50))
    report.row("end → graded by wake-up, heuristic, p95", ms(p95))
    with Rig(folder / "heuristic") as rig:
        _queue(rig, HEURISTIC_QUEUE)
        heuristic = HEURISTIC_QUEUE / _drain(rig, HEURISTIC_QUEUE)
    report.row(f"drain of {HEURISTIC_QUEUE} by heuristic, one process", f"{heuristic:.0f} sessions/s")
    with ModelStandIn(free_port(), seconds=MODEL_SECONDS, log=folder / "model.log") as model:
        env = {
            "OPENAI_API_KEY": "sk-of-the-bench",
            "OPENAI_BASE_URL": f"http://{HOST}:{model.port}/v1",
            "GRADER_CONCURRENCY": str(CONCURRENCY),
        }
        with Rig(folder / "model", grader_env=env) as rig:
            _queue(rig, CONCURRENCY)
            _drain(rig, CONCURRENCY)  # imports the SDK and opens the connections
            _queue(rig, MODEL_QUEUE)
            rate = MODEL_QUEUE / _drain(rig, MODEL_QUEUE)
            row = rig.sql.execute("select count(*) from public.training_grades where grader = 'model'").fetchone()
    by_model = int(row[0]) if row else 0
    ideal = CONCURRENCY / MODEL_SECONDS
    report.row(
        f"drain of {MODEL_QUEUE} with a {MODEL_SECONDS:.0f} s model, {CONCURRENCY} at once",
        f"{rate:.1f} sessions/s, {rate / ideal:.0%} of the ideal {ideal:.0f}",
    )
    report.goal("end → graded p95 at most 300 ms without model time", p95 <= GOAL_P95_SECONDS, ms(p95))
    report.goal("drain at 90 % of the ideal", rate >= GOAL_SHARE * ideal, f"{rate / ideal:.0%}")
    if by_model != MODEL_QUEUE + CONCURRENCY:
        report.note = f"Only {by_model} of {MODEL_QUEUE + CONCURRENCY} were graded by the model."
    return report


def _end_to_grade(rig: Rig) -> float:
    """Ends one session over HTTP and waits for its grade; seconds, by the database's clock."""
    [session_id] = rig.sessions(1, LINES)
    path = f"/api/training-sessions/{session_id}"
    answer = request("POST", rig.stack.url("functions") + path + "/complete", body={}, headers=rig.headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}")
    while True:
        row = rig.sql.execute(
            "select extract(epoch from graded_at - ended_at)::float from public.training_sessions where id = %s",
            (session_id,),
        ).fetchone()
        if row and row[0] is not None:
            return float(row[0])
        time.sleep(0.005)


def _queue(rig: Rig, count: int) -> None:
    ids = [session_id for _ in range(USERS) for session_id in rig.sessions(count // USERS, LINES, _new_user(rig))]
    rig.sql.execute(
        """update public.training_sessions set status = 'completed', ended_at = now(), end_reason = 'ended'
            where id = any (%s)""",
        (ids,),
    )


def _new_user(rig: Rig) -> str:
    user_id = str(uuid.uuid4())
    rig.sql.execute("insert into public.users (id) values (%s)", (user_id,))
    return user_id


def _drain(rig: Rig, count: int) -> float:
    """Seconds until so many more are graded, calling the grader as the schedule does."""
    started = time.perf_counter()
    graded = 0
    while graded < count:
        counts = rig.grade()
        graded += sum(counts["graded"].values())
        if counts["errors"]:
            raise RuntimeError(f"the grader had errors: {counts}")
    return time.perf_counter() - started
