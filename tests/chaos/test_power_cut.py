"""A simulated power cut loses what was not flushed, and nothing that was."""

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from prove.chaos.power import Cut, cut_power, take_snapshot
from run.local.binaries import postgres_bin_dir
from run.local.ports import free_port
from run.local.postgres import Postgres
from run.local.temporary import restart

SMALL_CACHE = {"shared_buffers": "1MB"}
"""So that changed pages reach the files before the cut."""
NOT_WAITING = {
    "synchronous_commit": "off",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
    "wal_buffers": "64kB",
}
"""Commits do not wait for the log, which is written but not flushed."""


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL of its own, with the settings of the test."""
    server = Postgres(postgres_bin_dir(), tmp_path / "data", free_port(), settings=request.param)
    server.init().start()
    yield server
    server.stop()


def insert(server: Postgres, count: int) -> None:
    """Rows that were acknowledged one by one."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create table said (n integer primary key, words text default repeat('word ', 200))")
        for n in range(1, count + 1):
            connection.execute("insert into said (n) values (%s)", (n,))


def survivors(server: Postgres) -> list[int]:
    with psycopg.connect(server.url()) as connection:
        if connection.execute("select to_regclass('said')").fetchone() == (None,):
            return []
        return [n for (n,) in connection.execute("select n from said order by n")]


def test_a_cut_took_effect_if_anything_was_lost() -> None:
    assert Cut(log_bytes=1, pages=0).took_effect
    assert Cut(log_bytes=0, pages=1).took_effect
    assert not Cut(log_bytes=0, pages=0).took_effect


@pytest.mark.parametrize("server", [SMALL_CACHE], indirect=True)
def test_every_acknowledged_row_outlives_the_cut(server: Postgres, tmp_path: Path) -> None:
    chance = random.Random(7)
    snapshot = take_snapshot(server, tmp_path / "snapshot")
    insert(server, 2_000)
    cut = cut_power(server, snapshot, chance)
    assert cut.pages > 0
    restart(server)
    assert survivors(server) == list(range(1, 2_001))


@pytest.mark.parametrize("server", [NOT_WAITING], indirect=True)
def test_rows_that_were_never_flushed_are_lost(server: Postgres, tmp_path: Path) -> None:
    """With `synchronous_commit = off` an acknowledgement comes before the flush: the cut must show it."""
    snapshot = take_snapshot(server, tmp_path / "snapshot")
    insert(server, 200)
    cut = cut_power(server, snapshot, random.Random(7))
    assert cut.log_bytes > 0
    restart(server)
    assert len(survivors(server)) < 200
