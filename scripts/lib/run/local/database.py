"""Bringing a database up to date: migrations by the real Supabase CLI, PostgREST's password, the seed."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from voice.token import split_secrets, token_hashes

from .binaries import ROOT, run_supabase

MIGRATIONS = ROOT / "supabase" / "migrations"
SEED = ROOT / "supabase" / "seed.sql"


class MigrationFailed(Exception):
    """The CLI could not apply the migrations; the text is what it said."""


def pending_migrations(url: str, folder: Path = MIGRATIONS) -> list[str]:
    """The versions in `folder` that the database at `url` has not had, oldest first."""
    files = sorted(path.name.split("_", 1)[0] for path in folder.glob("*.sql"))
    with psycopg.connect(url) as connection:
        known = connection.execute("select to_regclass('supabase_migrations.schema_migrations')").fetchone()
        if not known or known[0] is None:
            return files
        rows = connection.execute("select version from supabase_migrations.schema_migrations").fetchall()
    return [version for version in files if version not in {row[0] for row in rows}]


def migrate(url: str, *, root: Path = ROOT) -> list[str]:
    """Apply what is pending and return it; the CLI is not called for nothing. Raises MigrationFailed."""
    pending = pending_migrations(url, root / "supabase" / "migrations")
    if not pending:
        return []
    done = run_supabase("migration", "up", "--yes", database_url=url, folder=root)
    still = pending_migrations(url, root / "supabase" / "migrations")
    if done.returncode or still:
        said = (done.stdout + done.stderr).strip()
        raise MigrationFailed(f"migrations {', '.join(still)} were not applied:\n{said[-3000:]}")
    return pending


def set_authenticator_password(admin_url: str, password: str) -> None:
    """Gives PostgREST's login role its password; the superuser's URL is needed."""
    with psycopg.connect(admin_url) as connection:
        connection.execute(sql.SQL("alter role authenticator password {}").format(sql.Literal(password)))


def configure_voice(url: str, webhook_secrets: str) -> None:
    """Lets the hook of the users' function store: see voice/token.py. Repeatable."""
    with psycopg.connect(url) as connection:
        connection.execute("select training.configure_voice(%s)", (token_hashes(split_secrets(webhook_secrets)),))


def seed(url: str, file: Path = SEED) -> bool:
    """Run the seed file in one transaction; False when there is none."""
    if not file.exists():
        return False
    with psycopg.connect(url) as connection:
        connection.execute(file.read_bytes())
    return True
