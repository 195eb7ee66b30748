"""Fetches the signed URL with which an ElevenLabs client in the browser starts, so that the browser never sees the key."""

from urllib.parse import parse_qs, urlsplit

import aiohttp

from api.personas import agent_ids
from config import ApiSettings
from errors import ApiError, invalid_field

TIMEOUT = aiohttp.ClientTimeout(total=8)


def check_voice_key(settings: ApiSettings) -> None:
    """503 voice_not_configured without a key."""
    if not settings.elevenlabs_api_key:
        raise ApiError(503, "voice_not_configured", "This server has no ElevenLabs key; practise by typing instead.")


def allowed_agent(settings: ApiSettings, agent_id: str | None) -> str:
    """The session's agent, or 422 where it has none or one that is not allowed.

    The agents of VOICE_AGENT_IDS, or else those of the personas, are allowed. Where neither names one, any agent of the
    ElevenLabs account is allowed.
    """
    if not agent_id:
        raise ApiError(422, "invalid_field", "agent_id was not given when the session was created", "agent_id")
    allowed = settings.voice_agent_ids or agent_ids()
    if allowed and agent_id not in allowed:
        raise invalid_field("agent_id", "is not one of this server's voice agents")
    return agent_id


async def voice_token(settings: ApiSettings, client: aiohttp.ClientSession, agent_id: str) -> dict[str, str]:
    """`{"agent_id", "signed_url", "conversation_id"?}` for a private agent. 503 voice_unavailable when ElevenLabs gives none.

    Source: ElevenLabs API, GET /v1/convai/conversation/get-signed-url.
    """
    try:
        async with client.get(
            f"{settings.elevenlabs_base_url}/v1/convai/conversation/get-signed-url",
            params={"agent_id": agent_id, "include_conversation_id": "true"},
            headers={"xi-api-key": settings.elevenlabs_api_key},
            timeout=TIMEOUT,
        ) as response:
            signed_url = str((await response.json())["signed_url"]) if response.status == 200 else ""
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        signed_url = ""
    if not signed_url:
        raise ApiError(
            503, "voice_unavailable", "ElevenLabs did not start a conversation.", headers={"Retry-After": "5"}
        )
    conversation_id = parse_qs(urlsplit(signed_url).query).get("conversation_id", [""])[0]
    voice = {"agent_id": agent_id, "signed_url": signed_url}
    return {**voice, "conversation_id": conversation_id} if conversation_id else voice
