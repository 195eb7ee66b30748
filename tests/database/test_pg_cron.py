"""The schedule alone is enough: pg_cron's job fires and the session is graded, though every wake-up was lost."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from run.local.binaries import postgres_bin_dirs
from run.local.ports import free_port
from run.local.postgres import Postgres
from stacks import make_template, running_stack
from support import Stack, transcript_lines, until

DEBIAN = postgres_bin_dirs().get(15)
HAS_PG_CRON = DEBIAN is not None and Path("/usr/share/postgresql/15/extension/pg_cron.control").exists()

# pg_net's queue and signature; the worker that sends what is queued is a thread of the test.
PG_NET_STAND_IN = """
create schema net;
create table net.http_request_queue (id bigint generated always as identity, url text, headers jsonb, body jsonb);
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds integer default 5000)
returns bigint language sql as $$
  insert into net.http_request_queue (url, headers, body) values (url, headers, body) returning id $$;
-- As the real one's, for all.
grant usage on schema net to public;
grant all on all tables in schema net to public;
"""


@pytest.fixture
def cron_stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack over Debian's PostgreSQL 15 with the real pg_cron in its database."""
    assert DEBIAN is not None
    name = f"cron_{uuid.uuid4().hex}"
    settings = {
        "shared_preload_libraries": "pg_cron",
        "cron.database_name": name,
        "cron.use_background_workers": "on",
        "max_worker_processes": "20",
    }
    with Postgres(DEBIAN, tmp_path / "data", free_port(), durable=False, settings=settings).init() as server:
        make_template(server)
        with running_stack(server, tmp_path / "stack", name=name) as stack:
            stack.database.admin.sql("create extension pg_cron")
            stack.database.admin.sql(
                "grant usage on schema cron to postgres; grant select on all tables in schema cron to postgres"
            )
            yield stack


@pytest.mark.skipif(not HAS_PG_CRON, reason="NO pg_cron HERE: apt-get install postgresql-15-cron, as .ci/run does")
@pytest.mark.timeout(180)
def test_the_job_fires_and_the_session_is_graded_with_no_other_trigger(cron_stack: Stack) -> None:
    with cron_stack.new_user() as user:
        session_id = user.start()
        user.end(session_id, transcript_lines=transcript_lines())  # its wake-up is a NOTIFY without a listener
    database = cron_stack.database
    database.admin.sql(PG_NET_STAND_IN)
    configure = "select training.configure_grader(%s, %s)"
    assert database.sql(configure, cron_stack.grader_url, cron_stack.grader_secret) == ["* * * * *"]
    assert database.sql(configure, cron_stack.grader_url, cron_stack.grader_secret) == ["* * * * *"]
    assert database.sql("select jobname, schedule, command from cron.job order by jobname") == [
        ("forget-training-transcripts", "17 * * * *", "select training.forget_transcripts()"),
        ("forget-training-usage", "23 0 * * *", "select training.forget_usage()"),
        ("grade-training-sessions", "* * * * *", "select training.grade_what_waits()"),
    ]

    done = threading.Event()

    def send_what_is_queued() -> None:
        with psycopg.connect(database.url, autocommit=True) as connection:
            while not done.wait(0.1):
                for url, headers, body in connection.execute(
                    "delete from net.http_request_queue returning url, headers, body"
                ):
                    httpx.post(url, json=body, headers=headers, timeout=30)

    worker = threading.Thread(target=send_what_is_queued)
    worker.start()
    try:
        until(
            lambda: (
                database.sql("select graded_by from public.training_sessions where id = %s", session_id)
                == ["heuristic"]
            ),
            seconds=130,
        )
    finally:
        done.set()
        worker.join()
    assert database.sql("select count(*) > 0 from cron.job_run_details where status = 'succeeded'") == [True]
