"""A true-to-life old app through the whole migration: nothing it held is lost, and what will break is named before it does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from old_app import DEEP, PEOPLE, PLAIN, old_app
from operating import OPERATOR, Old
from test_finish import refused

from run.local.postgres import Postgres
from support import Refused, transcript_lines


@pytest.fixture
def app(postgres: Postgres) -> Iterator[Old]:
    """As it was found."""
    with old_app(postgres) as database:
        yield database


@pytest.fixture
def moving(app: Old) -> Old:
    """Prepared and converted."""
    app.migrate("prepare")
    app.migrate("backfill")
    return app


def shown(database: Old, what: str) -> dict[str, Any]:
    """The session of a row as get_training_session answers its owner."""
    session = database.session(database.ids[what])
    with database.rep(session["user_id"]) as owner:
        found: dict[str, Any] = owner.rpc("get_training_session", session_id=session["id"])
    return found


def said(session: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["speaker"], line["text"]) for line in session["transcript"]]


def grade(database: Old, session_id: int, score: int = 10) -> None:
    with database.grader() as grader:
        claims = grader.rpc("claim_training_sessions", max_count=100)
        [claim] = [each for each in claims if each["session_id"] == session_id]
        scores = dict.fromkeys(("rapport", "discovery", "objection_handling", "closing"), score)
        attempt = {"outcome": "accepted", "grader": "model", "rubric_version": "1", "scores": scores}
        grader.rpc("save_training_grade", session_id=session_id, claim_id=claim["claim_id"], attempts=[attempt])


def test_prepare_and_status_name_all_that_is_not_carried_over_with_counts(
    app: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["prepare", "--dry-run"], ["status"], ["prepare"], ["status"]):
        app.migrate(*command)
        told = "".join(capsys.readouterr())
        for name in ("audio_url", "deal_details", "user_feedback", "analytics.deep_analysis", "analytics.feedback.specific_tips", "analytics.line_ratings"):  # fmt: skip
            assert f"{name} (1 row)" in told, (command, name)


def test_the_original_of_what_is_not_carried_is_shown_and_outlives_the_drop(moving: Old) -> None:
    assert shown(moving, "deep")["legacy"]["analytics"] == DEEP
    kept = shown(moving, "columns")["legacy"]
    assert {name: kept[name] for name in ("audio_url", "deal_details", "user_feedback", "listening_score")} == {
        "audio_url": "https://media/1.mp3", "deal_details": {"plan": "gold"}, "user_feedback": {"stars": 4}, "listening_score": 66,
    }  # fmt: skip
    assert "analytics" not in (shown(moving, "plain")["legacy"] or {})
    moving.migrate("verify")
    moving.migrate("children")
    moving.migrate("rollout", "100")
    moving.migrate("finish", "--i-am-sure")
    moving.operator.sql('drop view public.leaderboard; drop policy "Events of own sessions" on public.session_events')
    moving.migrate("finish", "--drop", "--i-am-sure")
    assert shown(moving, "deep")["legacy"]["analytics"] == DEEP


def test_a_change_of_a_kept_column_reaches_the_session_under_a_new_etag(moving: Old) -> None:
    session = moving.session(moving.ids["columns"])
    version = "select xmin::text from public.training_sessions where id = %s"
    before = moving.sql(version, session["id"])
    moving.sql("update public.live_sessions set audio_url = 'https://media/2.mp3' where id = %s", moving.ids["columns"])
    assert shown(moving, "columns")["legacy"]["audio_url"] == "https://media/2.mp3"
    assert moving.sql(version, session["id"]) != before
    with moving.rep(session["user_id"]) as owner:
        owner.rpc("delete_training_session", session_id=session["id"])
    assert moving.sql("select 1 from training.legacy_originals where session_id = %s", session["id"]) == []


@pytest.mark.parametrize("damage", ["columns - 'audio_url'", 'columns || \'{"audio_url": "other"}\''])
def test_verify_compares_the_originals(moving: Old, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    moving.sql(f"update training.legacy_originals set columns = {damage} where columns ? 'audio_url'")
    moving.migrate("verify", status=1)
    told = capsys.readouterr().out
    assert "audio_url is not kept" in told or "the kept original" in told


def test_a_grade_that_the_old_tables_trigger_replaces_is_told_and_listed(
    app: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    app.migrate("prepare")
    assert "changed by the old table: overall_score, rapport_score, virtual_earnings" in capsys.readouterr().err
    app.sql("update public.live_sessions set overall_score = null, rapport_score = null, discovery_score = null, objection_handling_score = null, close_score = null, graded_at = null, analytics = '{}' where id = %s", app.ids["deep"])  # fmt: skip
    app.migrate("backfill", "--grade")
    app.sql("alter table public.live_sessions disable trigger training_migration_update")
    app.sql("update public.live_sessions set analytics = %s where id = %s", json.dumps(DEEP), app.ids["deep"])
    app.sql("alter table public.live_sessions enable trigger training_migration_update")
    session_id = app.session(app.ids["deep"])["id"]
    grade(app, session_id)
    [problem] = app.sql("select problem from training_migration.pending_out where session_id = %s", session_id)
    assert problem == "changed by the old table: overall_score, rapport_score, virtual_earnings"
    app.sql("delete from training_migration.pending_out")
    capsys.readouterr()
    app.migrate("verify", status=1)
    assert "mirrored back: rapport_score" in capsys.readouterr().out


def test_what_breaks_is_listed_with_what_to_do(moving: Old, capsys: pytest.CaptureFixture[str]) -> None:
    moving.migrate("status")
    told = capsys.readouterr().out
    for name in (
        "function user_stats(uuid)", "view leaderboard", "policy Events of own sessions", "trigger copy_scores", "trigger add_earnings (add_earnings): It writes to users",
        "on table session_events", "on table session_recordings", "on table manager_notes", "publication old_realtime", "grant of delete, insert, select",
    ):  # fmt: skip
        assert name in told, name
    assert "function training" not in told


def test_child_tables_get_a_key_to_the_sessions_and_their_old_one_back(moving: Old) -> None:
    keys = """select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
               where contype = 'f' and conrelid in ('session_events'::regclass, 'session_recordings'::regclass, 'manager_notes'::regclass) order by 1"""
    columns = "select table_name, column_name, is_nullable from information_schema.columns where table_name in ('session_events', 'session_recordings', 'manager_notes') order by 1, 2"
    before = moving.sql(keys), moving.sql(columns)
    for _ in range(2):
        moving.migrate("children")
    assert all("REFERENCES training_sessions(id) ON DELETE" in definition for _, definition in moving.sql(keys))
    wrong = """select count(*) from public.session_events e left join public.training_sessions t on t.id = e.training_session_id
                where t.legacy_id is distinct from e.session_id and e.session_id <> %s"""
    assert moving.sql(wrong, moving.ids["demo"]) == [0]
    # Both apps go on writing; each finds its own column filled, and an erasure takes the child rows along.
    moving.sql("insert into public.session_events (session_id, kind) values (%s, 'old')", moving.ids["plain"])
    session = moving.session(moving.ids["plain"])
    moving.sql("insert into public.session_events (training_session_id, kind) values (%s, 'new')", session["id"])
    mine = "select count(*) from public.session_events where session_id = %s and training_session_id = %s"
    assert moving.sql(mine, moving.ids["plain"], session["id"]) == [3]
    moving.sql("delete from public.live_sessions where id = %s", moving.ids["plain"])
    assert moving.sql("select count(*) from public.session_events where session_id = %s", moving.ids["plain"]) == [0]
    moving.migrate("children", "--undo")
    assert (moving.sql(keys), moving.sql(columns)) == before


PRIMARY = """select conname, pg_get_constraintdef(oid) from pg_constraint
              where conrelid = 'public.session_recordings'::regclass and contype = 'p'"""


def test_after_finish_the_primary_key_of_a_child_table_moves_to_the_sessions_id_and_undo_moves_it_back(
    moving: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    before = moving.sql(PRIMARY)
    moving.migrate("children")
    assert "After finish, run this again" in capsys.readouterr().out
    assert moving.sql(PRIMARY) == before
    moving.migrate("rollout", "100")
    moving.migrate("finish", "--i-am-sure")
    moving.migrate("finish", "--drop", "--dry-run", status=1)
    assert "the primary key of public.session_recordings holds session_id" in "".join(capsys.readouterr())
    for _ in range(2):
        moving.migrate("children")
    assert moving.sql(PRIMARY) == [("session_recordings_pkey", "PRIMARY KEY (training_session_id)")]
    moving.migrate("undo")
    assert moving.sql(PRIMARY) == before
    # The old app writes a row whose session is not there yet.
    moving.sql("alter table public.live_sessions disable trigger training_migration_insert")
    old_id = moving.insert(agent_name="Austin", user_id=PEOPLE[0])
    moving.sql("insert into public.session_recordings (session_id, storage_path) values (%s, 'x')", old_id)
    moving.migrate("children", "--undo")
    assert moving.sql(PRIMARY) == before


def test_a_new_child_row_is_stored_after_the_drop(moving: Old) -> None:
    moving.operator.sql("drop view public.leaderboard")
    moving.operator.sql('drop policy "Events of own sessions" on public.session_events')
    moving.migrate("rollout", "100")
    moving.migrate("children")
    moving.migrate("finish", "--i-am-sure")
    moving.migrate("children")
    moving.migrate("finish", "--drop", "--i-am-sure")
    with moving.rep(PEOPLE[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
    moving.sql(
        "insert into public.session_recordings (training_session_id, storage_path) values (%s, 'recordings/1')",
        session_id,
    )
    assert moving.sql("select session_id from public.session_recordings where storage_path = 'recordings/1'") == [None]


def test_the_primary_key_of_a_child_table_stays_while_a_row_has_no_session(
    moving: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    moving.sql(
        "insert into public.session_recordings (session_id, storage_path) values (%s, 'demo')", moving.ids["demo"]
    )
    before = moving.sql(PRIMARY)
    moving.migrate("rollout", "100")
    moving.migrate("finish", "--i-am-sure")
    moving.migrate("children")
    assert "stays on session_id: 1 row" in capsys.readouterr().out
    assert moving.sql(PRIMARY) == before


def test_undo_moves_the_keys_of_child_tables_back(moving: Old, capsys: pytest.CaptureFixture[str]) -> None:
    moving.migrate("children", "--table", "session_events")
    moving.migrate("undo")
    assert "public.session_events: moved back." in capsys.readouterr().out
    key = "select confrelid::regclass::text, convalidated from pg_constraint where conrelid = 'public.session_events'::regclass and contype = 'f'"
    assert moving.sql(key) == [("live_sessions", True)]


def test_child_rows_that_come_before_their_session_are_filled_by_the_backfill(moving: Old) -> None:
    moving.migrate("children")
    moving.sql("alter table public.live_sessions disable trigger training_migration_insert")
    old_id = moving.insert(agent_name="Austin", user_id=PEOPLE[0])
    moving.sql("alter table public.live_sessions enable trigger training_migration_insert")
    moving.sql("insert into public.session_events (session_id, kind) values (%s, 'early')", old_id)
    moving.migrate("backfill")
    assert moving.sql("select training_session_id from public.session_events where kind = 'early'") == [
        moving.session(old_id)["id"]
    ]


def test_where_both_words_for_graded_are_allowed_the_rows_decide(app: Old) -> None:
    app.migrate("prepare")
    assert app.sql("select completed_word from training_migration.state") == ["complete"]


def test_parts_that_are_not_words_are_kept_aside(moving: Old) -> None:
    session = shown(moving, "audio")
    assert said(session) == [("user", "Hi there"), ("agent", "Let me see."), ("user", "Look")]
    assert session["legacy"]["full_transcript"][1]["content"][1]["name"] == "calendar"


@pytest.mark.parametrize(
    ("what", "speakers"),
    [
        ("agent and customer", [("user", "Hello, this is Sam"), ("agent", "Yes?")]),
        ("sales rep and lead", [("user", "Good morning"), ("agent", "Who is it?")]),
        ("agent and caller", [("user", "Hello"), ("agent", "Hi")]),
    ],
)
def test_the_labels_of_a_sales_call_name_the_rep_and_a_note_says_so(
    moving: Old, what: str, speakers: list[tuple[str, str]]
) -> None:
    session = shown(moving, what)
    assert (said(session), session["status"]) == (speakers, "completed")
    by_rule = [note for note in session["grading"]["notes"] if "was taken for the rep" in note]
    assert bool(by_rule) == (what != "sales rep and lead")
    moving.migrate("verify")


def test_columns_under_other_names_are_carried_both_ways(moving: Old) -> None:
    session = shown(moving, "columns")
    assert (session["closing_score"], session["feedback_strengths"], session["feedback_improvements"]) == (
        35,
        ["Tone"],
        ["Pace"],
    )
    with moving.rep(PEOPLE[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    grade(moving, session_id, 40)
    [row] = moving.sql("select to_jsonb(o) from public.live_sessions o where agent_name = 'Brenda'")
    assert (row["close_effectiveness_score"], row["grading_status"], row["what_worked"]) == (40, "complete", [])


def test_a_score_of_another_name_is_proposed_and_can_be_mapped(app: Old, capsys: pytest.CaptureFixture[str]) -> None:
    app.migrate("prepare", "--dry-run")
    assert "listening_score looks like a score" in capsys.readouterr().err
    for wrong in ("nothing=rapport_score", "listening_score=mood", "rapport_score=closing_score"):
        assert f"--map {wrong}" in refused(app, capsys, "prepare", "--map", wrong)
    app.migrate("prepare", "--map", "listening_score=rapport_score")
    app.migrate("backfill")
    app.migrate("verify")
    assert app.session(app.ids["columns"])["rapport_score"] == 66
    assert "listening_score" not in shown(app, "columns")["legacy"]


def test_the_link_of_an_anonymous_demo_answers_that_it_is_one(app: Old) -> None:
    resolve = "select public.resolve_legacy_sessions(array[%(id)s]::uuid[])"
    app.migrate("prepare")
    with app.rep(PEOPLE[0]) as person:
        for _ in range(2):  # before the backfill, and after
            with pytest.raises(Refused) as gone:
                person.call(resolve, {"id": app.ids["demo"]})
            assert (gone.value.status, gone.value.code) == (410, "session_anonymous")
            app.migrate("backfill")


def test_anonymous_demos_can_be_given_to_one_user(app: Old, capsys: pytest.CaptureFixture[str]) -> None:
    owner, missing = PEOPLE[1], "99999999-9999-4999-8999-999999999999"
    assert "public.users has no such row" in refused(app, capsys, "prepare", "--anonymous-owner", missing)
    app.migrate("prepare", "--anonymous-owner", owner)
    app.migrate("backfill")
    assert app.session(app.ids["demo"])["user_id"] == owner
    later = app.insert(user_id=None, agent_name="Austin")
    assert app.session(later)["user_id"] == owner
    app.migrate("verify")
    assert app.sql("select count(*) from training.legacy_quarantine") == [0]
    assert "undo, then prepare" in refused(app, capsys, "prepare", "--anonymous-owner", PEOPLE[0])


def test_the_retired_table_has_no_grants_and_no_publication_until_it_comes_back(moving: Old) -> None:
    rights = "select array(select a::text from aclexplode(relacl) a order by 1) from pg_class where relname like 'live_sessions%' and relkind = 'r'"
    published = "select pubname::text from pg_publication_tables where tablename like 'live_sessions%'"
    before = moving.sql(rights), moving.sql(published)
    moving.migrate("rollout", "100")
    moving.migrate("finish", "--i-am-sure")
    with moving.rep(PEOPLE[0]) as person, pytest.raises(Exception, match="permission denied"):
        person.rows("select * from public.live_sessions_retired")
    assert moving.sql(published) == []
    moving.migrate("undo")
    assert (moving.sql(rights), moving.sql(published)) == before


def test_a_publication_comes_back_with_its_column_list_and_row_filter(moving: Old) -> None:
    published = """select attnames::text[], rowfilter from pg_publication_tables
                    where pubname = 'some_of_it' and tablename like 'live_sessions%%'"""
    moving.operator.sql(
        "create publication some_of_it for table public.live_sessions (id, agent_name) where (agent_name <> 'x') with (publish = 'insert')"
    )
    before = moving.sql(published)
    moving.migrate("rollout", "100")
    moving.migrate("finish", "--i-am-sure")
    assert moving.sql(published) == []
    moving.migrate("undo")
    assert moving.sql(published) == before != []


def test_no_earnings_are_counted_twice(app: Old) -> None:
    totals = "select id, total_earnings, sessions_graded from public.users order by id"
    before = app.sql(totals)
    for step in (["prepare"], ["backfill"], ["verify"], ["rollout", "100"], ["finish", "--i-am-sure"], ["undo"], ["undo"]):  # fmt: skip
        app.migrate(*step)
    assert app.sql(totals) == before
    for command in ("prepare", "backfill", "verify"):
        app.migrate(command)
    assert app.sql(totals) == before
    assert [line["text"] for line in app.session(app.ids["plain"])["transcript"]] == [line["text"] for line in PLAIN]


def test_the_dry_run_says_what_the_backfill_then_does(app: Old, capsys: pytest.CaptureFixture[str]) -> None:
    known = "77777777-7777-4777-8777-777777777777"
    app.sql(f"create table auth.users (id uuid primary key, email text); grant select on auth.users to {OPERATOR}")
    app.sql("insert into auth.users values (%s)", known)
    app.sql("alter table public.live_sessions drop constraint live_sessions_user_id_fkey")
    for user in (known, "88888888-8888-4888-8888-888888888888"):
        app.insert(user_id=user, agent_name="Austin")
    app.migrate("backfill", "--dry-run")
    told = capsys.readouterr().out
    assert "1  profile made from Supabase Auth" in told
    assert "1  quarantined: no user" in told
    assert "1  quarantined: the user has no profile" in told
    app.migrate("prepare")
    app.migrate("backfill")
    assert sorted(app.sql("select reason from training.legacy_quarantine")) == [
        "no user",
        "the user has no profile, and none can be made",
    ]
