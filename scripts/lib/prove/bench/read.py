"""Reading a long session, and asking whether it has changed."""

from __future__ import annotations

from pathlib import Path

from prove.bench.load import Connection, in_turns, measure, median_of
from prove.bench.report import Report, ms, times
from prove.bench.rig import Rig

TITLE = "GET of a 300-line session, and the ETag poll"
LINES = 300
COUNT = 200
ROUNDS = 5
WHOLE, POLL, BARE = "the whole session, through the function", "304, through the function", "the RPC at PostgREST"


async def run(folder: Path) -> Report:
    report = Report(TITLE, ["", "p50", "ratio", "bytes"])
    with Rig(folder) as rig:
        [session_id] = rig.sessions(1, LINES)
        rig.sql.execute(
            """update public.training_sessions set status = 'completed', ended_at = now(), end_reason = 'ended'
                where id = %s""",
            (session_id,),
        )
        rig.grade()
        path = f"/api/training-sessions/{session_id}"
        whole = rig.request("GET", path)
        bare = rig.request("POST", "/rpc/get_training_session", {"session_id": session_id})
        etag = await _etag(rig, path)
        poll = rig.request("GET", path, **{"If-None-Match": etag})
        sizes = {WHOLE: await _size(rig.functions_port, whole), POLL: 0, BARE: await _size(rig.postgrest_port, bare)}
        results = await in_turns(
            {
                BARE: lambda: measure(rig.postgrest_port, [[bare] * COUNT]),
                WHOLE: lambda: measure(rig.functions_port, [[whole] * COUNT]),
                POLL: lambda: measure(rig.functions_port, [[poll] * COUNT], expected=(304,)),
            },
            ROUNDS,
        )
    p50 = {name: median_of(measured, lambda each: each.p50) for name, measured in results.items()}
    for name, latency in p50.items():
        report.row(name, ms(latency), times(latency / p50[BARE]), f"{sizes[name]:,}")
    return report


async def _etag(rig: Rig, path: str) -> str:
    from run.local.http_client import request

    return request("GET", rig.stack.url("functions") + path, headers=rig.headers).headers["etag"]


async def _size(port: int, request: object) -> int:
    connection = await Connection.open(port)
    _, body = await connection.send(request)  # type: ignore[arg-type]
    connection.close()
    return len(body)
