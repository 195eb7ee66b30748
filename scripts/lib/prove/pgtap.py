"""Runs supabase/tests/database with pg_prove, on Debian's PostgreSQL 15 with pgTAP. Exit status: pg_prove's.

With Docker, `supabase test db` runs the same files.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from run.local.binaries import ROOT, postgres_bin_dirs
from run.local.database import MIGRATIONS, seed
from run.local.ports import free_port
from run.local.postgres import Postgres

TESTS = sorted((ROOT / "supabase" / "tests" / "database").glob("*.sql"))


def main() -> int:
    debian, prove = postgres_bin_dirs().get(15), shutil.which("pg_prove")
    if debian is None or prove is None:
        print(
            "SKIPPED: pgTAP needs postgresql-15-pgtap and libtap-parser-sourcehandler-pgtap-perl, as .ci/run installs"
        )
        return 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(debian, Path(folder) / "data", free_port(), durable=False).init() as server,
    ):
        with psycopg.connect(server.admin_url()) as connection:
            connection.execute("create extension pgtap with schema extensions")
        with psycopg.connect(server.url()) as connection:
            for migration in sorted(MIGRATIONS.glob("*.sql")):
                connection.execute(migration.read_bytes())
        seed(server.url())
        return subprocess.run([prove, "--dbname", server.url(), *map(str, TESTS)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
