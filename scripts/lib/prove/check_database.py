"""`supabase db lint` and `db advisors` over a freshly migrated database, on every PostgreSQL found; any finding fails.

`db lint` needs the extension plpgsql_check, which Debian has for PostgreSQL 15; without it that half is skipped, loudly.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from run.local.binaries import postgres_bin_dirs, run_supabase
from run.local.database import migrate
from run.local.ports import free_port
from run.local.postgres import Postgres

MEANINGLESS_WHEN_EMPTY = {"unused_index"}
"""Advice drawn from statistics, which a new database does not have."""


PLANTED_TABLE = "create table public.planted (id bigint primary key); grant select on public.planted to anon"
"""A fault that the advisors must find, so that a check which looks at nothing does not pass."""

PLANTED_FUNCTION = """
    create function public.planted() returns integer language sql security definer set search_path = '' as 'select 1';
    grant execute on function public.planted() to anon
"""
OPEN_DEFINERS = """
    select p.proname from pg_catalog.pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('anon', p.oid, 'execute')
"""
"""The CLI's advisors (3.1) do not find these, so the check looks for them itself."""
ALLOWED_DEFINERS = {"receive_voice_record"}
"""It refuses a caller without the hook's token."""


def open_definers(database_url: str) -> set[str]:
    """Functions of `public` that run with their owner's rights and that the role anon may call."""
    with psycopg.connect(database_url) as connection:
        return {name for (name,) in connection.execute(OPEN_DEFINERS)} - ALLOWED_DEFINERS


def run(*arguments: str, database_url: str, show: bool = True) -> bool:
    """Runs the CLI and shows what it says, unless told not to; whether it found nothing."""
    print("$ supabase", *arguments[:2], flush=True)
    done = run_supabase(*arguments, database_url=database_url)
    _, found, listing = done.stdout.partition("\n[\n")
    every: list[dict[str, Any]] = json.JSONDecoder().raw_decode("[" + listing)[0] if found else []
    findings = [each for each in every if each.get("name") not in MEANINGLESS_WHEN_EMPTY]
    clean = not findings and (done.returncode == 0 or bool(found))
    if show:
        print("nothing found" if clean else json.dumps(findings, indent=1) if findings else done.stderr, flush=True)
    return clean


def check(bin_dir: Path, major: int) -> bool:
    """Whether the migrated database is clean on this server."""
    print(f"--- PostgreSQL {major}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(bin_dir, Path(folder) / "data", free_port(), durable=False).init() as server,
    ):
        url = server.create_database("checked")
        migrate(url)
        with psycopg.connect(server.admin_url("checked"), autocommit=True) as connection:
            # Hosted Supabase sets this, and some of the advisors look at these schemas alone.
            connection.execute("alter database checked set pgrst.db_schemas = 'public'")
        clean = run("db", "advisors", "--level", "info", "--fail-on", "info", database_url=url)
        if exposed := open_definers(url):
            print(f"definer functions that anon may call: {', '.join(sorted(exposed))}")
            clean = False
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PLANTED_TABLE)
            connection.execute(PLANTED_FUNCTION)
        if run("db", "advisors", "--level", "info", "--fail-on", "info", database_url=url, show=False):
            print("The advisors did not find the planted fault: a table without row level security.")
            clean = False
        if open_definers(url) != {"planted"}:
            print("The check did not find the planted fault: a definer function that anon may call.")
            clean = False
        with psycopg.connect(url) as connection:
            connection.execute("drop function public.planted(); drop table public.planted")
            linter = connection.execute("select 1 from pg_available_extensions where name = 'plpgsql_check'").fetchone()
        if linter is None:
            print("SKIPPED: supabase db lint, because this server has no plpgsql_check")
            return clean
        with psycopg.connect(server.admin_url("checked"), autocommit=True) as connection:
            connection.execute("create extension plpgsql_check")  # which `postgres` may not do on hosted Supabase
        return run("db", "lint", "--schema", "public,training", "--fail-on", "warning", database_url=url) and clean


def main() -> None:
    results = [check(bin_dir, major) for major, bin_dir in sorted(postgres_bin_dirs().items())]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
