"""The providers this deployment has a key of."""

from collections.abc import Mapping
from typing import Protocol

import aiohttp

from voice import elevenlabs
from voice.record import Record


class Account(Protocol):
    """A provider's API under this deployment's key. Its methods raise voice.provider.Trouble."""

    async def fetch(self, conversation_id: str) -> Record | None: ...
    async def erase(self, conversation_id: str) -> None: ...
    async def audio(self, conversation_id: str, asked_range: str | None) -> aiohttp.ClientResponse: ...


class ProviderKeys(Protocol):
    """The part of ApiSettings and GraderSettings that is about providers."""

    @property
    def elevenlabs_api_key(self) -> str: ...
    @property
    def elevenlabs_base_url(self) -> str: ...


def accounts(settings: ProviderKeys, client: aiohttp.ClientSession) -> Mapping[str, Account]:
    """By the provider's name, those with a key in `settings`."""
    found: dict[str, Account] = {}
    if settings.elevenlabs_api_key:
        found[elevenlabs.NAME] = elevenlabs.ElevenLabsAccount(
            client, settings.elevenlabs_base_url, settings.elevenlabs_api_key
        )
    return found
