"""The life of a session in SQL: profiles, the rules of the table, the overall score, the history."""

from decimal import Decimal

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from support import Database, Refused, Role, line


def claim(who: Role, **claims: str) -> None:
    """Adds to the claims of their token."""
    who.connection.execute(
        "select set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb || %s)::text, false)",
        (Jsonb(claims),),
    )


def test_a_missing_profile_is_made_on_first_use(database: Database) -> None:
    with database.rep() as rep:
        rep.rpc("create_training_session", agent_name="Austin")
        assert database.sql("select id::text from public.users") == [rep.user_id]


def test_a_profile_table_with_an_email_gets_the_tokens(database: Database) -> None:
    database.sql("alter table public.users add column email text not null")
    with database.rep() as rep:
        claim(rep, email="rep@example.com")
        rep.rpc("create_training_session", agent_name="Austin")
    assert database.sql("select email from public.users") == ["rep@example.com"]


@pytest.mark.parametrize(
    "email",
    [
        "text unique",
        "text not null default ''",
        "text generated always as (id::text) stored",
    ],
)
def test_people_without_an_email_get_a_profile_each(database: Database, email: str) -> None:
    database.sql(f"alter table public.users add column email {email}")
    with database.rep() as rep, database.rep() as other:
        claim(rep, email="")
        for who in rep, other:
            who.rpc("create_training_session", agent_name="Austin")
    assert database.sql("select count(*) from public.users") == [2]


def test_the_triggers_of_a_profile_table_find_their_own_tables(database: Database) -> None:
    database.sql(
        """create table public.welcome (id uuid);
           create function public.welcome_them() returns trigger language plpgsql as $$ begin insert into welcome values (new.id); return new; end $$;
           create trigger welcome after insert on public.users for each row execute function public.welcome_them()"""
    )
    with database.rep() as rep:
        rep.rpc("create_training_session", agent_name="Austin")
        assert database.sql("select id::text from public.welcome") == [rep.user_id]


@pytest.mark.parametrize(
    "shape",
    [
        "alter table public.users add column team_id integer not null",
        "alter table public.users add column email varchar(3)",
        "create trigger no before insert on public.users for each row execute function public.no()",
        "create trigger none before insert on public.users for each row execute function public.none()",
    ],
)
def test_a_profile_that_cannot_be_made_here_is_a_clear_error(database: Database, shape: str) -> None:
    database.sql(
        """create function public.no() returns trigger language plpgsql as $$ begin raise exception 'by invitation only'; end $$;
           create function public.none() returns trigger language plpgsql as $$ begin return null; end $$"""
    )
    database.sql(shape)
    with database.rep() as rep:
        claim(rep, email="rep@example.com")
        with pytest.raises(Refused) as refused:
            rep.rpc("create_training_session", agent_name="Austin")
    assert (refused.value.status, refused.value.code) == (409, "profile_missing")
    assert database.sql("select count(*) from public.training_sessions") == [0]


def test_settings_are_read_where_a_schema_has_only_the_name_of_the_vault(database: Database) -> None:
    database.admin.sql("create schema vault")
    assert database.sql("select training.setting('abandoned_after_minutes', '30')") == ["30"]


@pytest.mark.parametrize(("seconds", "stored"), [("95.0", 95), ("95.5", None), ("99999999999", None), ("-1", None)])
def test_a_duration_is_a_whole_number_however_it_is_written(
    database: Database, seconds: str, stored: int | None
) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        end = {"session_id": session_id, "duration_seconds": Decimal(seconds), "lines": [line(1)]}
        if stored is None:
            with pytest.raises(Refused) as refused:
                rep.rpc("complete_training_session", **end)
            assert (refused.value.code, refused.value.details) == ("invalid_field", "duration_seconds")
        else:
            rep.rpc("complete_training_session", **end)
    assert database.sql("select duration_seconds from public.training_sessions") == [stored]


def test_a_list_reads_its_owners_sessions_alone_wherever_it_begins(database: Database) -> None:
    with database.rep() as rep, database.rep() as other:
        mine = rep.rpc("create_training_session", agent_name="Austin")["id"]
        other.rpc("create_training_session", agent_name="Austin")
        database.sql(
            f"""insert into public.training_sessions (user_id, agent_name, started_at, created_at, last_activity_at) select '{other.user_id}', 'Brenda', now(), now(), now() from generate_series(1, 3000);
                analyze public.training_sessions"""
        )
        rep.connection.execute("begin")
        page = rep.rpc("list_training_sessions", before=9_000_000_000)
        [read] = rep.rows(
            "select idx_tup_fetch + seq_tup_read from pg_stat_xact_user_tables where relname = 'training_sessions'"
        )
    assert [each["id"] for each in page["sessions"]] == [mine]
    assert 0 < read < 20


def test_a_page_that_holds_all_sessions_names_no_next_one(database: Database) -> None:
    with database.rep() as rep:
        ids = [rep.rpc("create_training_session", agent_name="Austin")["id"] for _ in range(2)]
        for size, following in ((1, ids[1]), (2, None), (3, None)):
            assert rep.rpc("list_training_sessions", max_count=size)["next_before"] == following


def test_a_page_does_not_end_early_where_ids_are_not_in_order_of_date(database: Database) -> None:
    with database.rep() as rep:
        ids = [rep.rpc("create_training_session", agent_name="Austin")["id"] for _ in range(4)]
        database.sql(
            "update public.training_sessions set legacy_id = gen_random_uuid(), created_at = created_at - interval '1 year' where id = any(%s)",
            ids[1:3],
        )
        page = rep.rpc("list_training_sessions", max_count=2)
        assert ([each["id"] for each in page["sessions"]], page["next_before"]) == ([ids[3], ids[0]], ids[0])
        assert len(rep.rpc("list_training_sessions", before=ids[0])["sessions"]) == 2
        rep.rpc("delete_training_session", session_id=ids[0])
        with pytest.raises(Refused) as refused:
            rep.rpc("list_training_sessions", before=ids[0])
        assert (refused.value.code, refused.value.details) == ("invalid_field", "before")


def test_the_database_keeps_the_overall_score(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
    four = "rapport_score = %s, discovery_score = %s, objection_handling_score = %s, closing_score = %s"
    for scores, overall in (
        ((50, 51, 50, 51), 51),
        ((1, 0, 0, 0), 0),
        ((100, 100, 100, 100), 100),
        ((None, 100, 100, 100), None),
    ):
        database.sql(
            f"update public.training_sessions set graded_by = 'heuristic', {four} where id = {session_id}", *scores
        )
        assert database.sql("select overall_score from public.training_sessions") == [overall]
    with pytest.raises(errors.GeneratedAlways):
        database.sql("update public.training_sessions set overall_score = 99")


@pytest.mark.parametrize(
    "change",
    [
        "rapport_score = 101, graded_by = 'model'",
        "closing_score = -1, graded_by = 'model'",
        "rapport_score = 50",
        "status = 'done'",
        "status = 'completed'",
        "ended_at = started_at",
        "end_reason = 'ended'",
        "status = 'completed', end_reason = 'bored', ended_at = now()",
        "status = 'completed', end_reason = 'ended', ended_at = started_at - interval '1 second'",
        "duration_seconds = -1",
        "duration_seconds = 86401",
        "virtual_earnings = -0.01",
        "virtual_earnings = 'NaN'",
        "graded_at = now()",
        "transcript = '{}'",
        "agent_name = ''",
        "graded_by = 'browser'",
    ],
)
def test_the_table_refuses_what_makes_no_sense_even_from_its_owner(database: Database, change: str) -> None:
    with database.rep() as rep:
        rep.rpc("create_training_session", agent_name="Austin")
    with pytest.raises((errors.CheckViolation, errors.InvalidParameterValue)):
        database.sql(f"update public.training_sessions set {change}")


def test_the_clock_is_read_in_one_place(database: Database) -> None:
    with database.rep() as rep:
        rep.connection.execute("set training.now = '2030-01-01T00:00:00Z'")
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.connection.execute("set training.now = '2030-01-01T00:10:00Z'")
        rep.rpc("complete_training_session", session_id=session_id, lines=[line(1)])
    [(started, ended, duration, active)] = database.sql(
        "select started_at, ended_at, duration_seconds, last_activity_at from public.training_sessions"
    )
    assert ((ended - started).total_seconds(), duration, active) == (600, 600, ended)


def test_an_append_touches_no_index(database: Database) -> None:
    """Appends must stay heap-only updates, or each would write to every index."""
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        for n in range(1, 40):
            rep.rpc("append_transcript", session_id=session_id, lines=[line(n, f"line {n}")])
    database.sql("select pg_stat_force_next_flush()")
    [(updates, heap_only)] = database.sql(
        "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'training_sessions'"
    )
    assert updates >= 39
    assert heap_only >= 0.9 * updates


def test_the_history_cannot_be_rewritten(database: Database) -> None:
    with database.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
    database.sql(
        "insert into public.training_grades (session_id, claim_number, outcome, grader, created_at) values (%s, 1, 'accepted', 'legacy', now())",
        session_id,
    )
    with pytest.raises(errors.RestrictViolation):
        database.sql("update public.training_grades set scores = '{}'")


def test_old_ids_lead_their_owner_in_bulk(database: Database) -> None:
    with database.rep() as rep, database.rep() as other:
        mine = rep.rpc("create_training_session", agent_name="Austin")["id"]
        theirs = other.rpc("create_training_session", agent_name="Austin")["id"]
        [(old_mine, old_theirs)] = database.sql("select gen_random_uuid(), gen_random_uuid()")
        database.sql("update public.training_sessions set legacy_id = %s where id = %s", old_mine, mine)
        database.sql("update public.training_sessions set legacy_id = %s where id = %s", old_theirs, theirs)
        query = "select public.resolve_legacy_sessions(array[%(a)s, %(b)s]::uuid[])"
        assert rep.call(query, {"a": old_mine, "b": old_theirs}) == {str(old_mine): mine}


def test_a_conversation_belongs_to_one_session(database: Database) -> None:
    with database.rep() as rep, database.rep() as other:
        mine = rep.rpc("create_training_session", agent_name="Austin")["id"]
        theirs = other.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("bind_training_conversation", session_id=mine, conversation_id="conv_1")
        rep.rpc("bind_training_conversation", session_id=mine, conversation_id="conv_1")
        with pytest.raises(Refused, match="conversation_taken"):
            other.rpc("bind_training_conversation", session_id=theirs, conversation_id="conv_1")
