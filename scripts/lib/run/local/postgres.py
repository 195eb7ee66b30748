"""A PostgreSQL server of any major version, on 127.0.0.1 only, as root or as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from .binaries import postgres_major
from .ports import HOST
from .process import Process

SUPERUSER = "supabase_admin"
OWNER = "postgres"
"""The owner of the databases, as on hosted Supabase not a superuser."""
HOSTED = Path(__file__).with_name("hosted.sql")

COMMON_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    # Errors go to the client that caused them. In the log they could repeat words of a transcript.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For tests: nothing here has to outlive the machine.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class WrongVersion(Exception):
    """The data directory was made by another major version of PostgreSQL, or by another version of hosted.sql."""


class Postgres(Process):
    """`Postgres(bin_dir, data_dir, port).init().start()`; then `.url(dbname)`.

    Its roles and schemas are those of hosted Supabase, see hosted.sql. `durable=False` trades safety against power cuts
    for speed. With a `password` the owner and the superuser must give it; without one every user of this machine may
    connect. `settings` are further `postgres -c` settings.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: open transactions are rolled back
    ready_seconds = 60.0

    def __init__(
        self,
        bin_dir: Path,
        data_dir: Path,
        port: int,
        *,
        durable: bool = True,
        password: str | None = None,
        settings: dict[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__(log=log)
        self.bin_dir = Path(bin_dir)
        self.data_dir = Path(data_dir)
        self.port = port
        self.password = password
        self.settings = {**COMMON_SETTINGS, **({} if durable else FAST_SETTINGS), **(settings or {})}
        self._durable = durable

    def init(self) -> Self:
        """Make the data directory unless it is there. Raises WrongVersion."""
        major = postgres_major(self.bin_dir)
        version_file = self.data_dir / "PG_VERSION"
        if version_file.exists():
            made_by = version_file.read_text().strip()
            if made_by != str(major):
                raise WrongVersion(f"the data was made by PostgreSQL {made_by}, this is PostgreSQL {major}")
            applied = self.data_dir / HOSTED.name
            if not applied.exists() or applied.read_text() != HOSTED.read_text():
                raise WrongVersion("the data was made by another version of this project's local stack")
            return self
        # Made aside and renamed when complete, so that an interrupted initdb is never taken for a database.
        fresh = self.data_dir.with_name(self.data_dir.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        _give_to_server_user(fresh)
        locale = ["--locale=C.UTF-8"]
        if major >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [
            *_unprivileged(fresh), str(self.bin_dir / "initdb"), f"--pgdata={fresh}",
            f"--username={SUPERUSER}", "--encoding=UTF8", *locale, *([] if self._durable else ["--no-sync"]),
        ]  # fmt: skip
        with tempfile.NamedTemporaryFile("w") as password_file:
            if self.password is None:
                command.append("--auth=trust")
            else:
                password_file.write(self.password)
                password_file.flush()
                _give_to_server_user(Path(password_file.name))
                command += ["--auth=scram-sha-256", f"--pwfile={password_file.name}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        self._make_like_hosted(fresh)
        shutil.copy(HOSTED, fresh)
        if self.data_dir.exists():
            self.data_dir.rmdir()
        fresh.rename(self.data_dir)
        return self

    def _make_like_hosted(self, data_dir: Path) -> None:
        """Runs hosted.sql in template1, of which every other database is a copy, before the server ever listens."""
        password = f"password '{self.password}'" if self.password else ""
        done = subprocess.run(
            [
                *_unprivileged(data_dir), str(self.bin_dir / "postgres"), "--single", "-j", "-D", str(data_dir),
                "-c", "exit_on_error=true", "-c", "log_min_messages=error", "template1",
            ],
            input=HOSTED.read_text().replace("/* password */", password),
            cwd=data_dir, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"hosted.sql failed:\n{done.stderr[-2000:]}")

    def command(self) -> Sequence[str]:
        options = [part for key, value in self.settings.items() for part in ("-c", f"{key}={value}")]
        server = [str(self.bin_dir / "postgres"), "-D", str(self.data_dir), "-p", str(self.port), *options]
        return [*_unprivileged(self.data_dir), *server]

    def working_directory(self) -> Path:
        return self.data_dir

    def ready(self) -> bool:
        try:
            with psycopg.connect(self.url(), connect_timeout=3) as connection:
                connection.execute("select 1")
        except psycopg.Error:
            return False
        return True

    def url(self, dbname: str = "postgres", *, user: str = OWNER, password: str | None = None) -> str:
        """A connection URL for `dbname`, the owner's unless `user` (and its password) is given."""
        secret = self.password if user in (OWNER, SUPERUSER) and password is None else password
        login = quote(user, safe="") + (f":{quote(secret, safe='')}" if secret else "")
        return f"postgresql://{login}@{HOST}:{self.port}/{quote(dbname, safe='')}"

    def admin_url(self, dbname: str = "postgres") -> str:
        """The superuser's URL: for what a hosted project's owner cannot do."""
        return self.url(dbname, user=SUPERUSER)

    def tool(self, name: str) -> Path:
        """A client program of the same version, such as "psql" or "pg_dump"."""
        return self.bin_dir / name

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create database `name` as a copy of `template` (which must have no open connection); its owner's URL."""
        self._administer("create database {} template {} owner {}", name, template, OWNER)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop database `name` if it is there, closing its connections."""
        self._administer("drop database if exists {} with (force)", name)

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.admin_url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _unprivileged(data_dir: Path) -> list[str]:
    """The words before a PostgreSQL program that make it run as the data's owner: PostgreSQL refuses to run as root.

    The checkout may lie below a folder that only root may enter. So the process keeps one capability, to pass closed
    folders, and the securebit without which access(2), by which PostgreSQL looks for its own programs, ignores it.
    """
    if os.geteuid() != 0:
        return []
    owner = data_dir.stat()
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise RuntimeError("PostgreSQL as root needs the program setpriv (util-linux); or be another user")
    capability = "+dac_override"
    return [
        setpriv, f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups",
        f"--inh-caps={capability}", f"--ambient-caps={capability}", "--securebits=+no_setuid_fixup",
    ]  # fmt: skip


def _give_to_server_user(path: Path) -> None:
    """As root: make `path` belong to the user who will run the server."""
    if os.geteuid() == 0:
        user = _server_user(pwd.getpwall())
        os.chown(path, user.pw_uid, user.pw_gid)


def _server_user(users: Sequence[pwd.struct_passwd]) -> pwd.struct_passwd:
    """The user nobody, else a system account, else any other than root. initdb takes none that has no name."""
    others = [user for user in users if user.pw_uid != 0]
    if not others:
        raise RuntimeError(
            "PostgreSQL refuses to run as root, and this machine has only root; add a user: useradd --system postgres"
        )
    return min(others, key=lambda user: (user.pw_name != "nobody", 1000 <= user.pw_uid < 60_000, user.pw_uid))
