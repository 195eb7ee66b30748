"""ElevenLabs: its signed post-call event, its record of a conversation, the recording, and deletion.

Source: ElevenLabs docs, "Post-call webhooks" and the Conversations endpoints of the Agents API. To add a provider, write a module
with these functions and list it in voice/providers.py.
"""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import quote

import aiohttp

from voice.provider import NotFound, Trouble
from voice.record import MAX_ID, MAX_TURNS, ProviderTurn, Record, Role, seconds, turn

NAME = "elevenlabs"

SIGNATURE_SECONDS = 30 * 60
"""How old a signature may be; ElevenLabs' own tolerance."""

MAX_BYTES = 1_500_000
"""Bytes of a record's text in UTF-8; more than a session may hold."""

TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=3)
AUDIO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=3, sock_read=20)

_ROLES: dict[str, Role] = {"user": "user", "agent": "agent", "assistant": "agent"}
_OVER: dict[str, Literal["done", "failed"]] = {"done": "done", "failed": "failed"}


def is_signed(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: float) -> bool:
    """Whether `ElevenLabs-Signature: t=<unix>,v0=<hex>` signs these raw bytes with one of the secrets, lately.

    Several v0, as several secrets, are accepted: a secret is replaced while both are in use.
    """
    stamp, signatures = _signature(headers)
    if not is_recent(headers, now):
        return False
    signed = f"{stamp}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, sha256).hexdigest() for secret in secrets]
    matches = [hmac.compare_digest(digest, given) for digest in digests for given in signatures]
    return any(matches)


def is_recent(headers: Mapping[str, str], now: float) -> bool:
    """Whether there is a signature of the last 30 minutes; checked before a large body is read."""
    stamp, signatures = _signature(headers)
    return bool(signatures) and stamp.isdecimal() and len(stamp) < 12 and abs(now - int(stamp)) <= SIGNATURE_SECONDS


def _signature(headers: Mapping[str, str]) -> tuple[str, list[str]]:
    parts = [part.strip().partition("=") for part in headers.get("elevenlabs-signature", "")[:4_096].split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    return stamp if stamp.isascii() else "", [value for name, _, value in parts if name == "v0" and value.isascii()]


def read_event(event: Mapping[str, Any]) -> Record | None:
    """The record in a post-call event; None for one that carries no transcript, such as audio. ValueError without a conversation's id."""
    data = event.get("data")
    if event.get("type") != "post_call_transcription" or not isinstance(data, dict):
        return None
    return read_conversation(data, over=True)


def read_conversation(data: Mapping[str, Any], *, over: bool = False) -> Record | None:
    """The record in the conversation's document; None while the conversation, or the work on it, goes on.

    over: a post-call event says so, so a status that is missing or new counts as done.
    """
    conversation_id = data.get("conversation_id")
    if not isinstance(conversation_id, str) or not re.fullmatch(rf"[!-~]{{1,{MAX_ID}}}", conversation_id):
        raise ValueError("conversation_id")
    status = _OVER.get(str(data.get("status")), "done" if over else None)
    if status is None:
        return None
    given = data.get("metadata")
    metadata: dict[str, Any] = given if isinstance(given, dict) else {}
    agent_id = data.get("agent_id")
    duration = seconds(metadata.get("call_duration_secs"))
    return Record(
        provider=NAME,
        conversation_id=conversation_id,
        agent_id=agent_id[:MAX_ID] if isinstance(agent_id, str) else None,
        status=status,
        turns=tuple(_turns(data.get("transcript"))),
        started_at=_moment(metadata.get("start_time_unix_secs")),
        duration_seconds=None if duration is None else round(duration),
    )


def _turns(transcript: object) -> Iterator[ProviderTurn]:
    """The turns with words; those of tool calls alone have none."""
    left = MAX_BYTES
    for item in transcript[:MAX_TURNS] if isinstance(transcript, list) else []:
        if not isinstance(item, dict):
            continue
        role = _ROLES.get(str(item.get("role")))
        said = role and turn(role, item.get("message"), item.get("time_in_call_secs"), item.get("interrupted"))
        if said:
            left -= len(said.text.encode())
            if left < 0:
                return
            yield said


def _moment(unix: object) -> str | None:
    known = isinstance(unix, int | float) and not isinstance(unix, bool) and 0 < unix < 2**33
    return datetime.fromtimestamp(float(unix), UTC).isoformat() if known else None  # type: ignore[arg-type]


class ElevenLabsAccount:
    """The provider's API under one key, over the process's HTTP client."""

    def __init__(self, client: aiohttp.ClientSession, base_url: str, api_key: str) -> None:
        self._client, self._base_url = client, base_url
        self._headers = {"xi-api-key": api_key}

    async def fetch(self, conversation_id: str) -> Record | None:
        """The finished conversation; None while it goes on. Raises Trouble."""
        try:
            async with self._client.get(self._url(conversation_id), headers=self._headers, timeout=TIMEOUT) as response:
                _raise_for(response.status)
                document = await response.json(content_type=None)
            return read_conversation({**document, "conversation_id": conversation_id})
        except (aiohttp.ClientError, TimeoutError):
            raise Trouble("unreachable") from None
        except (ValueError, TypeError):
            raise Trouble("bad_answer") from None

    async def erase(self, conversation_id: str) -> None:
        """Deletes the conversation with its recording; it may be gone already. Raises Trouble.

        A 200 that is not JSON comes from a proxy or a maintenance page, so the conversation may still be there.
        """
        try:
            async with self._client.delete(
                self._url(conversation_id), headers=self._headers, timeout=TIMEOUT
            ) as response:
                if response.status != 404:
                    _raise_for(response.status)
                    await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError):
            raise Trouble("unreachable") from None
        except ValueError:
            raise Trouble("bad_answer") from None

    async def audio(self, conversation_id: str, asked_range: str | None) -> aiohttp.ClientResponse:
        """The recording's answer, 200, 206 or 416, to be read and closed by the caller. Raises Trouble."""
        headers = self._headers | ({"Range": asked_range} if asked_range else {})
        try:
            response = await self._client.get(
                f"{self._url(conversation_id)}/audio", headers=headers, timeout=AUDIO_TIMEOUT
            )
        except (aiohttp.ClientError, TimeoutError):
            raise Trouble("unreachable") from None
        if response.status != 416:
            try:
                _raise_for(response.status)
            except Trouble:
                response.close()
                raise
        return response

    def _url(self, conversation_id: str) -> str:
        return f"{self._base_url}/v1/convai/conversations/{quote(conversation_id, safe='')}"


def _raise_for(status: int) -> None:
    if status in (401, 403):
        raise Trouble("refused")
    if status in (404, 422):  # 422: not a conversation's id
        raise NotFound("not_found")
    if not 200 <= status < 300:
        raise Trouble(f"status_{status}")
