"""`verify`: every old row (or a sample) against its session, and the other way round.

One SQL statement compares a portion of rows and passes those that are plainly the same: it knows the ordinary shapes alone, and calls no
function of the conversion. All other rows are compared in Python, by compare.py. Workers take portions in parallel.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from .catalog import OldTable
from .compare import OWNER_KNOWN, differences, mirrored_differences
from .database import AFTER, Connection, connect, query
from .plain_rows import plainly_same

PORTION = 500
MOST_WORKERS = 4
LISTED = 50

ROWS = """
select o.id::text, to_jsonb(t) - array['graded_at', 'created_at', 'started_at', 'ended_at', 'transcript'] || jsonb_build_object('history',
         (select g.scores from public.training_grades g
           where g.session_id = t.id and g.outcome = 'accepted' and g.grader = 'legacy' order by g.id desc limit 1),
         'conversation_taken', exists (select 1 from public.training_sessions other where other.id <> t.id and other.conversation_id
           = btrim(training_migration.row_json(o) ->> 'elevenlabs_conversation_id', training.white_space()))),
       t.graded_at, t.created_at, t.started_at, t.ended_at, t.transcript, training_migration.began_in_new(o.id), t.id,
       (select q.original from training.legacy_quarantine q where q.legacy_id = o.id),
       (select k.columns from training.legacy_originals k where k.session_id = t.id),
       exists (select 1 from public.users u where u.id = coalesce(o.user_id, s.anonymous_owner)),
       exists (select 1 from training_migration.pending p where p.legacy_id = o.id)
       or training_migration.began_in_new(o.id) and exists (select 1 from training_migration.pending_out e where e.session_id = t.id),
       training.now(), training_migration.mapped(training_migration.row_json(o), s.column_map, s.anonymous_owner)
  from training_migration.state s, {table} o left join public.training_sessions t on t.legacy_id = o.id
 where o.id = any(%(ids)s::uuid[])
"""


@dataclass
class Verdict:
    """The result of a comparison. `kinds` counts all differences, `differing` names at most 50: (old id, what)."""

    compared: int = 0
    pending: int = 0
    quarantined: int = 0
    mirrored_back: int = 0
    differing: list[tuple[str, list[str]]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not self.kinds

    def add(self, old_id: str, found: list[str]) -> None:
        self.kinds.update(found)
        if len(self.differing) < LISTED:
            self.differing.append((old_id, found))


class Portions:
    """Hands out the ids of the old table, or of a sample of it, portion by portion, to several workers."""

    def __init__(self, table: str, sample: Sequence[str] | None) -> None:
        self._table = table
        self._sample = None if sample is None else list(sample)
        self._last: str | None = None
        self._lock = threading.Lock()

    def next(self, connection: Connection) -> list[str]:
        with self._lock:
            if self._sample is not None:
                taken, self._sample = self._sample[:PORTION], self._sample[PORTION:]
                return taken
            found = query(
                connection,
                f"select o.id::text from {self._table} o where {AFTER} order by o.id limit %(count)s",  # noqa: S608
                last=self._last,
                count=PORTION,
            )
            if found:
                self._last = found[-1]
            return found


def verify(
    connection: Connection, url: str, table: OldTable, sample: int | None, workers: int, advance: Callable[[int], None]
) -> Verdict:
    """Reads old and new in one snapshot a portion. A difference is looked at again before it counts: both sides change."""
    verdict, started = Verdict(), time.monotonic()
    ids = None
    if sample is not None:
        ids = query(connection, f"select id::text from {table.name} order by random() limit %s", sample)  # noqa: S608
    portions, same, problems = Portions(table.name, ids), plainly_same(connection, table), list[Exception]()
    stop, lock = threading.Event(), threading.Lock()

    def work() -> None:
        try:
            with connect(url) as own:
                while not stop.is_set() and (taken := portions.next(own)):
                    found = _compare(own, table.name, same, taken)
                    with lock:
                        _merge(verdict, found)
                        advance(len(taken))
        except (psycopg.Error, RuntimeError) as error:
            problems.append(error)
            stop.set()

    threads = [threading.Thread(target=work) for _ in range(min(workers, MOST_WORKERS))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for problem in problems:
        raise problem
    if sample is None:
        _compare_sessions(connection, table.name, verdict)
    verdict.seconds = time.monotonic() - started
    return verdict


def _compare(connection: Connection, table: str, same: str, ids: list[str]) -> Verdict:
    verdict = Verdict()
    rest = []
    with connection.transaction():
        query(connection, "set local timezone = 'UTC'")
        query(connection, "set local jit = off")
        for old_id, is_same in query(connection, same, ids=ids):
            if is_same:
                verdict.compared += 1
            else:
                rest.append(old_id)
    doubtful = _compare_carefully(connection, table, rest, verdict)
    if doubtful:
        time.sleep(0.2)
        again = Verdict()
        for old_id, found in _compare_carefully(connection, table, list(doubtful), again).items():
            verdict.add(old_id, found)
    return verdict


def _compare_carefully(connection: Connection, table: str, ids: list[str], verdict: Verdict) -> dict[str, list[str]]:
    """The rows that differ, by their id."""
    if not ids:
        return {}
    with connection.transaction():
        query(connection, "set local timezone = 'UTC'")
        rows = query(connection, ROWS.format(table=table), ids=ids)
    judged = {row[0]: _judge(row, verdict) for row in rows}
    return {old_id: found for old_id, found in judged.items() if found}


def _judge(row: tuple[Any, ...], verdict: Verdict) -> list[str]:
    (
        _,
        rest,
        graded,
        created,
        started,
        ended,
        transcript,
        is_new,
        new_id,
        quarantined,
        kept,
        is_owned,
        is_pending,
        now,
        old,
    ) = row
    verdict.compared += 1
    if is_pending:
        verdict.pending += 1
        return []
    new = None
    if new_id is not None:
        new = {
            **rest,
            "graded_at": graded,
            "created_at": created,
            "started_at": started,
            "ended_at": ended,
            "transcript": transcript,
        }
    if is_new:
        verdict.mirrored_back += 1
        return mirrored_differences(old, new) if new is not None else ["a mirrored row without its session"]
    verdict.quarantined += quarantined is not None
    if new is None and quarantined is not None and is_owned:
        return [OWNER_KNOWN]
    return differences(old, new, quarantined, kept or {}, now)


def _merge(verdict: Verdict, found: Verdict) -> None:
    verdict.compared += found.compared
    verdict.pending += found.pending
    verdict.quarantined += found.quarantined
    verdict.mirrored_back += found.mirrored_back
    verdict.kinds += found.kinds
    verdict.differing += found.differing[: LISTED - len(verdict.differing)]


def _compare_sessions(connection: Connection, table: str, verdict: Verdict) -> None:
    """The other way round: sessions without an old row, which the old app does not see."""
    for what, condition in (
        (
            "erased there, but still here",
            "t.legacy_id is not null and not training_migration.began_in_new(t.legacy_id)",
        ),
        ("not visible to the old app", "(t.legacy_id is null or training_migration.began_in_new(t.legacy_id))"),
    ):
        missing = query(
            connection,
            f"""select t.id from public.training_sessions t where {condition}
                   and not exists (select 1 from {table} o where o.id = t.legacy_id)
                   and not exists (select 1 from training_migration.pending p where p.legacy_id = t.legacy_id)
                   and not exists (select 1 from training_migration.pending_out e where e.session_id = t.id)
                 limit 1000""",  # noqa: S608
        )
        if missing:
            verdict.kinds[what] += len(missing)
            verdict.differing += [(f"session {each}", [what]) for each in missing[: LISTED - len(verdict.differing)]]
