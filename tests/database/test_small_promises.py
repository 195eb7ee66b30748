"""Promises of single statements that a change could break without a sound."""

import pytest
from grading_calls import attempt, claim, end_sessions, move_clock, save
from psycopg import errors

from support import Database, Refused, line, transcript_lines


def get(database: Database, session_id: int, etag: str = "") -> tuple[dict[str, object] | None, str]:
    """The owner's session and its ETag."""
    [user_id] = database.sql("select user_id::text from public.training_sessions where id = %s", session_id)
    with database.rep(user_id) as rep, rep.connection.transaction():
        headers = f'{{"if-none-match": {etag}}}' if etag else ""
        rep.connection.execute("select set_config('request.headers', %s, true)", (headers,))
        session = rep.rpc("get_training_session", session_id=session_id)
        [headers] = rep.rows("select current_setting('response.headers')::json -> 0 ->> 'ETag'")
    return session, headers


def test_the_evidence_of_a_grade_that_is_not_used_is_not_shown(database: Database) -> None:
    [session_id] = end_sessions(database)
    with database.grader() as grader:
        by_model = {"closing": {"reason": "by the model", "quotes": []}}
        save(grader, claim(grader)[0], attempt("model", evidence=by_model, notes=["the model's"]))
        grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
        other = {"closing": {"reason": "by the heuristic", "quotes": []}}
        save(grader, claim(grader)[0], attempt("heuristic", evidence=other, notes=["the heuristic's"]))
    session, _ = get(database, session_id)
    assert session is not None
    assert session["evidence"] == by_model
    assert session["grading"]["notes"] == ["the model's"]  # type: ignore[index]
    assert session["graded_by"] == "model"


def test_a_key_belongs_to_its_user_alone(database: Database) -> None:
    with database.rep() as first, database.rep() as second:
        theirs = first.rpc("create_training_session", agent_name="Austin", idempotency_key="k")["id"]
        for _ in range(2):
            mine = second.rpc("create_training_session", agent_name="Austin", idempotency_key="k")["id"]
            assert mine != theirs
        assert second.rows("select id from public.training_sessions") == [mine]


def test_a_conversation_is_not_bound_after_the_end(database: Database) -> None:
    [session_id] = end_sessions(database)
    [user_id] = database.sql("select user_id::text from public.training_sessions")
    with database.rep(user_id) as rep, pytest.raises(Refused) as refused:
        rep.rpc("bind_training_conversation", session_id=session_id, conversation_id="late")
    assert (refused.value.status, refused.value.code) == (409, "session_not_active")
    assert database.sql("select conversation_id from public.training_sessions") == [None]


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        ("40001", errors.SerializationFailure),
        ("40P01", errors.DeadlockDetected),
        ("53300", errors.TooManyConnections),
        ("55P03", errors.LockNotAvailable),
        ("57014", errors.QueryCanceled),
    ],
)
def test_a_passing_failure_of_the_database_is_not_called_a_missing_profile(
    database: Database, sqlstate: str, error: type[Exception]
) -> None:
    database.sql(
        f"""create function public.trouble() returns trigger language plpgsql as
              $$ begin raise exception 'trouble' using errcode = '{sqlstate}'; end $$;
            create trigger trouble before insert on public.users for each row execute function public.trouble()"""
    )
    with database.rep() as rep, pytest.raises(error):
        rep.rpc("create_training_session", agent_name="Austin")


def test_a_correction_keeps_the_time_at_which_the_line_was_spoken(database: Database) -> None:
    first, later = "2026-01-01T12:00:00.000Z", "2026-01-01T12:00:09.000Z"
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "Come in and", "agent", timestamp=first)])
        corrected = line(1, "Come in", "agent", timestamp=later, correction=True)
        rep.rpc("append_transcript", session_id=session_id, lines=[corrected])
    [stored] = database.transcript(session_id)
    assert (stored["text"], stored["timestamp"]) == ("Come in", first)


def test_another_users_session_cannot_be_the_edge_of_a_page(database: Database) -> None:
    with database.rep() as rep, database.rep() as other:
        rep.connection.execute("set training.now = '2026-01-01T12:00:00Z'")
        other.connection.execute("set training.now = '2026-01-01T11:00:00Z'")
        mine = [rep.rpc("create_training_session", agent_name="Austin")["id"] for _ in range(2)]
        theirs = other.rpc("create_training_session", agent_name="Austin")["id"]
        page = rep.rpc("list_training_sessions", before=theirs)
    assert [each["id"] for each in page["sessions"]] == mine[::-1], (
        "as after the caller's own sessions with smaller ids"
    )


def test_a_lease_changes_the_etag_and_its_end_changes_it_back(database: Database) -> None:
    [session_id] = end_sessions(database)
    waiting, first = get(database, session_id)
    with database.grader() as grader:
        claim(grader)
        in_progress, second = get(database, session_id)
        assert waiting is not None
        assert in_progress is not None
        states = [each["grading"]["state"] for each in (waiting, in_progress)]  # type: ignore[index]
        assert (states, first != second) == (["waiting", "in_progress"], True)
    database.sql("update training.grading_claims set lease_until = now() - interval '1 second'")
    again, third = get(database, session_id)
    assert again is not None
    assert (again["grading"]["state"], third) == ("waiting", first)  # type: ignore[index]


def test_a_note_stays_first_when_one_is_added_and_none_can_be_taken_out(database: Database) -> None:
    end_sessions(database)
    with database.grader() as grader:
        save(grader, claim(grader)[0], attempt(notes=["one", "two"]))
    clear = "evidence = null, remarks = '[]', feedback_strengths = '{}', feedback_improvements = '{}'"
    database.sql(f"update public.training_grades set {clear}, notes = notes || 'three'::text")
    assert database.sql("select notes from public.training_grades") == [["one", "two", "three"]]
    for notes in ("{}", "{one,two}", "{three,two,one}", "{one,two,other}"):
        with pytest.raises(errors.RestrictViolation):
            database.sql(f"update public.training_grades set {clear}, notes = %s", notes)


def test_a_session_that_is_inserted_completed_wakes_the_grader(database: Database) -> None:
    with database.rep() as rep:
        rep.rpc("create_training_session", agent_name="Austin")
    with database.role("service_role") as listener:
        listener.connection.execute("listen training_session_completed")
        [session_id] = database.sql(
            """insert into public.training_sessions (user_id, agent_name, started_at, ended_at, created_at,
                      last_activity_at, status, end_reason)
               select id, 'Austin', now(), now(), now(), now(), 'completed', 'ended' from public.users returning id"""
        )
        [heard] = listener.connection.notifies(timeout=5, stop_after=1)
    assert heard.payload == str(session_id)


def test_another_users_grades_are_not_read(database: Database) -> None:
    end_sessions(database)
    [owner] = database.sql("select user_id::text from public.training_sessions")
    with database.grader() as grader:
        save(grader, claim(grader)[0])
    with database.rep(owner) as rep, database.rep() as other:
        grades = "select outcome from public.training_grades"
        assert (rep.rows(grades), other.rows(grades)) == (["accepted"], [])


def test_a_save_after_the_lease_of_another_changes_nothing_of_theirs(database: Database) -> None:
    end_sessions(database)
    with database.grader() as late, database.grader() as holder:
        [lost] = claim(late, lease_seconds=60)
        move_clock(holder, mins=2)
        [held] = claim(holder)
        assert save(late, lost) == {"saved": False, "reason": "late"}
        assert save(holder, held)["saved"] is True


def test_a_sweep_and_an_end_of_one_session_do_not_both_count(database: Database) -> None:
    with database.rep() as rep, database.grader() as grader:
        rep.connection.execute("set training.now = '2026-01-01T12:00:00Z'")
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        assert grader.rpc("sweep_training_sessions") == {"completed": 0, "failed": 0}
