"""The whole path as on hosted Supabase: not as a superuser, through a session pooler, statements of two minutes at most."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from old_app import PEOPLE, PLAIN, old_app
from operating import OPERATOR, Old

from operate.migration import cli
from run.local.ports import free_port
from run.local.postgres import Postgres
from support import transcript_lines, until

PGBOUNCER = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = any
pool_mode = session
default_pool_size = 15
unix_socket_dir =
"""

pytestmark = pytest.mark.skipif(not PGBOUNCER, reason="NO pgbouncer HERE: apt-get install pgbouncer, as .ci/run does")


@contextmanager
def session_pooler(postgres: Postgres) -> Iterator[int]:
    """The port of a pooler that gives each client a connection of the operator for as long as the client stays."""
    listen, server = free_port(), psycopg.conninfo.conninfo_to_dict(postgres.url())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(SETTINGS.format(host=server["host"], port=server["port"], user=OPERATOR, listen=listen))
        as_other = []
        if os.geteuid() == 0:  # it refuses to run as root
            Path(folder).chmod(0o755)
            file.chmod(0o644)
            as_other = ["--user", "nobody"]
        process = subprocess.Popen([str(PGBOUNCER), "--quiet", *as_other, str(file)])
        try:
            until(lambda: process.poll() is not None or _answers(listen))
            assert process.poll() is None
            yield listen
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://{OPERATOR}@127.0.0.1:{port}/postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def pooled(postgres: Postgres) -> Iterator[tuple[Old, str]]:
    """The old app's database, and its URL through the pooler."""
    with old_app(postgres, copies=20) as database, session_pooler(postgres) as port:
        name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
        database.sql(f"alter role {OPERATOR} in database {name} set statement_timeout = '2min'")
        yield database, f"postgresql://{OPERATOR}@127.0.0.1:{port}/{name}"


def test_the_whole_path_and_the_way_back_through_a_session_pooler(pooled: tuple[Old, str]) -> None:
    database, url = pooled

    def migrate(*arguments: str, status: int = 0) -> None:
        assert cli.main([*arguments, "--yes", "--database-url", url]) == status, arguments

    with psycopg.connect(url) as connection:
        [found] = connection.execute("select current_setting('statement_timeout'), current_setting('is_superuser')")
        assert found == ("2min", "off")
        connection.rollback()
    before = database.sql("select md5(string_agg(o::text, '' order by o.id)) from public.live_sessions o")

    migrate("backfill", "--dry-run")
    migrate("prepare")
    migrate("backfill", "--workers", "4")
    migrate("verify", "--workers", "4")
    for step in (["10"], ["50"], ["--user", PEOPLE[0]], ["off"], ["100"]):
        migrate("rollout", *step)
    with database.rep(PEOPLE[0]) as person:
        session_id = person.rpc("create_training_session", agent_name="Brenda")["id"]
        person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
    shown = "select count(*) from public.live_sessions{} where agent_name = 'Brenda'"
    assert database.sql(shown.format("")) == [1]
    migrate("verify")
    migrate("children")
    migrate("finish", "--i-am-sure")
    assert database.sql(shown.format("_retired")) == [1]
    migrate("undo")
    migrate("undo", "--i-am-sure")
    same = "select md5(string_agg(o::text, '' order by o.id)) from public.live_sessions o where agent_name <> 'Brenda'"
    assert database.sql(same) == before

    for step in (["prepare"], ["backfill"], ["verify"], ["rollout", "100"], ["children"], ["finish", "--i-am-sure"]):
        migrate(*step)
    migrate("children")
    database.operator.sql('drop view public.leaderboard; drop policy "Events of own sessions" on public.session_events')
    migrate("finish", "--drop", "--i-am-sure")
    session = database.session(database.ids["plain"])
    assert [line["text"] for line in session["transcript"]] == [line["text"] for line in PLAIN]
    with psycopg.connect(url) as connection:
        [(timeout,)] = connection.execute("select current_setting('statement_timeout')")
    assert timeout == "2min"
