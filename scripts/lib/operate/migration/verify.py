"""`verify`: every old row (or a sample) against its session, and the other way round."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .compare import OWNER_KNOWN, differences, mirrored_differences
from .database import AFTER, Connection, query

CHUNK = 500
LISTED = 50

ROWS = """
select o.id::text, to_jsonb(t) - array['graded_at', 'created_at', 'started_at', 'ended_at', 'transcript'] || jsonb_build_object('history',
         (select g.scores from public.training_grades g
           where g.session_id = t.id and g.outcome = 'accepted' and g.grader = 'legacy' order by g.id desc limit 1),
         'conversation_taken', exists (select 1 from public.training_sessions other where other.id <> t.id and other.conversation_id
           = btrim(training_migration.row_json(o) ->> 'elevenlabs_conversation_id', training.white_space()))),
       t.graded_at, t.created_at, t.started_at, t.ended_at, t.transcript, training_migration.began_here(o.id), t.id,
       (select jsonb_object_agg(q.part, q.original) from training.legacy_quarantine q where q.legacy_id = o.id),
       exists (select 1 from public.users u where u.id = o.user_id),
       exists (select 1 from training_migration.pending p where p.legacy_id = o.id)
       or training_migration.began_here(o.id) and exists (select 1 from training_migration.pending_out e where e.session_id = t.id),
       training.now(), training_migration.row_json(o)
  from {table} o left join public.training_sessions t on t.legacy_id = o.id
"""


@dataclass
class Verdict:
    compared: int = 0
    pending: int = 0
    quarantined: int = 0
    mirrored_back: int = 0
    differing: list[tuple[str, list[str]]] = field(default_factory=list)
    """(old id, what differs), at most 50; `kinds` counts all."""
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.kinds


def verify(
    connection: Connection, table: str, sample: int | None, advance: Callable[[int], None]
) -> Verdict:  # fmt: skip
    """Reads old and new in one snapshot a chunk; a difference is looked at again before it counts: both sides live."""
    verdict, started = Verdict(), time.monotonic()
    query(connection, "set timezone = 'UTC'")
    if sample is not None:
        ids = query(connection, f"select id::text from {table} order by random() limit %s", sample)  # noqa: S608
        for at in range(0, len(ids), CHUNK):
            _compare(connection, table, "where o.id = any(%(ids)s::uuid[])", {"ids": ids[at : at + CHUNK]}, verdict)
            advance(len(ids[at : at + CHUNK]))
    else:
        last = None
        while True:
            seen = _compare(
                connection,
                table,
                f"where {AFTER} order by o.id limit %(count)s",
                {"last": last, "count": CHUNK},
                verdict,
            )
            if not seen:
                break
            last = seen[-1]
            advance(len(seen))
        _the_other_way(connection, table, verdict)
    verdict.seconds = time.monotonic() - started
    return verdict


def _compare(
    connection: Connection, table: str, where: str, params: dict[str, Any], verdict: Verdict, again: bool = True
) -> list[str]:
    seen, doubtful = [], []
    for row in query(connection, ROWS.format(table=table) + where, **params):
        old_id = row[0]
        seen.append(old_id)
        found = _judge(row, verdict if again else Verdict())
        if found and again:
            doubtful.append(old_id)
        elif found:
            verdict.kinds.update(found)
            if len(verdict.differing) < LISTED:
                verdict.differing.append((old_id, found))
    if doubtful:
        time.sleep(0.2)
        _compare(connection, table, "where o.id = any(%(ids)s::uuid[])", {"ids": doubtful}, verdict, again=False)
    return seen


def _judge(row: tuple[Any, ...], verdict: Verdict) -> list[str]:
    _, rest, graded, created, started, ended, transcript, here, new_id, kept, owned, pending, now, old = row
    verdict.compared += 1
    if pending:
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
    if here:
        verdict.mirrored_back += 1
        return mirrored_differences(old, new) if new is not None else ["a mirrored row without its session"]
    kept = kept or {}
    verdict.quarantined += "row" in kept
    if new is None and "row" in kept and owned:
        return [OWNER_KNOWN]
    return differences(old, new, kept, now)


def _the_other_way(connection: Connection, table: str, verdict: Verdict) -> None:
    """Sessions without an old row: nobody in the old app would see them."""
    for what, condition in (
        ("erased there, but still here", "t.legacy_id is not null and not training_migration.began_here(t.legacy_id)"),
        ("not visible to the old app", "(t.legacy_id is null or training_migration.began_here(t.legacy_id))"),
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
