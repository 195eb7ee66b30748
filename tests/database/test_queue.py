"""The queue is fair between users, a claim whose answer is lost is not lost, and sizes are those of the JSON."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from grading_calls import claim, claimed, end_sessions, move_clock, save

from support import MIGRATIONS, Database, Refused, Role, line


class TestFairOrder:
    def test_each_users_oldest_comes_before_any_users_second(self, database: Database) -> None:
        a = end_sessions(database, 3)
        b = end_sessions(database, 2)
        [c] = end_sessions(database)
        with database.grader() as grader:
            assert claimed(grader) == [a[0], b[0], c, a[1], b[1], a[2]]

    def test_a_light_user_is_claimed_next_to_a_flood(self, database: Database) -> None:
        flood = end_sessions(database, 60)
        [light] = end_sessions(database)
        with database.grader() as grader:
            assert claimed(grader, max_count=2) == [flood[0], light]

    def test_one_users_live_leases_are_bounded_and_the_others_are_claimed_past_them(self, database: Database) -> None:
        flood = end_sessions(database, 6)
        light = end_sessions(database, 1)
        with database.grader() as grader:
            first = claim(grader, max_count=3, max_per_user=2)
            assert [each["session_id"] for each in first] == [flood[0], *light, flood[1]]
            assert claim(grader, max_per_user=2) == []
            assert claim(grader, max_per_user=2, session_id=flood[5]) == [], "a wake-up does not get around it"
            later = end_sessions(database)
            assert claimed(grader, max_per_user=2) == later
            save(grader, first[0])
            assert claimed(grader, max_per_user=2) == [flood[2]]

    def test_a_flood_is_graded_to_its_end_however_many_others_come(self, database: Database) -> None:
        flood = end_sessions(database, 4)
        graded = []
        with database.grader() as grader:
            for minute in range(8):
                move_clock(grader, mins=minute)
                with database.rep() as rep:
                    move_clock(rep, mins=minute)
                    session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
                    rep.rpc("complete_training_session", session_id=session_id, lines=[line(1)])
                [mine] = claim(grader, max_count=1)
                save(grader, mine)
                graded.append(mine["session_id"])
        assert set(flood) <= set(graded), "a session is overtaken by later users for minutes only"

    def test_a_session_that_waits_again_takes_a_new_turn(self, database: Database) -> None:
        [old] = end_sessions(database)
        with database.grader() as grader:
            save(grader, claim(grader)[0])
            [new] = end_sessions(database)
            grader.rpc("regrade_training_sessions", agent_name="Austin", dry_run=False)
            assert claimed(grader) == [new, old]

    def test_a_claim_looks_at_few_rows_however_many_wait(self, database: Database) -> None:
        [waiting] = end_sessions(database)
        database.sql(
            """insert into public.training_sessions (user_id, agent_name, started_at, ended_at, created_at,
                      last_activity_at, status, end_reason)
               select user_id, 'Austin', now(), now(), now(), now(), 'completed', 'ended'
                 from public.training_sessions, generate_series(1, 5000)"""
        )
        database.sql("vacuum analyze public.training_sessions")
        with database.grader() as grader:
            grader.connection.execute("begin")
            assert claimed(grader, max_count=1) == [waiting]
            [read] = grader.rows(
                "select seq_tup_read + idx_tup_fetch from pg_stat_xact_all_tables where relname = 'training_sessions'"
            )
            grader.connection.execute("rollback")
        assert read < 100


class TestRepeatedClaim:
    def test_the_same_token_gets_the_same_claims_and_no_others(self, database: Database) -> None:
        end_sessions(database, 4)
        token = str(uuid.uuid4())
        with database.grader() as lost, database.grader() as again:
            first = claim(lost, max_count=2, claim_token=token)
            second = claim(again, max_count=2, claim_token=token)
            assert {each["claim_id"] for each in second} == {each["claim_id"] for each in first}
            assert {each["claim_number"] for each in second} == {1}, "asking again costs none of the eight claims"
            assert len(claim(again)) == 2

    def test_asking_again_while_the_first_call_still_runs_takes_nothing_twice(self, database: Database) -> None:
        end_sessions(database, 4)
        token = str(uuid.uuid4())
        with database.grader() as slow, database.grader() as again, ThreadPoolExecutor(1) as pool:
            slow.connection.execute("begin")
            first = claim(slow, max_count=2, claim_token=token)
            second = pool.submit(claim, again, max_count=2, claim_token=token)
            database.wait_until_locked(again.pid)
            slow.connection.execute("commit")
            assert {each["claim_id"] for each in second.result()} == {each["claim_id"] for each in first}
        assert database.sql("select count(*) from training.grading_claims") == [2]

    def test_a_claim_that_has_been_saved_is_not_given_again(self, database: Database) -> None:
        first, second = end_sessions(database, 2)
        token = str(uuid.uuid4())
        with database.grader() as grader:
            for each in claim(grader, claim_token=token, max_count=1):
                save(grader, each)
            assert claimed(grader, claim_token=token) == [second]
        assert first


class TestTranscriptOfAClaim:
    def fetch(self, grader: Role, claim: dict[str, Any]) -> Any:
        return grader.rpc("get_claimed_training_session", session_id=claim["session_id"], claim_id=claim["claim_id"])

    def test_a_transcript_is_fetched_by_the_newest_claim_alone(self, database: Database) -> None:
        [session_id] = end_sessions(database)
        with database.grader() as grader:
            [dead] = claim(grader, lease_seconds=60)
            assert self.fetch(grader, dead)["transcript"] == database.transcript(session_id)
            move_clock(grader, mins=2)
            [alive] = claim(grader)
            assert self.fetch(grader, dead) is None
            assert self.fetch(grader, alive) is not None
            save(grader, alive)
            assert self.fetch(grader, alive) is None

    def test_the_size_is_that_of_the_json_where_a_control_character_takes_six_bytes(self, database: Database) -> None:
        with database.rep() as rep:
            session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
            lines = [line(n, "\u0001" * 4000) for n in range(1, 4)]
            rep.rpc("complete_training_session", session_id=session_id, lines=lines)
        with database.grader() as grader:
            [mine] = claim(grader)
            [text] = database.sql("select transcript::text from public.training_sessions")
            assert mine["bytes"] == len(text.encode()) > 3 * 4000 * 6

    def test_a_claim_stops_once_its_transcripts_reach_the_bytes(self, database: Database) -> None:
        end_sessions(database, 5)
        with database.grader() as grader:
            [one] = claim(grader, max_bytes=1)
            assert len(claim(grader, max_bytes=2 * one["bytes"])) == 2


class TestTextLimit:
    MOST = 1024 * 1024

    def fill(self, database: Database, texts: list[str]) -> int:
        with database.rep() as rep:
            session_id: int = rep.rpc("create_training_session", agent_name="Austin")["id"]
            for start in range(0, len(texts), 100):
                lines = [line(start + n, text) for n, text in enumerate(texts[start : start + 100], 1)]
                rep.rpc("append_transcript", session_id=session_id, lines=lines)
        return session_id

    def test_a_session_holds_one_mebibyte_of_text_and_not_a_byte_more(self, database: Database) -> None:
        texts = ["ü" * 2000] * 262 + ["x" * (self.MOST - 262 * 4000)]
        assert len("".join(texts).encode()) == self.MOST
        session_id = self.fill(database, texts)
        [user_id] = database.sql("select user_id::text from public.training_sessions")
        with database.rep(user_id) as rep:
            with pytest.raises(Refused) as refused:
                rep.rpc("append_transcript", session_id=session_id, lines=[line(300, "x")])
            assert (refused.value.status, refused.value.code) == (422, "transcript_full")
            again = rep.rpc("append_transcript", session_id=session_id, lines=[line(1, texts[0])])
            assert again["duplicates"] == 1, "a stored line sent again is still a duplicate"
            assert rep.rpc("complete_training_session", session_id=session_id)["status"] == "completed"

    def test_a_longer_session_of_the_old_system_is_claimed_and_fetched(self, database: Database) -> None:
        [session_id] = end_sessions(database)
        database.sql(
            """update public.training_sessions set transcript = (select jsonb_agg(jsonb_build_object(
                 'sequence', n, 'speaker', 'user', 'text', repeat('x', 4000))) from generate_series(1, 2000) n)"""
        )
        with database.grader() as grader:
            [mine] = claim(grader)
            fetched = grader.rpc("get_claimed_training_session", session_id=session_id, claim_id=mine["claim_id"])
        assert len(fetched["transcript"]) == 2000
        assert mine["bytes"] > 8_000_000


def test_thirty_two_wake_ups_over_large_sessions_leave_no_lease_without_a_holder(database: Database) -> None:
    """Each claims with a token of its own and asks again, as if every first answer had been lost."""
    end_sessions(database, 32)
    database.sql(
        """update public.training_sessions set transcript = (select jsonb_agg(jsonb_build_object(
             'sequence', n, 'speaker', 'user', 'text', repeat('🏠', 1000))) from generate_series(1, 250) n)"""
    )
    held: list[str] = []

    def wake_up() -> None:
        token = str(uuid.uuid4())
        with database.grader() as grader:
            claim(grader, max_count=4, claim_token=token)
            held.extend(each["claim_id"] for each in claim(grader, max_count=4, claim_token=token))

    threads = [threading.Thread(target=wake_up) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == sorted(database.sql("select claim_id::text from training.grading_claims"))
    assert len(held) == 32


def test_an_unreachable_pg_net_or_realtime_does_not_fail_the_end(database: Database) -> None:
    """The schemas are there and the owner of our functions may not use them, as a locked-down project has it."""
    database = database.admin
    database.sql("create role locked_out nologin")
    try:
        for schema in ("net", "realtime"):
            database.sql(f"create schema {schema}")
        database.sql(
            "create function net.http_post(text, jsonb, jsonb, jsonb, integer) returns bigint language sql as 'select 1'"
        )
        database.sql("create function realtime.send(jsonb, text, text, boolean) returns void language sql as 'select'")
        database.sql("grant all on all tables in schema public, training to locked_out")
        database.sql("grant all on schema public, training, auth to locked_out")
        database.sql("grant execute on all functions in schema training to locked_out")
        for function in ("wake_grader(bigint)", "broadcast_lines(bigint, jsonb[])"):
            with psycopg.connect(database.url, autocommit=True) as connection:
                connection.execute(f"alter function training.{function} owner to locked_out")
                connection.execute("set role locked_out")
                name = function.split("(")[0]
                arguments = "1" if name == "wake_grader" else "1, array['{}'::jsonb]"
                connection.execute(f"select training.{name}({arguments})")
    finally:
        database.sql("drop owned by locked_out cascade")
        database.sql("drop role locked_out")


def test_policies_come_after_everything_else_and_a_lock_is_waited_for_three_seconds() -> None:
    text = MIGRATIONS[0].read_text()
    assert text.index("create policy") > text.rindex("create function")
    assert text.index("set lock_timeout = '3s'") < text.index("do $$")
    assert text.rstrip().endswith("reset lock_timeout;")
