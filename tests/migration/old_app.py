"""A true-to-life old app (old_app.sql), with rows in the shapes that its code wrote over a year."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from old_world import OldWorld
from operating import Old, hosted_database

from run.local.postgres import Postgres

SQL = Path(__file__).with_suffix(".sql")
PEOPLE = [str(uuid.UUID(int=n, version=4)) for n in (11, 12)]
AT = "2025-06-01T10:00:{:02}.000Z"


def lines(*said: tuple[str, str]) -> list[dict[str, Any]]:
    """(speaker, text) each, four seconds apart."""
    return [{"speaker": who, "text": text, "timestamp": AT.format(4 * n)} for n, (who, text) in enumerate(said)]


PLAIN = lines(("rep", "Hi, how long have you seen ants?"), ("homeowner", "Two weeks."), ("rep", "Shall we do Tuesday?"))
DEEP = {
    "feedback": {
        "strengths": ["Warm opening"],
        "improvements": ["Ask more"],
        "specific_tips": ["Name the price later"],
    },
    "deep_analysis": {"finalScores": {"rapport": 80, "overall": 78}, "virtualEarnings": 1250.5},
    "coaching_plan": {"week1": "ask more"},
    "line_ratings": [{"line": 2, "rating": "good"}],
    "grading_audit": {"model": "old"},
}
ROWS: dict[str, dict[str, Any]] = {
    "deep": {"full_transcript": PLAIN, "analytics": DEEP, "grading_status": "complete", "overall_score": 78, "rapport_score": 80,
             "discovery_score": 70, "objection_handling_score": 60, "close_score": 90, "virtual_earnings": 1250.5, "graded_at": AT.format(40)},
    "plain": {"full_transcript": PLAIN, "grading_status": "complete", "overall_score": 50, "rapport_score": 50, "discovery_score": 50,
              "objection_handling_score": 50, "close_score": 50, "graded_at": AT.format(40),
              "analytics": {"feedback": {"strengths": ["Clear"], "improvements": []}}},
    "columns": {"full_transcript": PLAIN, "audio_url": "https://media/1.mp3", "deal_details": {"plan": "gold"}, "user_feedback": {"stars": 4},
                "close_effectiveness_score": 35, "listening_score": 66, "what_worked": ["Tone"], "what_failed": ["Pace"], "grading_status": "completed"},
    "audio": {"full_transcript": [
        {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": "Hi there"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Let me see."}, {"type": "tool_use", "id": "t", "name": "calendar", "input": {}}]},
        {"type": "message", "role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "Look"}]}]},
    "agent and customer": {"full_transcript": [{"speaker": "Agent", "text": "Hello, this is Sam"}, {"speaker": "Customer", "text": "Yes?"}]},
    "sales rep and lead": {"full_transcript": "Sales Rep: Good morning\nLead: Who is it?"},
    "agent and caller": {"full_transcript": [{"role": "Agent", "content": "Hello"}, {"role": "Caller", "content": "Hi"}]},
    "failed": {"full_transcript": [], "grading_status": "failed", "overall_score": 0, "rapport_score": 0},
    "demo": {"user_id": None, "full_transcript": PLAIN},
}  # fmt: skip


@contextmanager
def old_app(postgres: Postgres, copies: int = 1) -> Iterator[Old]:
    """A database with the old app's tables and its rows, `copies` times; `ids` of the first copies by name."""
    name = f"app_{uuid.uuid4().hex}"
    database = Old(hosted_database(postgres, name), OldWorld(PEOPLE, []))
    database.operator.sql(SQL.read_text())
    database.operator.sql("insert into public.users (id) select unnest(%s::uuid[])", PEOPLE)
    for copy in range(copies):
        for number, (what, row) in enumerate(ROWS.items()):
            made = {"agent_name": "Austin", "user_id": PEOPLE[number % 2], "started_at": AT.format(0), "created_at": AT.format(0),
                    "ended_at": AT.format(30), "duration_seconds": 30, **row}  # fmt: skip
            values = {
                key: json.dumps(value) if isinstance(value, dict) or key == "full_transcript" else value
                for key, value in made.items()
            }
            database.ids.setdefault(what, database.insert(**values)) if copy == 0 else database.insert(**values)
    children = """insert into public.session_events (session_id, kind) select id, 'begun' from public.live_sessions;
        insert into public.session_recordings select id, 'recordings/' || id from public.live_sessions where user_id is not null;
        insert into public.manager_notes (session_id, note) select id, 'fine' from public.live_sessions"""
    database.operator.sql(children)
    yield database
    postgres.drop_database(name)
