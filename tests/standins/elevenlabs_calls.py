"""The stand-in for ElevenLabs with conversations that its caller makes up, and with a hook that it delivers to over real HTTP.

`python -m standins.elevenlabs_calls --port 8081 --hook URL`, with ELEVENLABS_API_KEY and ELEVENLABS_WEBHOOK_SECRET.

- `POST /_calls {"conversation_id", "seconds", "turns": [[role, words]], "deliveries": [{"after", "kind", "turns"?, "again"?, "then"?}]}`:
  the conversation is over, and the API shows it. Each delivery is tried once, `after` so many seconds; as at ElevenLabs a
  failed one is not repeated, except with `again`. `then`: a delivery that follows it. `turns`: other words than the conversation's. Kinds: `event` as ElevenLabs
  signs it; `forged` with another secret; `altered` with the signature of another body; `stale` signed 31 minutes ago.
- `GET /_calls`: the ids of the conversations held, deliveries that wait, and how many of each kind met which status.
- `POST /_script {"always": [behaviour]}`: the behaviour of the API from now on.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from typing import Any

import aiohttp
from aiohttp import web

from standins.elevenlabs import ElevenLabsStandIn
from standins.elevenlabs_hook import conversation, post_call, signature

DELIVERY_SECONDS, AGAIN_SECONDS = 20.0, 1.0


class CallingStandIn(ElevenLabsStandIn):
    """The server with a hook. `delivered` counts deliveries by kind and status."""

    def __init__(self, port: int, hook_url: str, key: str, secret: str) -> None:
        super().__init__(port)
        self.key = key
        self.delivered: Counter[str] = Counter()
        self._hook_url = hook_url
        self._secret = secret
        self._deliveries: set[asyncio.Task[None]] = set()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        super().add_routes(router)
        router.add_post("/_calls", self._end_call)
        router.add_get("/_calls", self._report)
        router.add_post("/_script", self._behave)

    async def _end_call(self, request: web.Request) -> web.Response:
        call = await request.json()
        conversation_id = call["conversation_id"]
        self.records[conversation_id] = conversation(conversation_id, call["turns"], seconds=call["seconds"])
        for delivery in call["deliveries"]:
            task = asyncio.create_task(self._deliver(call, delivery))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)
        return web.json_response({})

    async def _report(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"held": sorted(self.records), "waiting": len(self._deliveries), "delivered": self.delivered}
        )

    async def _behave(self, request: web.Request) -> web.Response:
        self.behaviour = (await request.json())["always"][0]
        return web.json_response({})

    async def _deliver(self, call: dict[str, Any], delivery: dict[str, Any]) -> None:
        turns = delivery.get("turns", call["turns"])
        await asyncio.sleep(delivery["after"])
        event = post_call(conversation(call["conversation_id"], turns, seconds=call["seconds"]))
        body = json.dumps(event, indent=1).encode()
        while True:
            status = await self._post(body, delivery["kind"])
            self.delivered[f"{delivery['kind']} {status or 'no answer'}"] += 1
            if status == 200 or not delivery.get("again"):
                break
            await asyncio.sleep(AGAIN_SECONDS)
        if "then" in delivery:
            await self._deliver(call, delivery["then"])

    async def _post(self, body: bytes, kind: str) -> int | None:
        """The status of one delivery; None without an answer."""
        match kind:
            case "forged":
                header = signature(body, "wsec_of_a_forger")
            case "altered":
                header = signature(b"{}", self._secret)
            case "stale":
                header = signature(body, self._secret, at=time.time() - 31 * 60)
            case _:
                header = signature(body, self._secret)
        headers = {"Content-Type": "application/json", "ElevenLabs-Signature": header}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DELIVERY_SECONDS)) as client,
                client.post(self._hook_url, data=body, headers=headers) as response,
            ):
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--hook", required=True)
    arguments = parser.parse_args()
    key, secret = os.environ["ELEVENLABS_API_KEY"], os.environ["ELEVENLABS_WEBHOOK_SECRET"]
    asyncio.run(CallingStandIn(arguments.port, arguments.hook, key, secret).serve())
