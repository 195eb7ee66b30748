"""What an ElevenLabs client in the browser needs to start, fetched here so that the browser never sees the key."""

from urllib.parse import parse_qs, urlsplit

import aiohttp

from config import ApiSettings
from errors import ApiError

TIMEOUT = aiohttp.ClientTimeout(total=8)


async def voice_token(settings: ApiSettings, client: aiohttp.ClientSession, agent_id: str | None) -> dict[str, str]:
    """`{"agent_id", "signed_url", "conversation_id"?}` for a private agent.

    503 voice_not_configured without a key, 422 without an agent, 503 voice_unavailable when ElevenLabs gives none.
    Source: ElevenLabs API, GET /v1/convai/conversation/get-signed-url.
    """
    if not settings.elevenlabs_api_key:
        raise ApiError(503, "voice_not_configured", "This server has no ElevenLabs key; practise by typing instead.")
    if not agent_id:
        raise ApiError(422, "invalid_field", "agent_id was not given when the session was created", "agent_id")
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
