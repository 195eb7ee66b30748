"""A generated old database: `live_sessions` as it was found in the field, with every oddity, the same for the same seed.

`python tests/migration/old_world.py URL COUNT [SEED]` makes one by hand (the database must not have the tables yet).
"""

import json
import random
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

START = datetime(2025, 3, 1, 8, tzinfo=UTC)
COLUMNS = (
    "id", "user_id", "agent_name", "agent_id", "started_at", "ended_at", "created_at", "duration_seconds", "full_transcript",
    "overall_score", "rapport_score", "discovery_score", "objection_handling_score", "close_score", "virtual_earnings",
    "analytics", "sale_closed", "grading_status", "graded_at", "end_reason", "elevenlabs_conversation_id",
)  # fmt: skip
TABLE = """
create table public.live_sessions (
  id uuid primary key default gen_random_uuid(), user_id uuid, agent_name text, agent_id text, started_at timestamptz,
  ended_at timestamptz, created_at timestamptz default now(), duration_seconds integer, full_transcript jsonb default '[]',
  overall_score numeric, rapport_score numeric, discovery_score numeric, objection_handling_score numeric, close_score numeric,
  virtual_earnings numeric(10,2) default 0, analytics jsonb, sale_closed boolean, grading_status text default 'pending',
  graded_at timestamptz, end_reason text, elevenlabs_conversation_id text
);
alter table public.live_sessions enable row level security;
create policy own on public.live_sessions to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
grant select, insert, update, delete on public.live_sessions to authenticated, service_role;
"""
REP = ("Hi there, how are you today?", "How long have you been seeing ants?", "Do you have any pets at home?", "I understand, most people say that.",
       "The first visit is half price.", "Shall we do Tuesday or Thursday?", "Does the morning suit you?", "Thank you for your time.")  # fmt: skip
HOMEOWNER = ("Who is this?", "A couple of weeks now.", "Two dogs.", "It sounds too expensive to me.", "My neighbour paid less.",
             "Thursday works for me.", "I am not sure I need it.", "Okay.")  # fmt: skip
SHAPES = (
    "plain", "rep and homeowner", "message and role", "epoch seconds", "epoch milliseconds", "from 1970", "clock", "no times",
    "json string", "null", "object", "unknown object", "empty texts", "dispatched twice", "unknown speakers", "long text", "none",
)  # fmt: skip


@dataclass(frozen=True)
class OldWorld:
    """`people` have a profile; `strangers` do not, and their rows have no owner."""

    people: list[str]
    strangers: list[str]


def transcript(chance: random.Random, began: datetime) -> list[dict[str, Any]]:
    """A plain transcript of 2 to 30 lines, rep first, some words said more than once."""
    lines = []
    for n in range(chance.randint(2, 30)):
        words = chance.choice(HOMEOWNER if n % 2 else REP)
        if chance.random() < 0.9:
            words = (
                f"{words} {'And' if n % 2 else 'So'} {chance.randint(1, 10_000)} it is, as far as I can tell from here."
            )
        lines.append(
            {
                "speaker": "agent" if n % 2 else "user",
                "text": words,
                "timestamp": stamp(began + timedelta(seconds=4 * n)),
            }
        )
    return lines


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def shaped(shape: str, lines: list[dict[str, Any]], began: datetime, chance: random.Random) -> Any:
    """The same transcript in one of the shapes of the field."""
    match shape:
        case "rep and homeowner":
            rep, homeowner = chance.choice(
                (("rep", "austin"), ("salesrep", "customer"), ("user", "homeowner"), ("Rep", "ai"))
            )
            return [{**line, "speaker": rep if line["speaker"] == "user" else homeowner} for line in lines]
        case "message and role":
            return [
                {
                    "role": "assistant" if line["speaker"] == "agent" else "user",
                    "message": line["text"],
                    "time": line["timestamp"],
                }
                for line in lines
            ]
        case "epoch seconds":
            return [{**line, "timestamp": int(began.timestamp()) + 4 * n} for n, line in enumerate(lines)]
        case "epoch milliseconds":
            return [{**line, "timestamp": int(began.timestamp() * 1000) + 4000 * n} for n, line in enumerate(lines)]
        case "from 1970":
            return [
                {**line, "timestamp": f"1970-01-01T00:{n // 15:02}:{4 * n % 60:02}.000Z"}
                for n, line in enumerate(lines)
            ]
        case "clock":
            return [{**line, "timestamp": f"{n // 15}:{4 * n % 60:02}"} for n, line in enumerate(lines)]
        case "no times":
            return [{"type": line["speaker"], "content": line["text"]} for line in lines]
        case "json string":
            return json.dumps(lines)
        case "null":
            return None
        case "object":
            return {"messages": lines}
        case "unknown object":
            return {"error": "transcription failed", "code": 7}
        case "empty texts":
            return [{**line, "text": " " if n % 5 == 3 else line["text"]} for n, line in enumerate(lines)]
        case "dispatched twice":
            at = chance.randrange(len(lines))
            return [*lines[: at + 1], *lines[at:]]
        case "unknown speakers":
            return [*lines, {"speaker": "narrator", "text": "The door closes."}]
        case "long text":
            return [*lines, {**lines[-1], "text": "and on and on " * 400}]
        case "none":
            return []
    return lines


def row(chance: random.Random, number: int, world: OldWorld, odd: float) -> dict[str, Any]:
    """One old row; with probability `odd` its transcript and some of its columns are not as they should be."""
    created = START + timedelta(seconds=number * 97)
    shape = chance.choice(SHAPES) if chance.random() < odd else "plain"
    lines = transcript(chance, created)
    seconds = 4 * len(lines)
    graded = chance.random() < 0.8
    score = [chance.randint(20, 95) if graded else None for _ in range(5)]
    old: dict[str, Any] = {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "user_id": chance.choice(world.people),
        "agent_name": chance.choice(("Austin", "Brenda", "Carl")),
        "agent_id": f"agent_{chance.randint(1, 9)}",
        "started_at": created,
        "ended_at": created + timedelta(seconds=seconds),
        "created_at": created,
        "duration_seconds": seconds,
        "full_transcript": shaped(shape, lines, created, chance),
        "rapport_score": score[0], "discovery_score": score[1], "objection_handling_score": score[2], "close_score": score[3],
        "overall_score": score[4],
        "virtual_earnings": chance.choice((0, 50, 120.5)),
        "analytics": {"feedback": {"strengths": ["Opened warmly"], "improvements": ["Ask for the visit"]}, "other": 1} if graded else None,
        "sale_closed": chance.random() < 0.3,
        "grading_status": chance.choice(("complete", "completed")) if graded else chance.choice(("pending", "failed", "processing")),
        "graded_at": created + timedelta(seconds=seconds + 20) if graded else None,
        "end_reason": chance.choice(("user_ended", "ended", "timeout", None)),
        "elevenlabs_conversation_id": f"conv_{number}" if chance.random() < 0.5 else None,
    }  # fmt: skip
    if chance.random() < odd:
        spoil(old, chance, world)
    return old


def spoil(old: dict[str, Any], chance: random.Random, world: OldWorld) -> None:
    """One thing wrong with the columns."""
    century = timedelta(days=36500)
    old.update(
        chance.choice(
            (
                {"user_id": None},
                {"user_id": chance.choice(world.strangers)},
                {"started_at": None},
                {"started_at": None, "ended_at": None, "duration_seconds": None},
                {"created_at": None},
                {"started_at": old["ended_at"], "ended_at": old["started_at"]},
                {"ended_at": START + century},
                {"started_at": START + century, "created_at": START + century},
                {"rapport_score": 140, "close_score": -5},
                {"discovery_score": 72.5, "overall_score": 71.25},
                {"rapport_score": None},
                {"rapport_score": None, "discovery_score": None, "objection_handling_score": None, "close_score": None},
                {"rapport_score": 0, "discovery_score": 0, "objection_handling_score": 0, "close_score": 0, "overall_score": 0, "grading_status": "failed"},
                {"agent_name": None},
                {"agent_name": "\ufeff\u00a0Austin\t\n"},
                {"agent_name": "A" * 300},
                {"virtual_earnings": -20},
                {"duration_seconds": 90_000_000},
                {"elevenlabs_conversation_id": "conv_shared"},
                {"analytics": json.dumps({"feedback": {"strengths": "Just one", "improvements": [{"text": "Listen"}]}})},
            )
        )
    )  # fmt: skip


def rows(seed: int, count: int, world: OldWorld, odd: float = 0.3) -> Iterator[dict[str, Any]]:
    chance = random.Random(seed)
    for number in range(count):
        yield row(chance, number, world, odd)


def create(url: str, count: int, seed: int = 4, odd: float = 0.3, table: str = TABLE) -> OldWorld:
    """The table with `count` rows, in an arbitrary order, and the profiles of those who have one."""
    chance = random.Random(seed)
    world = OldWorld(
        *([str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(n)] for n in (max(5, count // 200), 3))
    )
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(table.encode())
        cursor.execute("insert into public.users (id) select unnest(%s::uuid[])", (world.people,))
        with cursor.copy(f"copy public.live_sessions ({', '.join(COLUMNS)}) from stdin") as copy:
            for old in rows(seed, count, world, odd):
                copy.write_row(
                    [Jsonb(old[name]) if name in ("full_transcript", "analytics") else old[name] for name in COLUMNS]
                )
    return world


if __name__ == "__main__":
    create(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 4)
