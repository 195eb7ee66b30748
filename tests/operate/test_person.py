"""What belongs to a person can be exported and erased by the commands of docs/OPERATIONS.md."""

import json
from collections.abc import Callable
from pathlib import Path

from support import Database, transcript_lines


def practised(database: Database, agent_name: str) -> str:
    """A person with a graded session; who they are."""
    with database.rep() as rep, database.grader() as grader:
        session_id = rep.rpc("create_training_session", agent_name=agent_name)["id"]
        rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        [claim] = grader.rpc("claim_training_sessions", session_id=session_id, max_count=1)
        scores = dict.fromkeys(("rapport", "discovery", "objection_handling", "closing"), 50)
        attempt = {"grader": "heuristic", "rubric_version": "1", "outcome": "accepted", "scores": scores}
        grader.rpc("save_training_grade", session_id=session_id, claim_id=claim["claim_id"], attempts=[attempt])
        return str(rep.user_id)


def test_the_export_holds_all_of_one_person_and_nothing_of_another(
    database: Database, documented: Callable[..., Path]
) -> None:
    person, _ = practised(database, "theirs"), practised(database, "another's")
    folder = documented("export.json", DATABASE_URL=database.url, USER_ID=person)
    exported = json.loads((folder / "export.json").read_text())
    assert exported["person"]["id"] == person
    [session], [grade] = exported["sessions"], exported["grades"]
    assert [row["sessions_begun"] for row in exported["usage"]] == [1]
    assert (session["agent_name"], len(session["transcript"]), grade["scores"]["rapport"]) == ("theirs", 6, 50)


def test_erasing_a_person_leaves_nothing_of_them(database: Database, documented: Callable[..., Path]) -> None:
    person, another = practised(database, "theirs"), practised(database, "another's")
    for user_id in (person, another):
        database.sql("insert into training.rollout_users (user_id, system) values (%s, 'training_sessions')", user_id)
    documented("delete from public.users", DATABASE_URL=database.url, USER_ID=person)
    today = "select user_id::text, sessions_begun from training.usage order by user_id = %s desc"
    assert database.sql(today, person) == [(person, 1), (another, 1)], "what they used today still counts today"
    database.sql("update training.usage set day = day - 1")
    database.sql("select training.forget_usage()")
    left = database.sql(
        "select concat_ws(' ', schemaname, tablename) from pg_tables where schemaname in ('public', 'training')"
    )
    rows = [database.sql(f"select t::text from {table.replace(' ', '.')} t") for table in left]
    assert person not in str(rows)
    assert str(rows).count(another) == 5, "their row, session, use and standing, and their place in the rollout"
    assert database.sql("select count(*) from public.training_grades") == [1]
