"""What the tests of the migration share: an old database in the running server, and the command as the operator calls it."""

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import old_world
import psycopg
from old_world import OldWorld

from operate.migration import cli
from run.local.postgres import OWNER, SUPERUSER, Postgres
from support import MIGRATIONS, ROOT, Database, until

ROWS = int(os.environ.get("MIGRATION_ROWS", "600"))
"""Rows of the generated old database. `MIGRATION_ROWS=200000 ./scripts/test tests/migration/test_live.py` for the big run."""

KILLS = int(os.environ.get("MIGRATION_KILLS", "3"))
"""How often the backfill is killed."""

OPERATOR = OWNER
"""Who runs the command: the owner of everything, as `postgres` is on hosted Supabase, and no superuser."""

TEMPLATE = "template_hosted"

DIGEST = """
select md5(string_agg(concat_ws('|', id, legacy_id, user_id, status, started_at, ended_at, transcript, rapport_score, closing_score, overall_score,
                                graded_at, graded_by), E'\\n' order by id)), count(*)
  from public.training_sessions
"""


def make_hosted_template(server: Postgres) -> None:
    """The migrated database as a hosted project has it: all of it is the operator's."""
    hosted_database(server, TEMPLATE, template="template1")
    with psycopg.connect(server.url(TEMPLATE, user=OPERATOR)) as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_bytes())


def hosted_database(server: Postgres, name: str, template: str = TEMPLATE) -> str:
    """A copy of the template, which is the operator's too; the superuser's URL."""
    server.create_database(name, template=template)
    return server.admin_url(name)


@dataclass
class Old(Database):
    """A database of the old system beside the new one's tables; `world` says who is in it.

    `url` is the superuser's, for the test itself; what the operator does goes through `operator`.
    """

    url: str
    world: OldWorld
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def operator(self) -> Database:
        return Database(self.url.replace(f"{SUPERUSER}@", f"{OPERATOR}@", 1))

    def migrate(self, *arguments: str, status: int = 0) -> None:
        """Runs the command here, without asking; it must end with this exit status."""
        assert cli.main([*arguments, "--yes", "--database-url", self.operator.url]) == status

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The command as a process of its own."""
        path = os.pathsep.join(str(ROOT / folder) for folder in ("functions", "scripts/lib"))
        return subprocess.Popen(
            [sys.executable, "-m", "operate.migration.cli", *arguments],
            env={**os.environ, "PYTHONPATH": path, "DATABASE_URL": self.operator.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def pending(self) -> int:
        [count] = self.sql("select count(*) from training_migration.pending")
        return int(count)

    def insert(self, **columns: Any) -> str:
        """A row of the old app, written as its service would; its id."""
        columns.setdefault("user_id", self.world.people[0])
        [old_id] = self.sql(
            f"insert into public.live_sessions ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))}) returning id::text",
            *columns.values(),
        )
        return str(old_id)

    def session(self, old_id: str) -> dict[str, Any]:
        """The session of an old row, as JSON; {} if there is none."""
        found = self.sql("select to_jsonb(t) from public.training_sessions t where legacy_id = %s", old_id)
        return dict(found[0]) if found else {}


@contextmanager
def old_database(postgres: Postgres, rows: int = ROWS, seed: int = 4, table: str = old_world.TABLE) -> Iterator[Old]:
    name = f"old_{uuid.uuid4().hex}"
    database = Old(hosted_database(postgres, name), OldWorld([], []))
    database.world = old_world.create(database.operator.url, rows, seed, table=table)
    yield database
    postgres.drop_database(name)


class OldAppUser:
    """A connection whose statement may have to wait: it runs in a thread, in a transaction that stays open until `commit`."""

    def __init__(self, database: Old) -> None:
        self.database = database
        self.connection = psycopg.connect(database.url)
        self._thread = threading.Thread()

    def does(self, statement: LiteralString, **values: Any) -> None:
        """Returns when the statement is through, or waits for a lock."""
        self.calls(lambda: self.connection.execute(statement, values))
        until(lambda: self.is_through() or self._waits())

    def calls(self, work: Callable[[], object]) -> None:
        """The same for something that is not this connection's; does not wait for it."""
        self._thread = threading.Thread(target=work)
        self._thread.start()

    def is_through(self) -> bool:
        return not self._thread.is_alive()

    def _waits(self) -> bool:
        pid = self.connection.info.backend_pid
        return self.database.sql("select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", pid) == [True]

    def commits(self) -> None:
        self._thread.join()
        self.connection.commit()


@contextmanager
def people(database: Old, count: int) -> Iterator[list[OldAppUser]]:
    everybody = [OldAppUser(database) for _ in range(count)]
    try:
        yield everybody
    finally:
        for each in everybody:
            each.connection.close()
