"""Appending to a long session, beside the two common ways to store a transcript: the client rewrites the array, or one
row per line."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from prove.bench.load import Connection, Request
from prove.bench.report import Report, ms, times
from prove.bench.rig import Rig, line, transcript

TITLE = "Append at line N, by how the transcript is stored"
LENGTHS = (10, 100, 300, 1000, 2000)
SAMPLES = 15
"""Sessions of each length and way in a round, one append each."""
ROUNDS = 4
"""After one to warm up."""
SESSION_LINES = 300
SESSIONS = 10
AT_ONCE = 16
GOAL = 1.5

TABLES = """
    create table public.bench_arrays (
      id bigint generated always as identity primary key, user_id uuid not null,
      transcript jsonb not null default '[]');
    create table public.bench_rows (
      session_id bigint not null, sequence integer not null, user_id uuid not null, speaker text not null,
      text text not null, "timestamp" timestamptz not null default now(), primary key (session_id, sequence));
    create index on public.bench_arrays (user_id);
    alter table public.bench_arrays enable row level security;
    alter table public.bench_rows enable row level security;
    create policy own on public.bench_arrays to authenticated using (user_id = (select auth.uid()));
    create policy own on public.bench_rows to authenticated using (user_id = (select auth.uid()));
    grant select, insert, update on public.bench_arrays, public.bench_rows to authenticated;
"""

Append = Callable[[Connection, int, int], Awaitable[None]]
Fill = Callable[[int, int], list[int]]
"""Makes so many sessions of so many lines; their ids."""


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["line", "this: one column, lz4", "the client rewrites the array", "one row per line"])
    with Rig(folder) as rig:
        rig.sql.execute(TABLES)
        await _schema_loaded(rig)
        latency = await _latencies(rig)
        for length in LENGTHS:
            report.row(f"{length:,}", *(ms(latency[way][length]) for way in WAYS))
        report.row("1,000 ÷ 10", *(times(latency[way][1000] / latency[way][10]) for way in WAYS))
        report.row(*await _lost(rig))
        report.row(f"WAL per {SESSION_LINES}-line session", *(_kib(_wal(rig, way)) for way in WAYS))
        report.row(f"disk per {SESSION_LINES}-line session, vacuumed", *(_kib(_disk(rig, way)) for way in WAYS))
    ratio = latency["ours"][1000] / latency["ours"][10]
    report.goal(f"line 1,000 at most {GOAL}× line 10, end to end", ratio <= GOAL, times(ratio))
    report.note = (
        "The first column goes through the Python function; the others straight to PostgREST, as their users would, and "
        "check nothing. The client's rewriting takes two requests, and lines sent at the same moment are lost."
    )
    return report


async def _schema_loaded(rig: Rig) -> None:
    """Until PostgREST writes to the new tables; it reads from tables that it does not know of yet."""
    connection = await Connection.open(rig.postgrest_port)
    for _ in range(100):
        rig.sql.execute("notify pgrst, 'reload schema'")  # one that comes before it listens is lost
        await asyncio.sleep(0.1)
        if (await connection.send(rig.request("OPTIONS", "/bench_rows")))[0] == 200:
            break
    connection.close()


async def _latencies(rig: Rig) -> dict[str, dict[int, float]]:
    """Median seconds of one append, by way and length; lengths and ways in turns."""
    ways: dict[str, tuple[int, Fill, Append]] = {
        "ours": (rig.functions_port, rig.sessions, _function(rig)),
        "arrays": (rig.postgrest_port, lambda count, lines: _arrays(rig, count, lines), _rewrite(rig)),
        "rows": (rig.postgrest_port, lambda count, lines: _rows(rig, count, lines), _insert(rig)),
    }
    found: dict[str, dict[int, list[float]]] = {way: {length: [] for length in LENGTHS} for way in ways}
    for number in range(ROUNDS + 1):
        for length in LENGTHS:
            for way, (port, fill, append) in ways.items():
                latencies = await _appends(port, fill(SAMPLES, length - 1), length, append)
                if number:
                    found[way][length] += latencies
    return {
        way: {length: statistics.median(each) for length, each in lengths.items()} for way, lengths in found.items()
    }


async def _appends(port: int, ids: list[int], sequence: int, append: Append) -> list[float]:
    connection = await Connection.open(port)
    latencies = []
    for session_id in ids:
        started = time.perf_counter()
        await append(connection, session_id, sequence)
        latencies.append(time.perf_counter() - started)
    connection.close()
    return latencies


def _function(rig: Rig) -> Append:
    async def append(connection: Connection, session_id: int, sequence: int) -> None:
        _succeeded(await connection.send(rig.function_append(session_id, sequence)))

    return append


def _rewrite(rig: Rig) -> Append:
    async def append(connection: Connection, session_id: int, sequence: int) -> None:
        path = f"/bench_arrays?id=eq.{session_id}"
        answer = await connection.send(rig.request("GET", path + "&select=transcript"))
        _succeeded(answer)
        lines = [*orjson.loads(answer[1])[0]["transcript"], _stored(sequence)]
        _succeeded(await connection.send(_minimal(rig, "PATCH", path, {"transcript": lines})))

    return append


def _insert(rig: Rig) -> Append:
    async def append(connection: Connection, session_id: int, sequence: int) -> None:
        row = {**line(sequence), "session_id": session_id, "user_id": rig.user_id}
        _succeeded(await connection.send(_minimal(rig, "POST", "/bench_rows", row)))

    return append


async def _lost(rig: Rig) -> tuple[str, ...]:
    """Several appends to one session at the same moment: how many of the acknowledged lines are there afterwards."""
    connections = [await Connection.open(rig.postgrest_port) for _ in range(AT_ONCE)]
    [session_id] = _arrays(rig, 1, 0)
    await asyncio.gather(*(_rewrite(rig)(each, session_id, n) for n, each in enumerate(connections, 1)))
    row = rig.sql.execute("select jsonb_array_length(transcript) from public.bench_arrays where id = %s", (session_id,))
    kept = row.fetchone() or (0,)
    [own] = rig.sessions(1)
    for connection in connections:
        connection.close()
    connections = [await Connection.open(rig.functions_port) for _ in range(AT_ONCE)]
    await asyncio.gather(*(_function(rig)(each, own, n) for n, each in enumerate(connections, 1)))
    row = rig.sql.execute("select line_count from public.training_sessions where id = %s", (own,))
    ours = row.fetchone() or (0,)
    for connection in connections:
        connection.close()
    return f"lost of {AT_ONCE} at once", str(AT_ONCE - ours[0]), str(AT_ONCE - kept[0]), "0"


def _arrays(rig: Rig, count: int, lines: int) -> list[int]:
    rows = rig.sql.execute(
        "insert into public.bench_arrays (user_id, transcript) select %s, %s from generate_series(1, %s) returning id",
        (rig.user_id, Jsonb(transcript(lines)), count),
    )
    return [row[0] for row in rows]


def _rows(rig: Rig, count: int, lines: int) -> list[int]:
    row = rig.sql.execute("select coalesce(max(session_id), 0) from public.bench_rows").fetchone() or (0,)
    ids = list(range(row[0] + 1, row[0] + 1 + count))
    rig.sql.execute(
        """insert into public.bench_rows (session_id, sequence, user_id, speaker, text)
           select s, n, %s, 'user', %s || n from unnest(%s::bigint[]) s, generate_series(1, %s) n""",
        (rig.user_id, line(1)["text"], ids, lines),
    )
    # A session without lines in the row-per-line table is only its id.
    return ids


WAYS: dict[str, tuple[str, str]] = {
    "ours": ("public.training_sessions", "select training.append_transcript({id}, jsonb_build_array({line}::jsonb))"),
    "arrays": (
        "public.bench_arrays",
        "update public.bench_arrays set transcript = transcript || {line}::jsonb where id = {id}",
    ),
    "rows": (
        "public.bench_rows",
        "insert into public.bench_rows (session_id, sequence, user_id, speaker, text) "
        "values ({id}, {n}, {user}, 'user', {text})",
    ),
}
"""The table and the statement that appends, by the column of the report."""


def _session_appends(rig: Rig, way: str) -> None:
    """Whole sessions, line by line, each line in its own transaction."""
    statement = WAYS[way][1]
    ids = (
        rig.sessions(SESSIONS)
        if way == "ours"
        else _arrays(rig, SESSIONS, 0)
        if way == "arrays"
        else _rows(rig, SESSIONS, 0)
    )
    claims = orjson.dumps({"sub": rig.user_id, "role": "authenticated"}).decode()
    rig.sql.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
    for session_id in ids:
        for n in range(1, SESSION_LINES + 1):
            values = {
                "{id}": str(session_id),
                "{n}": str(n),
                "{user}": f"'{rig.user_id}'",
                "{text}": f"'{line(n)['text']}'",
                "{line}": f"'{orjson.dumps(_stored(n)).decode()}'",
            }
            text = statement
            for name, value in values.items():
                text = text.replace(name, value)
            rig.sql.execute(text.encode())


def _wal(rig: Rig, way: str) -> float:
    """Bytes of WAL per session."""
    rig.sql.execute("checkpoint")
    before = _number(rig, "select pg_current_wal_insert_lsn() - '0/0'")
    _session_appends(rig, way)
    return (_number(rig, "select pg_current_wal_insert_lsn() - '0/0'") - before) / SESSIONS


def _disk(rig: Rig, way: str) -> float:
    """Bytes on disk per session, with indexes, after a vacuum."""
    table = WAYS[way][0]
    rig.sql.execute(f"truncate {table} cascade".encode())
    _session_appends(rig, way)
    rig.sql.execute(f"vacuum full {table}".encode())
    return _number(rig, f"select pg_total_relation_size('{table}')") / SESSIONS


def _number(rig: Rig, query: str) -> float:
    row = rig.sql.execute(query.encode()).fetchone() or (0,)
    return float(row[0])


def _stored(sequence: int) -> dict[str, Any]:
    return {**line(sequence), "timestamp": "2026-11-22T09:06:13.250Z"}


def _minimal(rig: Rig, method: str, path: str, body: Any) -> Request:
    return rig.request(method, path, body, Prefer="return=minimal")


def _succeeded(answer: tuple[int, bytes]) -> None:
    if answer[0] not in (200, 201, 204):
        raise RuntimeError(f"{answer[0]} {answer[1][:300]!r}")


def _kib(size: float) -> str:
    return f"{size / 1024:,.0f} KiB"
