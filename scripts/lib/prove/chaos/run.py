"""One run: its own stack, its people, its faults, and the result."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from prove.chaos import observe
from prove.chaos.calls import Caller
from prove.chaos.capped import CappedPerson
from prove.chaos.caps import Used, cap_breaches
from prove.chaos.checker import Stored, check
from prove.chaos.faults import plan
from prove.chaos.inject import Injector
from prove.chaos.ledger import Allowance, Breach, Ledger
from prove.chaos.line import Relay
from prove.chaos.people import Person
from prove.chaos.voices import Speaker
from prove.chaos.witness import deliveries_breaches
from run.local.database import configure_voice
from run.local.functions import Functions
from run.local.model import ModelStandIn
from run.local.ports import HOST, free_port
from run.local.temporary import TemporaryStack
from run.local.voice import VoiceStandIn

DEADLINE_SECONDS = 60.0
"""From the end of a session to its grade, under every planned fault."""
ABANDONED_SECONDS = 60.0
SETTLE_SECONDS = 60.0
GRADER_ENV = {
    "OPENAI_API_KEY": "sk-of-the-fault-run",
    "GRADER_DEADLINE_SECONDS": "2",
    "GRADER_LEASE_SECONDS": "4",
    "GRADER_BUDGET_SECONDS": "6",
    "GRADER_STOP_SECONDS": "0.5",
}
VOICE_KEY = "elevenlabs-key-of-the-fault-run"
SECOND_GRADER_EVERY_SECONDS = 3.0
WEIGHTS = {1: "heavy", 2: "huge", 3: "voice", 5: "capped"}
"""By the person's index, and every fourth speaks; all others are light."""
SESSIONS_LEFT, MODEL_GRADES_LEFT = 8, 3
"""For the capped person."""


@dataclass
class Result:
    """The result of a run. Without `breaches` every promise was kept."""

    seed: int
    seconds: float
    breaches: list[Breach]
    ledger: Ledger
    stored: list[Stored]
    used: list[Used]
    faults: Counter[str]
    figures: dict[str, Any]
    died: list[str] = field(default_factory=list)


async def run(seed: int, seconds: float, people: int, folder: Path, *, faults: bool = True) -> Result:
    """`seconds` of load and faults, then some more until everything has settled. Logs stay in `folder`."""
    ledger = Ledger()
    async with _stage(folder, seed) as stage:
        observe.prepare(stage.stack.database_url)
        stop = asyncio.Event()
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        ) as http:
            callers, crowd = _crowd(stage, http, ledger, people, seed, stop)
            cron = asyncio.create_task(_call_second_grader(stage, http))
            await asyncio.gather(
                stage.injector.carry_out(plan(seed, seconds) if faults else []), asyncio.sleep(seconds)
            )
            await stage.injector.heal()
            stop.set()
            for caller in callers:
                caller.give_up_at = time.monotonic() + SETTLE_SECONDS
            await asyncio.gather(*crowd)
            provider = await _until_nothing_waits(stage, http, ledger)
            cron.cancel()
        stored = observe.stored(stage.stack.database_url, stage.injector.outages)
        used = observe.used(stage.stack.database_url)
        held = {*provider["held"], *observe.unbound(stage.stack.database_url)}
        breaches = check(ledger, stored, deadline=DEADLINE_SECONDS, abandoned_after=ABANDONED_SECONDS, held=held)
        breaches += cap_breaches(ledger, used, stored)
        breaches += deliveries_breaches(provider["delivered"])
        if ledger.unsettled:
            breaches.append(Breach("stuck", None, f"{ledger.unsettled} users never got an answer"))
        figures = observe.figures(stage.stack.database_url, ledger, stored)
        injector = stage.injector
        figures["events of the voice provider"] = ", ".join(
            f"{n} x {kind}" for kind, n in provider["delivered"].items()
        )
        figures["power cuts in effect"] = f"{injector.cuts_in_effect} of {injector.done['power cut']}"
        figures["  lost, pages / bytes of log"] = f"{injector.lost_pages} / {injector.lost_log_bytes}"
        return Result(seed, seconds, breaches, ledger, stored, used, injector.done, figures, injector.died)


@dataclass
class _Stage:
    stack: TemporaryStack
    lines: dict[str, Relay]
    grader2: Functions
    injector: Injector
    voice: VoiceStandIn


@asynccontextmanager
async def _stage(folder: Path, seed: int) -> AsyncIterator[_Stage]:
    """The stack with lines between its parts, a second grader and the stand-in for the model."""
    model = ModelStandIn(free_port(), log=folder / "logs" / "model.log")
    voice_port = free_port()
    voice_env = {"ELEVENLABS_API_KEY": VOICE_KEY, "ELEVENLABS_BASE_URL": f"http://{HOST}:{voice_port}"}
    grader_env = {**GRADER_ENV, **voice_env, "OPENAI_BASE_URL": f"http://{HOST}:{model.port}/v1"}
    stack = TemporaryStack(folder, schedule_seconds=3, functions_env=voice_env, grader_env=grader_env)
    # A small cache: changed pages reach the files, so that a power cut can lose them.
    stack.services.postgres.settings["shared_buffers"] = "4MB"
    port = stack.settings.port
    lines = {
        "users": await Relay(port("gateway")).open(),
        "functions": await Relay(port("postgrest")).open(),
        "graders": await Relay(port("gateway")).open(),
    }
    stack.services.functions.env["SUPABASE_REST_URL"] = lines["functions"].url
    grader = stack.services.grader
    grader.env["SUPABASE_REST_URL"] = lines["graders"].url + "/rest/v1"
    grader2 = Functions(
        "grade_sessions", stack.settings.port_base + 7, grader.env, name="grader2", log=stack.settings.log("grader2")
    )
    secret = stack.settings.elevenlabs_webhook_secret
    hook_url = lines["users"].url + "/api/hooks/elevenlabs"
    voice = VoiceStandIn(voice_port, hook_url, VOICE_KEY, secret, log=stack.settings.log("voice"))
    try:
        await asyncio.to_thread(model.start)
        await asyncio.to_thread(voice.start)
        # In a thread: while the parts start, some of them already speak over the lines.
        await asyncio.to_thread(stack.__enter__)
        configure_voice(stack.database_url, secret)
        await asyncio.to_thread(grader2.start)
        parts = {**stack.parts, "grader2": grader2}
        standins = {"model": f"http://{HOST}:{model.port}", "voice": voice.url}
        injector = Injector(parts, lines, standins, stack.database_url, folder, seed)
        yield _Stage(stack, lines, grader2, injector, voice)
    finally:
        for part in (grader2, *reversed(stack.parts.values()), model, voice):
            await asyncio.to_thread(part.stop)
        for line in lines.values():
            await line.close()


def _crowd(
    stage: _Stage, http: aiohttp.ClientSession, ledger: Ledger, people: int, seed: int, stop: asyncio.Event
) -> tuple[list[Caller], list[asyncio.Task[None]]]:
    keys = stage.stack.keys
    strangers: list[int] = []
    callers, crowd = [], []
    for index in range(people):
        user_id = str(uuid.uuid4())
        token = keys.user_token(user_id, seconds=24 * 3600)
        weight = WEIGHTS.get(index, "voice" if index % 4 == 0 else "light")
        url, final = stage.lines["users"].url, (429,) if weight == "capped" else ()
        caller = Caller(url, token, keys.publishable, http, ledger, f"{seed}/{index}/calls", final)
        callers.append(caller)
        about = (index, user_id, caller, ledger, seed, strangers, weight)
        match weight:
            case "voice":
                person: Person = Speaker(*about, provider_url=stage.voice.url, http=http)
            case "capped":
                person = CappedPerson(*about)
                ledger.allowances[user_id] = Allowance(datetime.now(UTC).date(), SESSIONS_LEFT, MODEL_GRADES_LEFT)
                observe.leave(stage.stack.database_url, user_id, ledger.allowances[user_id])
            case _:
                person = Person(*about)
        crowd.append(asyncio.create_task(person.practise_until(stop)))
    return callers, crowd


async def _call_second_grader(stage: _Stage, http: aiohttp.ClientSession) -> None:
    """A schedule of its own, so that two graders compete."""
    secret = {"X-Grader-Secret": stage.stack.settings.grader_secret}
    while True:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with http.post(stage.grader2.url, headers=secret, timeout=aiohttp.ClientTimeout(total=20)):
                pass
        await asyncio.sleep(SECOND_GRADER_EVERY_SECONDS)


async def _until_nothing_waits(stage: _Stage, http: aiohttp.ClientSession, ledger: Ledger) -> dict[str, Any]:
    """Or until the deadline is past; what still waits then is a breach. -> what the voice provider holds and delivered"""
    url, deadline = stage.stack.database_url, time.monotonic() + DEADLINE_SECONDS
    while (await _report(stage, http))["waiting"] or await asyncio.to_thread(observe.waiting, url, ledger):
        if time.monotonic() > deadline:
            break
        await asyncio.to_thread(observe.end_waits, url)
        await asyncio.sleep(1)
    return await _report(stage, http)


async def _report(stage: _Stage, http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get(f"{stage.voice.url}/_calls") as response:
        report: dict[str, Any] = await response.json()
        return report
