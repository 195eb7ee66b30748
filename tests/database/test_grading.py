"""Promise 2 in SQL: a completed session is claimed by one grader at a time, graded once, and never left waiting."""

import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grading_calls
import psycopg
import pytest
from grading_calls import SCORES, claim, end_sessions
from psycopg.errors import CheckViolation

from support import Database, Refused, Role, line, transcript_lines
from worker.signature import is_signed


def attempt(grader: str = "heuristic", **fields: Any) -> dict[str, Any]:
    return {
        "grader": grader, "outcome": "accepted", "rubric_version": "test-1", "scores": SCORES, "virtual_earnings": 50,
        "evidence": {"closing": {"reason": "Asked for a day.", "quotes": [{"sequence": 5, "quote": "Tuesday or Thursday"}]}},
        "feedback_strengths": ["line 5"], "feedback_improvements": [], "latency_ms": 3, **fields,
    }  # fmt: skip


FACTS = {"questions": {"1": 1}, "objections": {"4": True}, "closing": [5]}

FAILED = {
    "grader": "model",
    "outcome": "failed",
    "error_class": "timeout",
    "error": "Too late.",
    "rubric_version": "test-1",
}

NO_CONVERSATION = {"grader": "heuristic", "outcome": "failed", "error_class": "no_conversation"}


def save(grader: Role, claim: dict[str, Any], *attempts: dict[str, Any]) -> Any:
    return grading_calls.save(grader, claim, *(attempts or [attempt()]))


def transcript_of(grader: Role, claim: dict[str, Any]) -> Any:
    """What the grader gets to grade for a claim; None when the claim no longer counts."""
    fetched = grader.rpc("get_claimed_training_session", session_id=claim["session_id"], claim_id=claim["claim_id"])
    return fetched and fetched["transcript"]


def stand_in_for_the_vault(database: Database) -> None:
    """A stand-in with the functions and the view of Supabase Vault."""
    database.admin.sql(
        """create schema vault; create table vault.decrypted_secrets (id uuid primary key default gen_random_uuid(), name text unique, decrypted_secret text);
           create function vault.create_secret(text, text) returns uuid language sql security definer as $$ insert into vault.decrypted_secrets (decrypted_secret, name) values ($1, $2) returning id $$;
           create function vault.update_secret(uuid, text) returns void language sql security definer as $$ update vault.decrypted_secrets set decrypted_secret = $2 where id = $1 $$;
           grant usage on schema vault to postgres; grant all on vault.decrypted_secrets to postgres"""
    )


def lose_eight_graders(grader: Role) -> list[bool]:
    """Claims what waits until it is given up, each lease an hour after the one before; `heuristic_only` of the claims."""
    claims = []
    for hour in range(9):
        grader.connection.execute(
            "select set_config('training.now', (clock_timestamp() + make_interval(hours => %s))::text, false)", (hour,)
        )
        claims += claim(grader, lease_seconds=60)
    grader.connection.execute("reset training.now")
    return [each["heuristic_only"] for each in claims]


def test_a_claim_brings_the_transcript_and_is_exclusive_while_its_lease_runs(database: Database) -> None:
    [session_id] = end_sessions(database)
    with database.grader() as one, database.grader() as two:
        [first] = claim(one)
        assert (first["session_id"], first["claim_number"], first["heuristic_only"]) == (session_id, 1, False)
        assert transcript_of(two, first) == database.transcript(session_id)
        assert claim(two) == []
        assert claim(two, session_id=session_id) == []


def test_a_dead_graders_session_comes_back_when_its_lease_ends_and_the_loss_is_recorded(database: Database) -> None:
    [session_id] = end_sessions(database)
    with database.grader() as grader:
        [dead] = claim(grader, lease_seconds=60)
        grader.connection.execute(
            "select set_config('training.now', (clock_timestamp() + interval '61 seconds')::text, false)"
        )
        [second] = claim(grader)
        assert second["claim_number"] == 2
        assert save(grader, dead) == {"saved": False, "reason": "late"}
        assert save(grader, second) == {"saved": True, "reason": None}
    history = database.sql(
        "select claim_number, outcome, error_class from public.training_grades where session_id = %s order by id",
        session_id,
    )
    assert history == [(1, "lost", "lease_expired"), (2, "accepted", None)]


def test_a_late_save_still_counts_if_no_other_grader_has_claimed(database: Database) -> None:
    end_sessions(database)
    with database.grader() as grader:
        [slow] = claim(grader, lease_seconds=1)
        grader.connection.execute(
            "select set_config('training.now', (clock_timestamp() + interval '1 hour')::text, false)"
        )
        assert save(grader, slow)["saved"] is True


def test_the_first_save_of_a_claim_wins_and_every_other_changes_nothing(database: Database) -> None:
    [session_id] = end_sessions(database)
    with database.grader() as grader:
        [mine] = claim(grader)
        assert save(grader, {**mine, "claim_id": str(uuid.uuid4())}) == {"saved": False, "reason": "late"}
        sure = attempt(confidence="high", confidence_reason="Every score is quoted.", facts=FACTS)
        assert save(grader, mine, FAILED, sure) == {"saved": True, "reason": None}
        before = database.sql("select s::text from public.training_sessions s")
        assert save(grader, mine, attempt(scores={**SCORES, "rapport": 1})) == {
            "saved": False,
            "reason": "already_graded",
        }
        assert save(grader, {**mine, "session_id": 999}) == {"saved": False, "reason": "session_deleted"}
    assert database.sql("select s::text from public.training_sessions s") == before
    [shown] = database.sql(
        "select (rapport_score, discovery_score, objection_handling_score, closing_score, overall_score)::text, graded_by, rubric_version, confidence, virtual_earnings "
        "from public.training_sessions where id = %s", session_id,
    )  # fmt: skip
    assert shown == ("(60,70,80,90,75)", "heuristic", "test-1", "high", 50)
    assert database.sql(
        "select outcome, confidence, confidence_reason, facts from public.training_grades order by id"
    ) == [
        ("failed", None, None, None),
        ("accepted", "high", "Every score is quoted.", FACTS),
    ]


def test_a_save_waits_for_an_erasure_and_then_changes_nothing(database: Database) -> None:
    user_id = str(uuid.uuid4())
    [session_id] = end_sessions(database, 1, user_id)
    with database.rep(user_id) as owner, database.grader() as grader, ThreadPoolExecutor(1) as pool:
        [mine] = claim(grader)
        with owner.connection.transaction():
            owner.rpc("delete_training_session", session_id=session_id)
            saving = pool.submit(save, grader, mine)
            database.wait_until_locked(grader.pid)
        assert saving.result(10) == {"saved": False, "reason": "session_deleted"}
    assert database.sql("select count(*) from public.training_grades") == [0]


def test_twenty_graders_over_a_hundred_sessions_grade_each_exactly_once(database: Database) -> None:
    ids = end_sessions(database, 100)
    claimed: list[int] = []
    barrier = threading.Barrier(20)

    def work() -> None:
        with database.grader() as grader:
            barrier.wait()
            while claims := claim(grader, max_count=3):
                for each in claims:
                    claimed.append(each["session_id"])
                    assert save(grader, each)["saved"] is True

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A grader may stop early because the others hold what is left locked; the next one takes it.
    with database.grader() as grader:
        claimed += [each["session_id"] for each in claim(grader, max_count=100) if save(grader, each)["saved"]]
    assert sorted(claimed) == ids
    assert database.sql("select count(*) from public.training_grades where outcome = 'accepted'") == [100]


def test_a_claim_that_began_before_another_committed_takes_nothing_twice(database: Database) -> None:
    """The second claim's snapshot is older than the first claim's commit: it must look again."""
    [session_id] = end_sessions(database)
    with database.grader() as first, database.grader() as second:
        second.connection.execute("begin isolation level read committed")
        first.connection.execute("begin")
        assert len(claim(first)) == 1
        assert claim(second) == []
        first.connection.execute("commit")
        assert claim(second, session_id=session_id) == []
        second.connection.execute("commit")


def test_a_wake_up_waits_for_a_repeated_end_but_not_for_ever(database: Database) -> None:
    oldest, woken = end_sessions(database, 2)
    with database.grader() as grader, psycopg.connect(database.url) as holder:
        hold = "select 1 from public.training_sessions where id = %s for update"
        holder.execute(hold, (woken,))
        release = threading.Timer(0.1, holder.rollback)
        release.start()
        assert [each["session_id"] for each in claim(grader, max_count=1, session_id=woken)] == [woken]
        release.join()
        holder.execute(hold, (oldest,))
        assert claim(grader, session_id=oldest) == []
        holder.rollback()
        assert [each["session_id"] for each in claim(grader, session_id=oldest)] == [oldest]


def test_a_wake_up_is_served_first_and_the_oldest_next(database: Database) -> None:
    oldest, _, newest = end_sessions(database, 3)
    with database.grader() as grader:
        assert [each["session_id"] for each in claim(grader, max_count=2, session_id=newest)] == [newest, oldest]


def test_the_longest_sessions_stop_no_claim_and_starve_no_user(database: Database) -> None:
    *longest, ordinary = end_sessions(database, 10)
    database.sql(
        """update public.training_sessions set transcript =
               (select jsonb_agg(jsonb_build_object('sequence', n, 'speaker', 'user', 'text', repeat('🏠', 4000))) from generate_series(1, 2000) n)
            where id = any (%s)""",
        longest,
    )
    with database.grader() as grader:
        sizes = "select jsonb_array_length(public.claim_training_sessions(32))"
        assert [grader.call(sizes) for _ in range(10)] == [1] * 10
        assert grader.call(sizes) == 0
    assert sorted(database.sql("select session_id from training.grading_claims")) == [*longest, ordinary]


def test_after_three_lost_claims_the_heuristic_alone_and_after_eight_it_is_given_up_visibly(database: Database) -> None:
    [session_id] = end_sessions(database)
    with database.grader() as grader:
        assert lose_eight_graders(grader) == [False] * 3 + [True] * 5
    assert database.sql("select status, graded_at from public.training_sessions where id = %s", session_id) == [
        ("failed", None)
    ]
    assert database.sql("select error_class from public.training_grades order by id desc limit 1") == ["gave_up"]
    with database.rep(database.sql("select user_id::text from public.training_sessions")[0]) as rep:
        grading = rep.rpc("get_training_session", session_id=session_id)["grading"]
    assert (grading["state"], grading["notes"]) == ("unscored", ["Eight graders in a row did not finish this session."])


def test_a_session_the_grader_finds_empty_is_unscored_not_zero(database: Database) -> None:
    [session_id] = end_sessions(database)
    with database.grader() as grader:
        [mine] = claim(grader)
        assert save(grader, mine, NO_CONVERSATION)["saved"] is True
    assert database.sql(
        "select status, end_reason, overall_score, graded_at from public.training_sessions where id = %s", session_id
    ) == [("failed", "no_conversation", None, None)]


@pytest.mark.parametrize("attempts", [[], [FAILED], [attempt(), FAILED]])
def test_a_save_must_end_with_a_grade(database: Database, attempts: list[dict[str, Any]]) -> None:
    end_sessions(database)
    with database.grader() as grader:
        [mine] = claim(grader)
        with pytest.raises(Refused, match="invalid_field"):
            grader.rpc(
                "save_training_grade", session_id=mine["session_id"], claim_id=mine["claim_id"], attempts=attempts
            )
    assert database.sql("select count(*) from public.training_grades") == [0]


def test_a_session_shows_what_belongs_to_the_accepted_grade_alone(database: Database) -> None:
    [session_id] = end_sessions(database)
    [user_id] = database.sql("select user_id from public.training_sessions")
    remark = {"sequence": 5, "category": "closing", "what": "Asked.", "why": "It counts.", "say_instead": None}
    beside = attempt(
        "model", outcome="not_used", evidence={"closing": {"reason": "Beside it.", "quotes": []}}, remarks=[remark] * 3,
        confidence="low", notes=["Beside it."], model="another",
    )  # fmt: skip
    with database.grader() as grader:
        save(grader, claim(grader)[0], beside, attempt("model", remarks=[remark], confidence="high", model="accepted"))
        grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
        save(grader, claim(grader)[0], {**beside, "grader": "heuristic", "outcome": "accepted"})
    assert database.sql("select outcome from public.training_grades order by id") == [
        "not_used",
        "accepted",
        "not_used",
    ]
    with database.rep(str(user_id)) as rep:
        session = rep.rpc("get_training_session", session_id=session_id)
    assert session["remarks"] == [remark]
    assert session["evidence"]["closing"]["reason"] == "Asked for a day."
    assert (session["grading"]["model"], session["grading"]["confidence"]) == ("accepted", "high")
    assert session["grading"]["notes"] == []


class TestRegrade:
    def test_a_new_model_grade_replaces_the_shown_one_and_the_old_stays_readable(self, database: Database) -> None:
        [session_id] = end_sessions(database)
        with database.grader() as grader:
            save(grader, claim(grader)[0])
            dry = grader.rpc("regrade_training_sessions", agent_name="Austin")
            assert (dry["sessions"], dry["dry_run"]) == (1, True)
            assert dry["estimated_tokens"] > 3500
            assert claim(grader) == []
            grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
            assert database.sql("select overall_score, graded_at from public.training_sessions") == [(75, None)]
            save(grader, claim(grader)[0], attempt("model", scores=dict.fromkeys(SCORES, 40)))
        assert database.sql("select overall_score, graded_by from public.training_sessions") == [(40, "model")]
        history = database.sql(
            "select grader, outcome, scores ->> 'closing' from public.training_grades where session_id = %s order by id",
            session_id,
        )
        assert history == [("heuristic", "accepted", "90"), ("model", "accepted", "40")]

    def test_a_fallback_does_not_replace_a_models_grade(self, database: Database) -> None:
        end_sessions(database)
        with database.grader() as grader:
            save(grader, claim(grader)[0], attempt("model"))
            [graded_at] = database.sql("select graded_at from public.training_sessions")
            grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
            save(grader, claim(grader)[0], FAILED, attempt("heuristic", scores=dict.fromkeys(SCORES, 1)))
            assert claim(grader) == []
        assert database.sql("select overall_score, graded_by, graded_at from public.training_sessions") == [
            (75, "model", graded_at)
        ]
        assert database.sql("select outcome from public.training_grades order by id") == [
            "accepted",
            "failed",
            "not_used",
        ]

    def test_a_session_that_was_given_up_can_be_regraded(self, database: Database) -> None:
        [session_id] = end_sessions(database)
        with database.grader() as grader:
            lose_eight_graders(grader)
            regrade = (
                "select public.regrade_training_sessions(session_ids => array[%(id)s]::bigint[], dry_run => false)"
            )
            assert grader.call(regrade, {"id": session_id})["sessions"] == 1
            [mine] = claim(grader, session_id=session_id)
            assert (mine["claim_number"], mine["heuristic_only"]) == (1, False)
            save(grader, mine, attempt("model"))
        assert database.sql("select status, overall_score, graded_by from public.training_sessions") == [
            ("completed", 75, "model")
        ]

    def test_a_session_without_words_of_the_rep_is_not_queued_again(self, database: Database) -> None:
        end_sessions(database)
        with database.grader() as grader:
            save(grader, claim(grader)[0], NO_CONVERSATION)
            assert grader.rpc("regrade_training_sessions", agent_name="Austin")["sessions"] == 0

    @pytest.mark.parametrize("graded_by", ["model", "heuristic", "legacy"])
    @pytest.mark.parametrize("outcome", ["gave_up", "no_conversation"])
    def test_a_regrade_without_a_result_keeps_the_current_grade(
        self, database: Database, graded_by: str, outcome: str
    ) -> None:
        end_sessions(database)
        with database.grader() as grader:
            save(grader, claim(grader)[0], attempt(graded_by))
            shown = "select to_jsonb(s) - '{last_activity_at,turn_at}'::text[] from public.training_sessions s"
            before = database.sql(shown)
            grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
            if outcome == "gave_up":
                lose_eight_graders(grader)
            else:
                save(grader, claim(grader)[0], NO_CONVERSATION)
            assert database.sql(shown) == before
            assert claim(grader) == []
        assert database.sql("select error_class from public.training_grades order by id desc limit 1") == [outcome]

    def test_a_grade_of_the_old_system_without_a_history_is_kept_too(self, database: Database) -> None:
        end_sessions(database)
        database.sql(
            "update public.training_sessions set graded_at = ended_at, graded_by = 'legacy', rubric_version = 'legacy'"
        )
        with database.grader() as grader:
            grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
            save(grader, claim(grader)[0])
        assert database.sql("select graded_at = ended_at, graded_by from public.training_sessions") == [
            (True, "legacy")
        ]

    def test_regrade_takes_exactly_one_selector(self, database: Database) -> None:
        first, second = end_sessions(database, 2)
        with database.grader() as grader:
            for each in claim(grader):
                save(grader, each, attempt("model" if each["session_id"] == first else "heuristic"))
            query = "select public.regrade_training_sessions(session_ids => array[%(a)s, %(b)s]::bigint[])"
            assert grader.call(query, {"a": first, "b": 999})["sessions"] == 1
            assert grader.rpc("regrade_training_sessions", heuristic_since="2020-01-01T00:00:00Z")["sessions"] == 1
            assert grader.rpc("regrade_training_sessions", heuristic_since="2100-01-01T00:00:00Z")["sessions"] == 0
            for none_or_two in ({}, {"agent_name": "Austin", "heuristic_since": "2020-01-01T00:00:00Z"}):
                with pytest.raises(Refused, match="invalid_field"):
                    grader.rpc("regrade_training_sessions", **none_or_two)
        assert second


class TestSweep:
    def idle(self, database: Database, *lines: dict[str, Any]) -> int:
        with database.rep() as rep:
            rep.connection.execute("set training.now = '2026-01-01T12:00:00Z'")
            session_id: int = rep.rpc("create_training_session", agent_name="Austin")["id"]
            rep.connection.execute("set training.now = '2026-01-01T12:10:00Z'")
            if lines:
                rep.rpc("append_transcript", session_id=session_id, lines=list(lines))
        return session_id

    def sweep(self, database: Database, now: str) -> Any:
        with database.grader() as grader:
            grader.connection.execute(f"set training.now = '{now}'")
            return grader.rpc("sweep_training_sessions")

    def test_an_abandoned_session_is_completed_and_waits_for_its_grade(self, database: Database) -> None:
        session_id = self.idle(database, *transcript_lines())
        assert self.sweep(database, "2026-01-01T12:39:59Z") == {"completed": 0, "failed": 0}
        assert self.sweep(database, "2026-01-01T12:40:00Z") == {"completed": 1, "failed": 0}
        assert self.sweep(database, "2026-01-01T12:40:00Z") == {"completed": 0, "failed": 0}
        assert database.sql("select status, end_reason, duration_seconds from public.training_sessions") == [
            ("completed", "abandoned", 600)
        ]
        with database.grader() as grader:
            assert [each["session_id"] for each in claim(grader)] == [session_id]

    def test_an_abandoned_session_without_a_word_from_the_rep_fails_with_the_reason(self, database: Database) -> None:
        self.idle(database, line(1, "Hello?", "agent"))
        self.idle(database)
        assert self.sweep(database, "2026-01-02T00:00:00Z") == {"completed": 0, "failed": 2}
        assert set(database.sql("select status || ' ' || end_reason from public.training_sessions")) == {
            "failed no_conversation"
        }

    def test_the_time_until_abandoned_is_a_setting(self, database: Database) -> None:
        self.idle(database, *transcript_lines())
        database.sql("insert into training.settings values ('abandoned_after_minutes', '5')")
        assert self.sweep(database, "2026-01-01T12:15:00Z") == {"completed": 1, "failed": 0}

    def test_an_invalid_time_in_the_vault_counts_as_not_set(self, database: Database) -> None:
        self.idle(database, *transcript_lines())
        stand_in_for_the_vault(database)
        database.sql("select vault.create_secret('30 min', 'training_abandoned_after_minutes')")
        assert self.sweep(database, "2026-01-01T12:39:59Z") == {"completed": 0, "failed": 0}
        assert self.sweep(database, "2026-01-01T12:40:00Z") == {"completed": 1, "failed": 0}

    def test_a_session_being_ended_at_that_moment_is_left_to_its_owner(self, database: Database) -> None:
        session_id = self.idle(database, *transcript_lines())
        [user_id] = database.sql("select user_id::text from public.training_sessions")
        with database.rep(user_id) as rep:
            rep.connection.execute("begin")
            rep.rpc("complete_training_session", session_id=session_id)
            assert self.sweep(database, "2026-01-02T00:00:00Z") == {"completed": 0, "failed": 0}
            rep.connection.execute("commit")
        assert self.sweep(database, "2026-01-02T00:00:00Z") == {"completed": 0, "failed": 0}
        assert database.sql("select end_reason from public.training_sessions") == ["ended"]


class TestWakeUp:
    def test_without_pg_net_the_end_notifies_after_commit_with_the_id(self, database: Database) -> None:
        with database.rep() as rep, database.role("service_role") as listener:
            listener.connection.execute("listen training_session_completed")
            session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
            rep.connection.execute("begin")
            rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
            assert list(listener.connection.notifies(timeout=0.2)) == []
            rep.connection.execute("commit")
            [heard] = listener.connection.notifies(timeout=5, stop_after=1)
            assert heard.payload == str(session_id)

    def stand_in_for_pg_net(self, database: Database, body: str) -> None:
        """A stand-in with pg_net's signature; what it is told to post is kept in net.posted."""
        database.admin.sql(
            f"""create schema net; create table net.posted (url text, body jsonb, headers jsonb, timeout integer);
                create function net.http_post(url text, body jsonb default '{{}}', params jsonb default '{{}}',
                  headers jsonb default '{{"Content-Type": "application/json"}}', timeout_milliseconds integer default 5000)
                returns bigint language plpgsql as $$ begin {body} end $$;
                grant usage on schema net to public; grant all on all tables in schema net to public"""
        )

    def test_with_pg_net_it_posts_the_id_with_a_signature_and_without_the_secret(self, database: Database) -> None:
        self.stand_in_for_pg_net(
            database, "insert into net.posted values (url, body, headers, timeout_milliseconds); return 1;"
        )
        database.sql("select training.configure_grader('https://grader.example.com/', 'hush')")
        [session_id] = end_sessions(database)
        [(url, body, headers, timeout)] = database.sql("select url, body, headers, timeout from net.posted")
        assert (url, body, timeout) == ("https://grader.example.com/", {"session_id": session_id}, 5000)
        assert "hush" not in str(headers)
        signature = headers["X-Grader-Signature"]
        assert is_signed(signature, session_id, b"hush", time.time())
        assert not is_signed(signature, session_id + 1, b"hush", time.time())
        assert not is_signed(signature, session_id, b"hush", time.time() + 301)

    def test_a_failing_wake_up_does_not_fail_the_end(self, database: Database) -> None:
        self.stand_in_for_pg_net(database, "raise exception 'no network today';")
        database.sql("select training.configure_grader('https://grader.example.com/', 'hush')")
        [session_id] = end_sessions(database)
        assert database.sql("select status from public.training_sessions where id = %s", session_id) == ["completed"]

    def test_with_a_vault_the_secret_lives_there(self, database: Database) -> None:
        self.stand_in_for_pg_net(
            database, "insert into net.posted values (url, body, headers, timeout_milliseconds); return 1;"
        )
        stand_in_for_the_vault(database)
        for secret in ("first", "second"):
            database.sql("select training.configure_grader('https://grader.example.com/', %s)", secret)
        end_sessions(database)
        [(body, headers)] = database.sql("select body, headers from net.posted")
        assert is_signed(headers["X-Grader-Signature"], body["session_id"], b"second", time.time())
        assert database.sql("select count(*) from training.settings") == [0]

    def test_the_schedules_function_does_nothing_while_nothing_waits(self, database: Database) -> None:
        self.stand_in_for_pg_net(
            database, "insert into net.posted values (url, body, headers, timeout_milliseconds); return 1;"
        )
        database.sql("select training.configure_grader('https://grader.example.com/', 'hush')")
        database.sql("select training.grade_what_waits()")
        assert database.sql("select count(*) from net.posted") == [0]
        end_sessions(database)
        database.sql("truncate net.posted")
        database.sql("select training.grade_what_waits()")
        assert database.sql("select body from net.posted") == [{}]

    def test_the_schedule_wakes_the_grader_also_when_the_sweep_fails(self, database: Database) -> None:
        self.stand_in_for_pg_net(
            database, "insert into net.posted values (url, body, headers, timeout_milliseconds); return 1;"
        )
        database.sql("select training.configure_grader('https://grader.example.com/', 'hush')")
        end_sessions(database)
        database.sql("truncate net.posted")
        database.sql(
            "create or replace function training.sweep(p_max_count integer) returns jsonb language plpgsql as "
            "$$ begin raise exception 'no sweep today'; end $$"
        )
        database.sql("select training.grade_what_waits()")
        assert database.sql("select body from net.posted") == [{}]


@pytest.mark.parametrize("name", ["abandoned_after_minutes", "transcripts_kept_days", "model_grades_per_user_per_day"])
@pytest.mark.parametrize("value", ["0", "-1", "30 min", "1.5", "", "100000", " 7"])
def test_an_invalid_number_is_refused_and_in_the_vault_reported_by_health(
    database: Database, name: str, value: str
) -> None:
    with pytest.raises(CheckViolation, match="numbers_are_whole_and_from_1_to_99999"):
        database.sql("insert into training.settings values (%s, %s)", name, value)
    stand_in_for_the_vault(database)
    database.sql("select vault.create_secret(%s, %s)", value, f"training_{name}")
    with database.grader() as grader:
        assert grader.rows("select bad_settings from public.grading_health") == [[name]]
    database.sql("update vault.decrypted_secrets set decrypted_secret = '7'")
    assert database.sql("select bad_settings from public.grading_health") == [[]]


class TestDailyLimit:
    def sessions(self, database: Database, count: int, limit: str = "2") -> list[int]:
        database.sql("insert into training.settings values ('model_grades_per_user_per_day', %s)", limit)
        return end_sessions(database, count)

    def test_sessions_past_the_daily_limit_are_left_to_the_heuristic(self, database: Database) -> None:
        self.sessions(database, 4)
        end_sessions(database)
        with database.grader() as grader:
            by_turn = [each["heuristic_only"] for each in claim(grader)]
        assert by_turn == [False, False, False, True, True], "the other user's only session has the second turn"

    def test_the_next_day_the_model_is_asked_again(self, database: Database) -> None:
        self.sessions(database, 3)
        with database.grader() as grader:
            first, second = claim(grader, max_count=2)
            save(grader, first, attempt("model"))
            save(grader, second, attempt("model"))
            grader.connection.execute(
                "select set_config('training.now', (clock_timestamp() + interval '24 hours')::text, false)"
            )
            assert [each["heuristic_only"] for each in claim(grader)] == [False]

    def test_the_limit_does_not_apply_to_the_operators_regrade(self, database: Database) -> None:
        self.sessions(database, 3)
        with database.grader() as grader:
            for each in claim(grader):
                save(grader, each)
            grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
            assert [each["heuristic_only"] for each in claim(grader)] == [False] * 3


def test_the_health_view_tells_what_waits_and_how_it_was_graded(database: Database) -> None:
    end_sessions(database, 3)
    with database.grader() as grader:
        first, second = claim(grader, max_count=2)
        save(grader, first, FAILED, attempt(tokens_in=10))
        [health] = [dict(zip(("waiting", "leased", "model", "heuristic", "failures", "tokens"), row, strict=True)) for row in grader.rows(
            "select waiting, leased, graded_by_model, graded_by_heuristic, failures, tokens_in from public.grading_health")]  # fmt: skip
        assert health == {
            "waiting": 2,
            "leased": 1,
            "model": 0,
            "heuristic": 1,
            "failures": {"timeout": 1},
            "tokens": 10,
        }
        assert grader.rows(
            "select oldest_wait_seconds >= 0 and seconds_to_grade_p50 >= 0 and seconds_to_grade_p95 >= seconds_to_grade_p50 from public.grading_health"
        ) == [True]
        assert second


def test_the_health_view_counts_the_sessions_the_model_did_not_grade(database: Database) -> None:
    end_sessions(database, 3)
    repaired = {**FAILED, "error_class": "invented_quotes"}
    with database.grader() as grader:
        first, second, third = claim(grader)
        save(grader, first, FAILED, FAILED, attempt())
        save(grader, second, repaired, attempt("model"))
        save(grader, third, attempt())
        assert grader.rows("select model_asked, model_failed from public.grading_health") == [(2, 1)]


def test_a_claim_reads_the_index_of_the_ungraded_however_many_are_graded(database: Database) -> None:
    """The plan of the claim's scan with 20,000 graded sessions: a few index entries and no sequential scan."""
    [waiting] = end_sessions(database)
    database.sql(
        """insert into public.training_sessions (user_id, agent_name, started_at, ended_at, created_at, last_activity_at, status, end_reason, graded_at, graded_by, rubric_version)
           select user_id, 'Austin', now(), now(), now(), now(), 'completed', 'ended', now(), 'heuristic', '1'
             from public.training_sessions, generate_series(1, 20000)"""
    )
    database.sql("analyze public.training_sessions")
    plan = "\n".join(
        database.sql(
            """explain (analyze, buffers, costs off, timing off, summary off)
               select s.id from public.training_sessions s where s.status = 'completed' and s.graded_at is null
                  and not exists (select 1 from training.grading_claims c where c.session_id = s.id and c.lease_until > now())
                order by s.turn_at, s.id limit 1000"""
        )
    )
    assert re.search("Index (Only )?Scan using training_sessions_waiting", plan)
    assert "Seq Scan on training_sessions" not in plan
    assert "rows=1" in plan
    assert waiting
