"""A power cut for PostgreSQL: a crash that also loses what the operating system had not yet written to disk.

What is simulated: after the crash the write-ahead log is cut off behind the last flushed byte, and pages of the data
files fall back, at random, to what they were after the last checkpoint. Both are what a disk may hold after a real cut.
Not simulated: a disk that reports a flush it did not do, and torn pages.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from prove.tree import processes
from run.local.postgres import Postgres

PAGE = 8192
"""Bytes of a page of PostgreSQL, in data files and in the log."""
DATA_FOLDERS = ("base", "global")
FREEZE_SECONDS = 2.0
"""A frozen process may hold a lock that the question for the flushed position needs; then the cut is a plain crash."""


@dataclass(frozen=True)
class Snapshot:
    """A copy of the data files, made after the checkpoint that began at `redo`."""

    folder: Path
    redo: str


@dataclass(frozen=True)
class Cut:
    """The losses of a cut: bytes of the log after the flushed position, and pages with older content."""

    log_bytes: int
    pages: int

    @property
    def took_effect(self) -> bool:
        """Whether more than a plain kill happened."""
        return self.log_bytes > 0 or self.pages > 0


def take_snapshot(server: Postgres, folder: Path) -> Snapshot:
    """A checkpoint, and a copy of the data files right after it. Pages may already be newer, never older."""
    with psycopg.connect(server.admin_url(), autocommit=True) as connection:
        connection.execute("checkpoint")
        redo = _redo(connection)
    shutil.rmtree(folder, ignore_errors=True)
    for name in DATA_FOLDERS:
        for source in (server.data_dir / name).rglob("*"):
            if source.is_file():
                target = folder / source.relative_to(server.data_dir)
                target.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):  # dropped while we copied
                    shutil.copyfile(source, target)
    return Snapshot(folder, redo)


def cut_power(server: Postgres, snapshot: Snapshot, chance: random.Random) -> Cut:
    """Kills the server and takes from its files what was not flushed. The caller starts it again."""
    flushed: int | None = None
    same_checkpoint = False
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(server.admin_url(), autocommit=True) as connection,
    ):
        own = connection.info.backend_pid
        others = [process for process in processes(server) if process.pid != own]
        _signal(others, signal.SIGSTOP)  # from here on nothing is flushed and nothing is acknowledged
        connection.execute(f"set statement_timeout = {int(FREEZE_SECONDS * 1000)}")
        row = connection.execute(
            "select pg_current_wal_flush_lsn(), pg_current_wal_flush_lsn() - '0/0'::pg_lsn"
        ).fetchone()
        flushed = int(row[1]) if row else None
        same_checkpoint = _redo(connection) == snapshot.redo
    _signal(processes(server), signal.SIGKILL)
    server.kill()
    log_bytes = 0 if flushed is None else _drop_log(server.data_dir / "pg_wal", flushed, _segment_bytes(server))
    pages = _fall_back(server.data_dir, snapshot.folder, chance) if flushed is not None and same_checkpoint else 0
    return Cut(log_bytes, pages)


def _redo(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    row = connection.execute("select redo_lsn::text from pg_control_checkpoint()").fetchone()
    return str(row[0]) if row else ""


def _segment_bytes(server: Postgres) -> int:
    return int(server.settings.get("wal_segment_size", 16 * 1024 * 1024))


def _drop_log(folder: Path, flushed: int, segment_bytes: int) -> int:
    """Zeroes the log from byte `flushed` on; -> how many bytes that held something."""
    lost = 0
    for file in folder.iterdir():
        if len(file.name) != 24 or not file.is_file():
            continue
        high, low = int(file.name[8:16], 16), int(file.name[16:24], 16)
        start = (high * (0x1_0000_0000 // segment_bytes) + low) * segment_bytes
        keep = min(segment_bytes, max(0, flushed - start))
        if keep == segment_bytes:
            continue
        with file.open("r+b") as log:
            log.seek(keep)
            rest = log.read()
            if rest.count(0) != len(rest):
                lost += len(rest.rstrip(b"\0"))
                log.seek(keep)
                log.write(bytes(len(rest)))
    return lost


def _fall_back(data: Path, old: Path, chance: random.Random) -> int:
    """Half of the pages that changed since the snapshot are written back as they were; -> how many."""
    pages = 0
    for source in sorted(old.rglob("*")):
        target = data / source.relative_to(old)
        if not source.is_file() or not target.is_file() or source.name in ("pg_control", "pg_filenode.map"):
            continue
        before = source.read_bytes()
        with target.open("r+b") as file:
            for offset in range(0, len(before), PAGE):
                file.seek(offset)
                if file.read(PAGE) != before[offset : offset + PAGE] and chance.random() < 0.5:
                    file.seek(offset)
                    file.write(before[offset : offset + PAGE])
                    pages += 1
    return pages


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
    if number is signal.SIGSTOP:
        deadline = time.monotonic() + FREEZE_SECONDS
        while time.monotonic() < deadline and any(_runs(process) for process in processes):
            time.sleep(0.005)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE))
    except psutil.NoSuchProcess:
        return False
