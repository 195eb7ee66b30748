"""A load generator that costs little itself: HTTP/1.1 over kept connections, requests written as prepared bytes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httptools
import orjson

from run.local.ports import HOST


@dataclass(frozen=True)
class Request:
    """One request, ready to be written."""

    content: bytes

    @classmethod
    def make(cls, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Request:
        payload = b"" if body is None else orjson.dumps(body)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers.items())]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
        return cls("\r\n".join([*lines, "", ""]).encode() + payload)


class Connection(asyncio.Protocol):
    """One request at a time. Raises ConnectionError when the server hangs up."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._body = bytearray()
        self._parser = httptools.HttpResponseParser(self)

    @classmethod
    async def open(cls, port: int) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return connection

    async def send(self, request: Request) -> tuple[int, bytes]:
        """Status and body."""
        if self._transport is None:
            raise ConnectionError("closed")
        self._body.clear()
        self._parser = httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request.content)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server hung up"))

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), bytes(self._body)))


@dataclass(frozen=True)
class Measured:
    """Latencies of all requests, in seconds, and how long all took together."""

    latencies: Sequence[float]
    elapsed: float

    @property
    def p50(self) -> float:
        return statistics.median(self.latencies)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.elapsed


async def measure(
    port: int, workers: Sequence[Sequence[Request]], expected: Sequence[int] = (200, 201, 204)
) -> Measured:
    """Each worker sends its requests one after the other over its own connection; all workers at once."""
    connections = [await Connection.open(port) for _ in workers]
    latencies: list[float] = []

    async def work(connection: Connection, requests: Sequence[Request]) -> None:
        for request in requests:
            started = time.perf_counter()
            status, body = await connection.send(request)
            latencies.append(time.perf_counter() - started)
            if status not in expected:
                raise RuntimeError(f"{status} {body[:300]!r} to {request.content[:300]!r}")

    started = time.perf_counter()
    await asyncio.gather(*map(work, connections, workers))
    elapsed = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return Measured(latencies, elapsed)


async def in_turns(contenders: Mapping[str, Any], rounds: int) -> dict[str, list[Measured]]:
    """Runs each contender once a round, in turns, so that other load of the machine affects all of them alike.

    A contender is called without arguments and returns an awaitable of Measured. The first round only warms up.
    """
    results: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            measured = await contender()
            if number:
                results[name].append(measured)
    return results


def median_of(results: Sequence[Measured], value: Callable[[Measured], float]) -> float:
    return statistics.median(map(value, results))
