"""What ElevenLabs keeps of a conversation, and how its hook delivers it: signed over the raw bytes, over real HTTP."""

import hmac
import json
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import httpx

Said = tuple[str, str]
"""The role, `user` or `agent`, and the words."""


def conversation(
    conversation_id: str,
    said: Sequence[Said],
    *,
    status: str = "done",
    agent_id: str = "agent_maria",
    seconds: int = 95,
    **more: Any,
) -> dict[str, Any]:
    """The document of `GET /v1/convai/conversations/{id}`, which is also the `data` of the post-call event. A turn every four seconds."""
    return {
        "agent_id": agent_id,
        "conversation_id": conversation_id,
        "status": status,
        "user_id": None,
        "has_audio": True,
        "transcript": [
            {
                "role": role,
                "message": words,
                "time_in_call_secs": 4 * number,
                "tool_calls": [],
                "interrupted": False,
                "conversation_turn_metrics": None,
            }
            for number, (role, words) in enumerate(said)
        ],
        "metadata": {"start_time_unix_secs": int(time.time()) - seconds, "call_duration_secs": seconds, "cost": 70},
        "analysis": {"call_successful": "success", "transcript_summary": "A visit at the door."},
        **more,
    }


def post_call(document: dict[str, Any]) -> dict[str, Any]:
    """The event of a conversation that is over."""
    return {"type": "post_call_transcription", "event_timestamp": int(time.time()), "data": document}


def signature(body: bytes, *secrets: str, at: float | None = None) -> str:
    """The header ElevenLabs-Signature, with one v0 for each secret."""
    stamp = int(time.time() if at is None else at)
    signed = [hmac.new(secret.encode(), f"{stamp}.".encode() + body, sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={stamp}", *(f"v0={digest}" for digest in signed)])


def deliver(
    url: str, event: dict[str, Any] | bytes, *secrets: str, at: float | None = None, header: str | None = None
) -> httpx.Response:
    """One delivery to the hook. The body has spaces that a re-serialised one would not have."""
    body = event if isinstance(event, bytes) else json.dumps(event, indent=1).encode()
    headers = {
        "Content-Type": "application/json",
        "ElevenLabs-Signature": signature(body, *secrets, at=at) if header is None else header,
    }
    return httpx.post(url, content=body, headers=headers, timeout=60)
