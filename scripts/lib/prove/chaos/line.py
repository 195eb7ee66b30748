"""A connection that can be cut: a TCP relay in front of a server."""

from __future__ import annotations

import asyncio
import contextlib

from run.local.ports import HOST

CHUNK = 65_536


class Relay:
    """`await Relay(port).open()`; then `url` leads to `port` on this machine until a fault is injected."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._swallows = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the line is not open")
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def open(self) -> Relay:
        self._server = await asyncio.start_server(self._relay, HOST, 0)
        return self

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Breaks every connection, also in the middle of a request."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def swallow(self, seconds: float) -> None:
        """Requests arrive, answers do not; then the connections break."""
        self._swallows = True
        await asyncio.sleep(seconds)
        self.cut()
        self._swallows = False

    async def stall(self, seconds: float) -> None:
        """Nothing moves in either direction for a while."""
        self._flows.clear()
        await asyncio.sleep(seconds)
        self._flows.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward = await asyncio.open_connection(HOST, self._target_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, onward}
        self._writers |= both
        try:
            await asyncio.gather(
                self._pump(reader, onward, answer=False), self._pump(onward_reader, writer, answer=True)
            )
        finally:
            self._writers -= both

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                if not (answer and self._swallows):
                    writer.write(data)
                    await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()
