"""A stand-in for ElevenLabs: a real HTTP and WebSocket server that speaks the part of the Agents API that voice practice uses.
No voice is behind it: the conversation is a script of events. It keeps `records` of conversations, which the API shows and deletes.

`python -m standins.elevenlabs --port 8081` runs it alone; `with ElevenLabsStandIn() as server:` runs it in a thread.
`server.behaviour` says what the next requests for a signed URL meet: "well", "unauthorised", "error_500", "not_json",
"no_url", "close" or "hang".
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import threading
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import WSMsgType, web

API_KEY = "elevenlabs-key-of-the-tests"
AUDIO = "pcm_16000"


@dataclass(frozen=True)
class SignedUrlCall:
    """One request for a signed URL as it came."""

    agent_id: str
    key: str


def agent_says(text: str, event_id: int) -> dict[str, Any]:
    return {
        "type": "agent_response",
        "agent_response_event": {"agent_response": text, "event_id": event_id},
    }


def rep_says(text: str, event_id: int) -> dict[str, Any]:
    return {
        "type": "user_transcript",
        "user_transcription_event": {"user_transcript": text, "event_id": event_id},
    }


def interrupted(original: str, heard: str, event_id: int) -> dict[str, Any]:
    """The homeowner was cut off: only `heard` was spoken."""
    words = {"original_agent_response": original, "corrected_agent_response": heard, "event_id": event_id}
    return {"type": "agent_response_correction", "agent_response_correction_event": words}


class ElevenLabsStandIn:
    """The server. `url` is what ELEVENLABS_BASE_URL takes; `script` is what each conversation says."""

    def __init__(self, port: int = 0, script: list[dict[str, Any]] | None = None) -> None:
        self.behaviour = "well"
        self.key = API_KEY
        self.script = script or []
        self.calls: list[SignedUrlCall] = []
        self.conversations: list[str] = []
        """Ids of the conversations that were really opened."""
        self.records: dict[str, dict[str, Any]] = {}
        """The documents of conversations by id: see elevenlabs_hook.py."""
        self.recordings: dict[str, bytes] = {}
        self.knows_ranges = True
        self.asked: list[tuple[str, str, int]] = []
        """Requests for conversations: the method, the path's end, the status of the answer."""
        self._port = port
        self._numbers = itertools.count(1)
        self._started = threading.Event()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def serve(self) -> None:
        """Serves until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        self.add_routes(app.router)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The part of the Agents API that is stood in for."""
        router.add_get("/v1/convai/conversation/get-signed-url", self._signed_url)
        router.add_get("/v1/convai/conversation", self._converse)
        router.add_get("/v1/convai/conversations/{id}", self._show)
        router.add_delete("/v1/convai/conversations/{id}", self._delete)
        router.add_get("/v1/convai/conversations/{id}/audio", self._play)

    async def _signed_url(self, request: web.Request) -> web.StreamResponse:
        agent_id, key = request.query.get("agent_id", ""), request.headers.get("xi-api-key", "")
        self.calls.append(SignedUrlCall(agent_id, key))
        match self.behaviour:
            case "error_500":
                return web.json_response({"detail": "internal error"}, status=500)
            case "not_json":
                return web.Response(text="<html>busy</html>", content_type="text/html")
            case "no_url":
                return web.json_response({})
            case "close":
                assert request.transport is not None
                request.transport.close()
            case "hang":
                await asyncio.sleep(3600)
        if key != self.key or self.behaviour == "unauthorised":
            return web.json_response({"detail": {"status": "invalid_api_key"}}, status=401)
        query = f"agent_id={agent_id}&conversation_signature=cvtkn_standin"
        if request.query.get("include_conversation_id") == "true":
            query += f"&conversation_id=conv_standin_{next(self._numbers)}_{self._port}"
        return web.json_response({"signed_url": f"ws://127.0.0.1:{self._port}/v1/convai/conversation?{query}"})

    async def _show(self, request: web.Request) -> web.StreamResponse:
        record = self.records.get(request.match_info["id"])
        return self._answer(
            request, web.json_response(record) if record else web.json_response({"detail": "not found"}, status=404)
        )

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        if self.behaviour == "well":
            self.recordings.pop(request.match_info["id"], None)
            known = self.records.pop(request.match_info["id"], None)
            return self._answer(request, web.json_response({}, status=200 if known else 404))
        return self._answer(request, web.json_response({}))

    async def _play(self, request: web.Request) -> web.StreamResponse:
        audio = self.recordings.get(request.match_info["id"])
        if audio is None:
            return self._answer(request, web.json_response({"detail": "not found"}, status=404))
        wanted = request.http_range if self.knows_ranges and "Range" in request.headers else None
        if wanted is None:
            return self._answer(request, web.Response(body=audio, content_type="audio/mpeg"))
        part = audio[wanted]
        first = len(audio) - len(part) if (wanted.start or 0) < 0 else wanted.start or 0
        content_range = f"bytes {first}-{first + len(part) - 1}/{len(audio)}"
        answer = web.Response(
            body=part, status=206, content_type="audio/mpeg", headers={"Content-Range": content_range}
        )
        return self._answer(request, answer)

    def _answer(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """The response to a well-behaved request with the key, or what `behaviour` says."""
        if self.behaviour == "error_500":
            response = web.json_response({"detail": "internal error"}, status=500)
        elif self.behaviour == "not_json":
            response = web.Response(text="<html>busy</html>", content_type="text/html")
        elif self.behaviour == "unauthorised" or request.headers.get("xi-api-key") != self.key:
            response = web.json_response({"detail": {"status": "invalid_api_key"}}, status=401)
        elif self.behaviour == "close":
            assert request.transport is not None
            request.transport.close()
        self.asked.append((request.method, request.path.removeprefix("/v1/convai/conversations/"), response.status))
        return response

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        """A conversation: the greeting of the protocol, then the script, then silence until the client hangs up."""
        socket = web.WebSocketResponse(protocols=["convai"])
        await socket.prepare(request)
        if request.query.get("conversation_signature") != "cvtkn_standin":
            await socket.close(code=3000, message=b"not signed")
            return socket
        conversation_id = request.query.get("conversation_id", "conv_standin")
        self.conversations.append(conversation_id)
        started = False
        async for message in socket:
            if message.type is not WSMsgType.TEXT or started:
                continue
            if json.loads(message.data).get("type") != "conversation_initiation_client_data":
                continue
            started = True
            event = {
                "conversation_id": conversation_id,
                "agent_output_audio_format": AUDIO,
                "user_input_audio_format": AUDIO,
            }
            metadata = {
                "type": "conversation_initiation_metadata",
                "conversation_initiation_metadata_event": event,
            }
            for item in [metadata, *self.script]:
                with contextlib.suppress(ConnectionError):
                    await socket.send_json(item)
        return socket


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=8081)
    standin = ElevenLabsStandIn(parser.parse_args().port)
    standin.script = [agent_says("Hello? Who is there?", 1)]
    asyncio.run(standin.serve())
