"""Reads the stored sessions at the end, as the superuser."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg

from prove.chaos.caps import MODEL_GRADES_A_DAY, SESSIONS_A_DAY, Used
from prove.chaos.checker import Stored
from prove.chaos.ledger import Allowance, Ledger
from prove.chaos.outages import Outage, seconds_outside

ROWS = """
    select s.id, s.user_id::text, s.idempotency_key, s.status, s.end_reason, s.transcript, s.graded_at is not null,
           (select count(*) from public.training_grades g where g.session_id = s.id and g.outcome = 'accepted'),
           coalesce((
             select (g.grader, g.feedback_strengths, g.feedback_improvements, g.virtual_earnings)
                  = (s.graded_by, s.feedback_strengths, s.feedback_improvements, s.virtual_earnings)
                and g.scores = jsonb_build_object('rapport', s.rapport_score, 'discovery', s.discovery_score,
                                 'objection_handling', s.objection_handling_score, 'closing', s.closing_score)
               from public.training_grades g
              where g.session_id = s.id and g.outcome = 'accepted' order by g.id desc limit 1), false),
           first.seconds,
           extract(epoch from now() - s.last_activity_at)::float,
           exists (select 1 from training.grading_claims c where c.session_id = s.id),
           (select count(*) from chaos.regraded r where r.session_id = s.id)::integer,
           exists (select 1 from chaos.forgotten f where f.session_id = s.id),
           s.conversation_id,
           (select g.evidence from public.training_grades g
             where g.session_id = s.id and g.outcome = 'accepted' order by g.id desc limit 1),
           coalesce((select v.unplaced from training.voice_sessions v where v.session_id = s.id), 0),
           coalesce((select g.grader = 'model' from public.training_grades g
             where g.session_id = s.id and g.outcome = 'accepted' order by g.id limit 1), false),
           coalesce((select v.recovered_lines from training.voice_sessions v where v.session_id = s.id), 0),
           first.graded_at
      from public.training_sessions s
      left join lateral (
        select g.seconds_to_grade::float as seconds, g.created_at as graded_at from public.training_grades g
         where g.session_id = s.id and g.seconds_to_grade is not null order by g.id limit 1) first on true
"""
FIGURES = """
    select (select count(*) from public.training_sessions where status = 'completed'),
           (select count(*) from public.training_sessions where end_reason = 'abandoned'),
           (select count(*) from public.training_grades where outcome = 'accepted' and grader = 'model'),
           (select count(*) from public.training_grades where outcome = 'accepted' and grader = 'heuristic'),
           (select count(*) from public.training_grades where outcome = 'failed'),
           (select count(*) from public.training_grades where outcome = 'lost'),
           (select coalesce(sum(recovered_lines), 0) || ' / ' || coalesce(sum(unplaced), 0)
              from training.voice_sessions),
           (select count(*) filter (where received_by = 'hook') || ' / ' || count(*) filter (where received_by = 'poll')
              from public.provider_transcripts)
"""
WAITING = """
    select (select count(*) from public.training_sessions s
             where (s.status = 'completed' and s.graded_at is null)
                or exists (select 1 from training.grading_claims c where c.session_id = s.id))
         + (select count(*) from training.voice_conversations where poll_after is not null and conversation_id = any (%s))
         + (select count(*) from training.voice_sessions where try_after is not null)
         + (select count(*) from training.provider_erasures where done_at is null)
"""
UNBOUND = "select conversation_id from public.provider_transcripts where session_id is null"
NO_MORE_WAITS = (
    """
    update public.training_sessions s set last_activity_at = least(last_activity_at, now() - interval '1 minute')
     where status = 'active' and exists (
       select 1 from training.voice_conversations c where c.session_id = s.id and c.poll_after is not null)
    """,
    "update training.voice_conversations set poll_after = now() where poll_after > now()",
    "update training.voice_sessions set try_after = now() where try_after > now() + interval '10 seconds'",
    "update training.provider_erasures set try_after = now() where done_at is null and try_after > now()",
)
PREPARE = """
    create schema chaos;
    create table chaos.regraded (session_id bigint);
    create table chaos.forgotten (session_id bigint);
"""
SETTINGS = """
    insert into training.settings (name, value)
    values ('abandoned_after_minutes', '1'), ('sessions_per_user_per_day', %(sessions)s),
           ('model_grades_per_user_per_day', %(model_grades)s)
    on conflict (name) do update set value = excluded.value
"""
USE = """
    insert into training.usage (user_id, day, sessions_begun, model_grades)
    values (%(user)s, %(day)s, %(sessions)s, %(model_grades)s)
"""
USED = "select user_id::text, day, sessions_begun, model_grades from training.usage"


def stored(url: str, outages: list[Outage]) -> list[Stored]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(ROWS).fetchall()
    return [_with_seconds_held(Stored(*row), graded_at, outages) for *row, graded_at in rows]


def _with_seconds_held(row: Stored, graded_at: datetime, outages: list[Outage]) -> Stored:
    if row.seconds_to_grade is None:
        return row
    ended_at = graded_at - timedelta(seconds=row.seconds_to_grade)
    return replace(row, seconds_held=seconds_outside(ended_at, graded_at, outages))


def waiting(url: str, ledger: Ledger) -> int:
    """Sessions that still need a grader, and work that still waits for the voice provider's record."""
    spoken = [
        practice.conversation_id
        for practice in ledger.practices
        if practice.conversation and practice.conversation.over
    ]
    with psycopg.connect(url) as connection:
        row = connection.execute(WAITING, (spoken,)).fetchone()
    return int(row[0]) if row else 0


def end_waits(url: str) -> None:
    """As if the waits of the voice provider's queues had passed: a poll that failed waits for up to an hour."""
    with psycopg.connect(url) as connection:
        for statement in NO_MORE_WAITS:
            connection.execute(statement)


def unbound(url: str) -> set[str]:
    """Conversations whose record is here without a session."""
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(UNBOUND)}


def figures(url: str, ledger: Ledger, rows: list[Stored]) -> dict[str, Any]:
    """For the report. Seconds from end to grade are shown by the weight of the user as well: all of them, and those
    outside outages on the grade's path."""
    weights = {practice.id: practice.weight for practice in ledger.practices}
    by_weight: dict[str, list[tuple[float, float]]] = {}
    for each in rows:
        if each.seconds_to_grade is not None and each.seconds_held is not None:
            took = (each.seconds_to_grade, each.seconds_held)
            by_weight.setdefault(weights.get(each.id, "light"), []).append(took)
    with psycopg.connect(url) as connection:
        row = connection.execute(FIGURES).fetchone() or ()
        regraded = connection.execute("select count(*) from chaos.regraded").fetchone() or (0,)
        forgotten = connection.execute("select count(*) from chaos.forgotten").fetchone() or (0,)
    completed, abandoned, model, heuristic, failed, lost, recovered, received = row
    fates = Counter(
        practice.conversation.fate
        for practice in ledger.practices
        if practice.conversation and practice.conversation.over
    )
    return {
        "sessions completed": completed,
        "of them abandoned and swept": abandoned,
        "graded by the model": model,
        "graded by the heuristic": heuristic,
        "attempts failed": failed,
        "attempts lost with their grader": lost,
        "graded again by the operator": regraded[0],
        "emptied by retention": forgotten[0],
        "sessions refused by the daily limit": sum(practice.refused for practice in ledger.practices),
        "conversations by voice": fates.total(),
        **{f"  whose browser {fate}": count for fate, count in sorted(fates.items())},
        "provider's records received by hook / poll": received,
        "lines recovered / turns unplaced": recovered,
        "seconds from end to grade, p50 / p95 / longest": "all; those outside outages",
        **{f"  of {weight} users ({len(took)})": _quantiles(took) for weight, took in sorted(by_weight.items())},
    }


def _quantiles(values: list[tuple[float, float]]) -> str:
    return "; ".join(_three(sorted(each)) for each in zip(*values, strict=True))


def _three(ordered: list[float]) -> str:
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95, 1.0)]
    return " / ".join(f"{each:.1f}" for each in at)


def used(url: str) -> list[Used]:
    with psycopg.connect(url) as connection:
        return [Used(*row) for row in connection.execute(USED)]


def prepare(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(PREPARE)
        connection.execute(SETTINGS, {"sessions": str(SESSIONS_A_DAY), "model_grades": str(MODEL_GRADES_A_DAY)})


def leave(url: str, user_id: str, allowance: Allowance) -> None:
    """As if the user had used all but the allowance on its day."""
    sessions, model_grades = SESSIONS_A_DAY - allowance.sessions, MODEL_GRADES_A_DAY - allowance.model_grades
    values = {"user": user_id, "day": allowance.day, "sessions": sessions, "model_grades": model_grades}
    with psycopg.connect(url) as connection:
        connection.execute(USE, values)
