"""A stand-in for the OpenAI API: a real HTTP server that speaks the wire format of /v1/responses,
/v1/chat/completions and /v1/models and fails in every way on command. No model is behind it.

`python -m standins.openai --port 8080` runs it alone; `with OpenAIStandIn() as server:` runs it in a thread.
What it does is a script, a list of behaviours: the n-th call about a transcript gets the n-th of them, further
calls the last. `POST /_script {"always": ["rate_limited", "well"], "containing": {"words of a transcript":
["hang"]}, "plain_only": 0}` changes it at run time, `GET /_calls` tells what was asked, `POST /_forget`
starts the counts anew.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from standins.openai_documents import asks_strictly, completion, error, response
from standins.openai_judge import GivenTranscript, read_transcript

FAULTS = (
    *("hang", "drip", "rate_limited", "error_500", "close", "refuse", "cut_off", "out_of_range", "fenced"),
    *("invent", "other_session", "not_json", "wrong_shape", "no_auth", "bad_request", "half", "prose"),
)
RETRY_AFTER = "0.2"
SLOW_SECONDS = 0.2
AZURE_PATH = "/openai/deployments/gpt-6-luna/chat/completions"
KNOWN_TO_PLAIN_SERVERS = {"model", "messages", "max_tokens", "temperature"}


@dataclass(frozen=True)
class ModelCall:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    transcript: GivenTranscript
    behaviour: str


@dataclass
class Script:
    """What to do next. `containing` goes before `always`."""

    always: list[str] = field(default_factory=lambda: ["well"])
    containing: dict[str, list[str]] = field(default_factory=dict)
    plain_only: int = 0
    """Chat completions of an older server: the status it answers to parameters it does not know, such as 400."""
    refuses: list[str] = field(default_factory=list)
    """Parameters to which the server answers 400."""
    shutdown_date: str | None = None
    """What /v1/models says about each model."""


class OpenAIStandIn:
    """The server. `url` is what OPENAI_BASE_URL takes."""

    def __init__(self, port: int = 0) -> None:
        self.script = Script()
        self.calls: list[ModelCall] = []
        self.most_at_once = 0
        self._port = port
        self._at_once = 0
        self._about: Counter[str] = Counter()
        self._ids = itertools.count(1)
        self._started = threading.Event()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def play(self, *always: str, **script: Any) -> None:
        """Sets the script and forgets the calls so far."""
        self.script = Script(list(always) or ["well"], **script)
        self.forget()

    def forget(self) -> None:
        """Starts the counts anew."""
        self.calls, self._about, self.most_at_once = [], Counter(), 0

    async def serve(self) -> None:
        """Serves until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self._port, limit=2**24)
        self._port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._request(reader, writer):
                pass
        writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection may carry another."""
        start = (await reader.readuntil(b"\r\n")).decode().split()
        headers: dict[str, str] = {}
        while (line := (await reader.readuntil(b"\r\n")).decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, path = start[0], start[1]
        if path.startswith("/_"):
            await _send(writer, 200, self._control(method, path, json.loads(body or b"{}")))
            return True
        if method == "GET":
            model = {"id": path.rpartition("/")[2], "object": "model", "shutdown_date": self.script.shutdown_date}
            await _send(writer, 200, model)
            return True
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._model(reader, writer, path, headers, json.loads(body))
        finally:
            self._at_once -= 1

    def _control(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/_script":
            self.play(*body.pop("always", ["well"]), **body)
        elif path == "/_forget":
            self.forget()
        behaviours = [call.behaviour for call in self.calls]
        return {"calls": len(self.calls), "behaviours": behaviours, "most_at_once": self.most_at_once}

    async def _model(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any],
    ) -> bool:
        path, _, query = path.partition("?")
        chat = path.endswith("/chat/completions")
        if chat:
            transcript = read_transcript(body["messages"][0]["content"], body["messages"][1]["content"])
        else:
            transcript = read_transcript(body.get("instructions", ""), body.get("input", ""))
        behaviour = self._behaviour(transcript)
        if path not in ("/v1/responses", "/v1/chat/completions", AZURE_PATH):
            behaviour = "not_found"
        elif chat and self.script.plain_only and set(body) - KNOWN_TO_PLAIN_SERVERS:
            behaviour = f"status_{self.script.plain_only}"
        elif set(body) & set(self.script.refuses) or not asks_strictly(body):
            behaviour = "bad_request"
        self.calls.append(ModelCall(path + "?" * bool(query) + query, headers, body, transcript, behaviour))
        number = next(self._ids)
        extra = {"x-request-id": f"req_{number:06}"}
        match behaviour:
            case "hang":
                await reader.read()  # until the client has had enough
                return False
            case "rate_limited_inside" | "failed_inside" | "odd_inside":
                code = {"rate_limited_inside": 429, "failed_inside": 502}.get(behaviour, "upstream_fell_over")
                await _send(writer, 200, error(code, transcript), extra | {"retry-after": RETRY_AFTER})
            case "status_400" | "status_500" | "status_501":
                await _send(writer, self.script.plain_only, error("unknown_parameter", transcript), extra)
            case "rate_limited" | "rate_limited_long":
                extra["retry-after"] = RETRY_AFTER if behaviour == "rate_limited" else "3600"
                await _send(writer, 429, error("rate_limit_exceeded", transcript), extra)
            case "error_500":
                await _send(writer, 500, error("server_error", transcript), extra)
            case "no_auth":
                await _send(writer, 401, error("invalid_api_key", transcript), extra)
            case "bad_request":
                await _send(writer, 400, error("unknown_parameter", transcript), extra)
            case "not_found":
                await _send(writer, 404, error("not_found", transcript), extra)
            case "not_json":
                await _send(writer, 200, f"<html>{transcript.text[:200]}</html>", extra)
            case _:
                await asyncio.sleep(SLOW_SECONDS if behaviour == "slow" else 0)
                make = completion if chat else response
                nth = self._about[transcript.text]
                document = make(behaviour, transcript, body, number, nth)
                return await _send(writer, 200, document, extra, behaviour)
        return True

    def _behaviour(self, transcript: GivenTranscript) -> str:
        script = next(
            (s for words, s in self.script.containing.items() if words in transcript.text), self.script.always
        )
        self._about[transcript.text] += 1
        return script[min(self._about[transcript.text], len(script)) - 1]


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    content: object,
    headers: dict[str, str] | None = None,
    behaviour: str = "",
) -> bool:
    """Writes an answer, all of it or as the behaviour says; whether the connection may carry another
    request."""
    body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    kind = "text/html" if isinstance(content, str) else "application/json"
    lines = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    head = f"HTTP/1.1 {status} Status\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
    writer.write(head.encode())
    if behaviour == "close":
        writer.write(body[: len(body) // 2])
        await writer.drain()
        return False
    if behaviour == "drip":
        for byte in body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)
    else:
        writer.write(body)
    await writer.drain()
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--seconds", type=float, help="answer slowly: after this long")
    given = parser.parse_args()
    standin = OpenAIStandIn(given.port)
    if given.seconds is not None:
        SLOW_SECONDS = given.seconds
        standin.play("slow")
    print(standin.url, flush=True)
    asyncio.run(standin.serve())
