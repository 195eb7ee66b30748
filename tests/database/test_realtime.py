"""Realtime: broadcast where it is, line by line, to the owner alone, and never at the price of an append."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from run.local.postgres import Postgres
from support import MIGRATIONS, Database, line, transcript_lines

# A stand-in for Supabase Realtime in the database: its send, its topic and its table of messages.
REALTIME_STAND_IN = """
create schema realtime;
create table realtime.messages (id bigint generated always as identity, topic text, event text, payload jsonb, private boolean, extension text);
alter table realtime.messages enable row level security;
create function realtime.topic() returns text language sql stable as $$ select current_setting('realtime.topic', true) $$;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void language sql as
  $$ insert into realtime.messages (topic, event, payload, private, extension) values (topic, event, payload, private, 'broadcast') $$;
grant usage on schema realtime to postgres, authenticated; grant select on realtime.messages to authenticated;
-- Hosted Supabase lets postgres make policies here by its extension supautils, which is not at hand.
alter table realtime.messages owner to postgres;
"""


@pytest.fixture
def live(postgres: Postgres) -> Iterator[Database]:
    """A database with Realtime in it before the migrations came."""
    name = f"live_{uuid.uuid4().hex}"
    url = postgres.create_database(name)
    Database(url).admin.sql(REALTIME_STAND_IN)
    with psycopg.connect(url) as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_bytes())
    yield Database(url)
    postgres.drop_database(name)


def messages(database: Database) -> list[tuple[str, str]]:
    return database.sql(
        "select event, coalesce(payload ->> 'text', payload ->> 'grading_state') from realtime.messages order by id"
    )


def test_each_line_and_each_state_is_broadcast_once_and_alone(live: Database) -> None:
    with live.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "one"), line(2, "two", "agent")])
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1, "one")])
        rep.rpc("append_transcript", session_id=session_id, lines=[line(4, "four")])
        rep.rpc("append_transcript", session_id=session_id, lines=[line(3, "three"), line(5, "five")])
        rep.rpc("append_transcript", session_id=session_id, lines=[line(2, "tw", "agent", correction=True)])
        rep.rpc(
            "append_transcript", session_id=session_id, lines=[line(6, "six"), line(2, "t", "agent", correction=True)]
        )
        rep.rpc("complete_training_session", session_id=session_id, lines=[line(7, "seven")])
        rep.rpc("complete_training_session", session_id=session_id, lines=[line(7, "seven")])
    assert messages(live) == [
        ("line", "one"), ("line", "two"), ("line", "four"), ("line", "three"), ("line", "five"), ("line", "tw"), ("line", "t"), ("line", "six"),
        ("line", "seven"), ("state", "waiting"),
    ]  # fmt: skip
    sent = live.sql(
        "select distinct on (payload -> 'sequence') payload from realtime.messages where event = 'line' order by payload -> 'sequence', id desc"
    )
    assert sent == live.transcript(session_id)
    assert live.sql("select distinct topic, private from realtime.messages") == [
        (f"training_session:{session_id}", True)
    ]


def test_only_the_owner_may_listen(live: Database) -> None:
    with live.rep() as rep, live.rep() as other:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("append_transcript", session_id=session_id, lines=[line(1)])
        live.sql("insert into realtime.messages (topic, extension) values ('presence is not granted', 'presence')")
        for who, topic, heard in (
            (rep, f"training_session:{session_id}", 1),
            (other, f"training_session:{session_id}", 0),
            (rep, "training_session:x", 0),
            (rep, "another_users_topic", 0),
        ):
            who.connection.execute("select set_config('realtime.topic', %s, false)", (topic,))
            assert who.rows("select count(*) from realtime.messages") == [heard], topic


def test_a_broadcast_that_fails_does_not_fail_the_append(live: Database) -> None:
    live.sql("drop table realtime.messages")
    with live.rep() as rep:
        session_id = rep.rpc("create_training_session", agent_name="Austin")["id"]
        rep.rpc("append_transcript", session_id=session_id, lines=transcript_lines())
        rep.rpc("complete_training_session", session_id=session_id)
    assert len(live.transcript(session_id)) == 6


def test_without_realtime_nothing_is_installed(database: Database) -> None:
    assert database.sql("select tgname from pg_trigger where tgname = 'state_is_broadcast'") == []
