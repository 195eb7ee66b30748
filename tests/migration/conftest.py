"""An old database for each test: as it was found, or already prepared."""

from collections.abc import Iterator

import pytest
from local.postgres import Postgres
from operating import Old, old_database


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
