"""The old table drifted: what it has is looked up. Where the migration could not keep its word, it stops before any change."""

import uuid

import old_world
import psycopg
import pytest
from old_world import OldWorld
from operating import Old, hosted_database, old_database

from operate.migration import cli
from run.local.postgres import SUPERUSER, Postgres
from support import transcript_lines

SMALL = "create table public.live_sessions (id uuid primary key, user_id uuid"


def small(postgres: Postgres, columns: str) -> Old:
    """An old database with one person and this table."""
    url = hosted_database(postgres, f"small_{uuid.uuid4().hex}")
    database = Old(url, OldWorld([str(uuid.uuid4())], []))
    database.sql("insert into public.users (id) values (%s)", database.world.people[0])
    database.operator.sql(columns)
    return database


def test_a_table_of_hardly_any_columns_migrates(postgres: Postgres) -> None:
    database = small(postgres, f"{SMALL})")
    old_id = database.insert(id=str(uuid.uuid4()))
    database.migrate("prepare")
    database.migrate("backfill")
    assert (database.session(old_id)["agent_name"], database.session(old_id)["status"]) == ("Unknown", "active")
    with database.rep(database.world.people[0]) as person:
        person.rpc("create_training_session", agent_name="Brenda")
    assert database.sql("select count(*) from public.live_sessions") == [2]
    database.migrate("verify")


def test_ids_are_in_order_of_time_for_every_type_of_the_column(postgres: Postgres) -> None:
    database = small(postgres, f"{SMALL}, created_at bigint, started_at text, ended_at text)")
    second = database.insert(id="00000000-0000-4000-8000-000000000001", created_at=1772355600000)
    first = database.insert(id=str(uuid.uuid4()), started_at="Sat Mar 01 2025 09:00:00 GMT+0100 (CET)")
    for step in ("prepare", "backfill", "verify"):
        database.migrate(step)
    assert database.session(first)["id"] < database.session(second)["id"]
    assert str(database.session(second)["created_at"]) == "2026-03-01T09:00:00+00:00"


def test_a_table_with_its_transcript_as_text_and_ids_as_uuid_migrates_both_ways(postgres: Postgres) -> None:
    database = small(
        postgres,
        f"{SMALL}, transcript text, agent_id uuid, agent_name varchar(80), ended_at timestamp, closing_score real, analytics text)",
    )
    texts = {
        '[{"speaker": "rep", "text": "Hello"}]': "Hello",
        "Rep: Hello\nAustin: Yes?": "Hello",
        '"[{\\"role\\": \\"user\\", \\"content\\": \\"Hello\\"}]"': "Hello",
        "she hung up": None,
        "[{broken": None,
        '{"text": "\\u0000", "speaker": "user"}': None,
        "": None,
    }
    ids = {
        text: database.insert(id=str(uuid.uuid4()), transcript=text, ended_at="2026-01-01 10:00", closing_score=71.5, analytics='{"feedback": {"strengths": ["Warm"]}}')
        for text in texts
    }  # fmt: skip
    database.migrate("prepare")
    database.migrate("backfill")
    for text, said in texts.items():
        session = database.session(ids[text])
        assert [line["text"] for line in session["transcript"][:1]] == ([said] if said else []), text
        assert (session["closing_score"], session["feedback_strengths"], session["ended_at"]) == (
            72,
            ["Warm"],
            "2026-01-01T10:00:00+00:00",
        )
    kept = set(database.sql("select columns ->> 'transcript' from training.legacy_originals"))
    assert kept == {text for text, said in texts.items() if said is None and text}
    with database.rep(database.world.people[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda", agent_id="not a uuid")["id"]
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    [back] = database.sql("select transcript::jsonb from public.live_sessions where agent_name = 'Brenda'")
    assert len(back) == 6
    database.migrate("verify")


def test_unknown_columns_are_named_and_left_alone(postgres: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    with old_database(
        postgres,
        rows=20,
        table=old_world.TABLE.replace(
            "end_reason text,", "end_reason text, branch text default 'x', pay numeric generated always as (1) stored,"
        ),
    ) as database:
        database.migrate("prepare")
        told = capsys.readouterr().err
        assert all(f"{name} (20 rows)" in told for name in ("branch", "pay"))
        database.migrate("backfill")
        with database.rep(database.world.people[0]) as person:
            person.rpc("create_training_session", agent_name="Brenda")
        assert database.sql(
            "select branch from public.live_sessions where agent_name = 'Brenda' and created_at > '2026-06-01' and created_at < '2099-01-01'"
        ) == ["x"]
        database.migrate("verify")


OBJECTS = (
    "select count(*) from pg_class union all select count(*) from pg_proc union all select count(*) from pg_trigger"
)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("create table public.live_sessions (id uuid, user_id uuid)", "no unique uuid column id"),
        ("create table public.live_sessions (id bigint primary key, user_id uuid)", "no unique uuid column id"),
        ("create table public.live_sessions (id uuid primary key, owner text)", "no uuid column user_id"),
        (
            "create view public.live_sessions as select gen_random_uuid() as id, gen_random_uuid() as user_id",
            "not a table",
        ),
        ("create table public.live_session (id uuid primary key)", "no table public.live_sessions"),
    ],
)
def test_a_table_that_cannot_be_migrated_stops_it_before_any_change(
    postgres: Postgres, capsys: pytest.CaptureFixture[str], table: str, says: str
) -> None:
    database = small(postgres, table)
    before = database.sql(OBJECTS)
    database.migrate("prepare", status=1)
    said = " ".join(capsys.readouterr().err.split())
    assert says in said
    assert "othing was changed" in said
    assert database.sql(OBJECTS) == before


@pytest.mark.parametrize("other", ["create table public.training_sessions (id uuid primary key)", "select 1"])
def test_without_the_new_system_or_with_another_one_it_says_what_to_do(
    postgres: Postgres, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    url = postgres.create_database(f"other_{uuid.uuid4().hex}")
    with psycopg.connect(url) as connection:
        connection.execute(other.encode())
        connection.execute(f"{SMALL})".encode())
    assert cli.main(["prepare", "--yes", "--database-url", url]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert ("rename it" in said) == ("training_sessions" in other)
    assert "./scripts/deploy" in said
    assert "othing was changed" in said


def test_a_role_that_does_not_own_the_old_table_is_told_so(prepared: Old, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.sql(
        "create role visitor login; grant usage on schema training, training_migration to visitor; grant select on all tables in schema training, training_migration, public to visitor"
    )
    try:
        url = prepared.url.replace(f"{SUPERUSER}@", "visitor@", 1)
        assert cli.main(["prepare", "--yes", "--database-url", url]) == 1
        assert "Use the table's owner" in " ".join(capsys.readouterr().err.split())
    finally:
        prepared.sql("drop owned by visitor; drop role visitor")


def test_an_unreachable_or_missing_database_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert cli.main(["status"]) == 2
    assert cli.main(["status", "--database-url", "postgresql://127.0.0.1:1/none"]) == 1
    assert "could not be reached" in " ".join(capsys.readouterr().err.split())
