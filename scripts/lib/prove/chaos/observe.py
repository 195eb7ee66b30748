"""Reads the stored sessions at the end, as the superuser."""

from __future__ import annotations

from typing import Any

import psycopg

from prove.chaos.checker import Stored
from prove.chaos.ledger import Ledger

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
           (select g.seconds_to_grade::float from public.training_grades g
             where g.session_id = s.id and g.seconds_to_grade is not null order by g.id limit 1),
           extract(epoch from now() - s.last_activity_at)::float,
           exists (select 1 from training.grading_claims c where c.session_id = s.id),
           (select count(*) from chaos.regraded r where r.session_id = s.id)::integer,
           exists (select 1 from chaos.forgotten f where f.session_id = s.id),
           s.conversation_id,
           (select g.evidence from public.training_grades g
             where g.session_id = s.id and g.outcome = 'accepted' order by g.id desc limit 1)
      from public.training_sessions s
"""
SECONDS = """
    select g.session_id, g.seconds_to_grade::float from public.training_grades g where g.seconds_to_grade is not null
"""
FIGURES = """
    select (select count(*) from public.training_sessions where status = 'completed'),
           (select count(*) from public.training_sessions where end_reason = 'abandoned'),
           (select count(*) from public.training_grades where outcome = 'accepted' and grader = 'model'),
           (select count(*) from public.training_grades where outcome = 'accepted' and grader = 'heuristic'),
           (select count(*) from public.training_grades where outcome = 'failed'),
           (select count(*) from public.training_grades where outcome = 'lost'),
           (select percentile_cont(array[0.5, 0.95, 1.0]) within group (order by seconds_to_grade)
              from public.training_grades where seconds_to_grade is not null)
"""
WAITING = """
    select count(*) from public.training_sessions s
     where (s.status = 'completed' and s.graded_at is null)
        or exists (select 1 from training.grading_claims c where c.session_id = s.id)
"""
PREPARE = """
    create schema chaos;
    create table chaos.regraded (session_id bigint);
    create table chaos.forgotten (session_id bigint);
"""
ABANDONED_AFTER_A_MINUTE = """
    insert into training.settings (name, value) values ('abandoned_after_minutes', '1'), ('sessions_per_user_per_day', '99999')
    on conflict (name) do update set value = excluded.value
"""


def stored(url: str) -> list[Stored]:
    with psycopg.connect(url) as connection:
        return [Stored(*row) for row in connection.execute(ROWS)]


def waiting(url: str) -> int:
    """Sessions that still need a grader."""
    with psycopg.connect(url) as connection:
        row = connection.execute(WAITING).fetchone()
    return int(row[0]) if row else 0


def figures(url: str, ledger: Ledger) -> dict[str, Any]:
    """For the report. Seconds from end to grade are shown by the weight of the user as well."""
    weights = {practice.id: practice.weight for practice in ledger.practices}
    by_weight: dict[str, list[float]] = {}
    with psycopg.connect(url) as connection:
        row = connection.execute(FIGURES).fetchone() or ()
        for session_id, took in connection.execute(SECONDS):
            by_weight.setdefault(weights.get(session_id, "light"), []).append(took)
        regraded = connection.execute("select count(*) from chaos.regraded").fetchone() or (0,)
        forgotten = connection.execute("select count(*) from chaos.forgotten").fetchone() or (0,)
    completed, abandoned, model, heuristic, failed, lost, seconds = row
    return {
        "sessions completed": completed,
        "of them abandoned and swept": abandoned,
        "graded by the model": model,
        "graded by the heuristic": heuristic,
        "attempts failed": failed,
        "attempts lost with their grader": lost,
        "graded again by the operator": regraded[0],
        "emptied by retention": forgotten[0],
        "seconds from end to grade, p50 / p95 / longest": " / ".join(f"{each:.1f}" for each in seconds or []),
        **{f"  of {weight} users ({len(took)})": _quantiles(took) for weight, took in sorted(by_weight.items())},
    }


def _quantiles(values: list[float]) -> str:
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95, 1.0)]
    return " / ".join(f"{each:.1f}" for each in at)


def prepare(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(PREPARE)
        connection.execute(ABANDONED_AFTER_A_MINUTE)
