"""An old database for each test: as it was found, or already prepared; and the pure half of the conversion alone."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from operating import Old, make_hosted_template, old_database

from operate.migration.database import sql_files
from run.local.postgres import Postgres


@pytest.fixture(scope="session", autouse=True)
def hosted(postgres: Postgres) -> None:
    make_hosted_template(postgres)


@pytest.fixture
def old(postgres: Postgres) -> Iterator[Old]:
    """Some hundred old rows with every oddity; nothing of the migration yet."""
    with old_database(postgres) as database:
        yield database


@pytest.fixture
def prepared(postgres: Postgres) -> Iterator[Old]:
    """A few old rows, mirrored both ways, all converted."""
    with old_database(postgres, rows=40) as database:
        database.migrate("prepare")
        database.migrate("backfill")
        yield database


@pytest.fixture(scope="module")
def converter(postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """A database with the pure functions of the conversion, and no table of the migration."""
    url = postgres.create_database("converter", template="template_training")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create schema training_migration")
        for text in sql_files("public.live_sessions", "2", "3", "4"):
            connection.execute(text.encode())
        connection.execute("set timezone = 'UTC'")
        yield connection
    postgres.drop_database("converter")
