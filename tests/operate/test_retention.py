"""Old words are deleted when the operator says so, and only then; a person's data can be exported and erased whole."""

import json
from typing import Any

import psycopg
import pytest

from support import Database, transcript_lines


def graded_session(database: Database) -> tuple[int, str]:
    """A graded session that quotes its transcript, and its owner."""
    with database.rep() as rep, database.grader() as grader:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        [claim] = grader.rpc("claim_training_sessions", session_id=session_id, max_count=1)
        quote = {"sequence": 1, "quote": "how long have you been seeing ants"}
        attempt = {
            "grader": "model", "rubric_version": "1", "outcome": "accepted", "virtual_earnings": 50,
            "scores": {"rapport": 50, "discovery": 60, "objection_handling": 70, "closing": 80},
            "evidence": {"discovery": {"reason": "Asked about the ants.", "quotes": [quote]}},
            "remarks": [{"sequence": 1, "category": "discovery", "what": "Asked about the ants.", "why": "They matter.", "say_instead": None}],
            "feedback_strengths": ["You asked about the ants."], "feedback_improvements": ["Ask for the ants' names."],
        }  # fmt: skip
        saved = grader.rpc("save_training_grade", session_id=session_id, claim_id=claim["claim_id"], attempts=[attempt])
        assert saved["saved"]
        return session_id, rep.user_id


def everything(database: Database) -> str:
    tables = ("public.training_sessions", "public.training_grades", "public.users", "training.grading_claims")
    return json.dumps({table: database.sql(f"select to_jsonb(t) from {table} t") for table in tables})


def forget(database: Database, days: int, ended_days_ago: int) -> int:
    database.sql("insert into training.settings (name, value) values ('transcripts_kept_days', %s)", str(days))
    database.sql(
        "update public.training_sessions set started_at = now() - interval '1 year', ended_at = now() - make_interval(days => %s)",
        ended_days_ago,
    )
    [count] = database.sql("select training.forget_transcripts()")
    return int(count)


def test_nothing_is_forgotten_unless_it_is_asked_for(database: Database) -> None:
    graded_session(database)
    database.sql("update public.training_sessions set started_at = '2000-01-01', ended_at = '2000-01-01'")
    before = everything(database)
    assert database.sql("select training.forget_transcripts()") == [0]
    assert everything(database) == before


def test_old_words_go_and_scores_stay(database: Database) -> None:
    session_id, user_id = graded_session(database)
    assert forget(database, days=90, ended_days_ago=91) == 1
    assert "ants" not in everything(database)
    with database.rep(user_id) as rep:
        session: dict[str, Any] = rep.rpc("get_training_session", session_id=session_id)
    assert session["transcript"] == []
    assert (session["overall_score"], session["virtual_earnings"]) == (65, 50)
    assert session["grading"]["state"] == "graded"
    assert session["grading"]["notes"] == ["The words of this session were deleted after 90 days."]
    assert database.sql("select training.forget_transcripts()") == [0], "once is enough"


def test_younger_words_and_those_that_wait_for_a_grade_stay(database: Database) -> None:
    graded_session(database)
    with database.rep() as rep:
        waiting = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("complete_training_session", session_id=waiting, lines=transcript_lines())
    assert forget(database, days=90, ended_days_ago=89) == 0
    database.sql("update public.training_sessions set ended_at = now() - interval '91 days'")
    assert database.sql("select training.forget_transcripts()") == [1]
    assert len(database.transcript(waiting)) == 6


@pytest.mark.parametrize("days", ["0", "-1", "ninety"])
def test_an_invalid_number_of_days_deletes_nothing(database: Database, days: str) -> None:
    graded_session(database)
    database.sql("update public.training_sessions set started_at = '2000-01-01', ended_at = '2000-01-01'")
    database.sql("alter table training.settings drop constraint numbers_are_whole_and_from_1_to_99999")
    database.sql("insert into training.settings values ('transcripts_kept_days', %s)", days)
    assert database.sql("select training.forget_transcripts()") == [0]
    assert "ants" in everything(database)


def test_feedback_without_a_transcript_goes_too(database: Database) -> None:
    graded_session(database)
    database.sql("update public.training_sessions set transcript = '[]'")
    assert forget(database, days=90, ended_days_ago=91) == 1
    assert "ants" not in everything(database)


def test_a_run_reads_no_session_that_was_emptied_before(database: Database) -> None:
    """Its search among 20,000 sessions without words: a few index entries and no sequential scan."""
    graded_session(database)
    database.sql(
        """insert into public.training_sessions (user_id, agent_name, started_at, ended_at, created_at, last_activity_at, status, end_reason, graded_at, graded_by, rubric_version)
           select user_id, 'Austin', '2020-01-01', '2020-01-01', now(), now(), 'completed', 'ended', now(), 'heuristic', '1'
             from public.training_sessions, generate_series(1, 20000)"""
    )
    database.sql(
        "update public.training_sessions set started_at = '2020-01-01', ended_at = '2020-01-01' where has_words"
    )
    database.sql("insert into training.settings values ('transcripts_kept_days', '90')")
    database.sql("analyze public.training_sessions")
    plans: list[str] = []
    with psycopg.connect(database.admin.url, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
        connection.execute("load 'auto_explain'")
        connection.execute(
            "set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set client_min_messages = log"
        )
        assert connection.execute("select training.forget_transcripts()").fetchone() == (1,)
    [search] = [plan for plan in plans if "for update skip locked" in plan]
    assert "Index Scan using training_sessions_words" in search
    assert "Seq Scan on training_sessions" not in "".join(plans)


def test_an_emptied_session_is_not_graded_again(database: Database) -> None:
    session_id, _ = graded_session(database)
    forget(database, days=90, ended_days_ago=91)
    with database.grader() as grader:
        query = "select public.regrade_training_sessions(%(ids)s::bigint[], dry_run => false)"
        answer = grader.call(query, {"ids": [session_id]})
    assert answer["sessions"] == 0


@pytest.mark.parametrize(
    "change",
    [
        "virtual_earnings = 99",
        "scores = '{}'",
        "outcome = 'failed'",
        "notes = '{}', evidence = null",
        "evidence = null, remarks = '[{}]'",
    ],
)
def test_the_history_still_cannot_be_rewritten(database: Database, change: str) -> None:
    graded_session(database)
    database.sql(
        "insert into public.training_grades (session_id, claim_number, outcome, grader, notes, created_at) "
        "select session_id, 9, 'failed', 'none', '{a note}', now() from public.training_grades limit 1"
    )
    with pytest.raises(psycopg.errors.RestrictViolation):
        database.sql(f"update public.training_grades set {change}")


def test_erasing_a_person_leaves_nothing_of_them(database: Database) -> None:
    _, user_id = graded_session(database)
    _, other_id = graded_session(database)
    database.sql("delete from public.users where id = %s", user_id)
    left = everything(database)
    assert user_id not in left
    assert other_id in left
    assert database.sql("select count(*) from public.training_grades") == [1]
