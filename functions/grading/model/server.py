"""One call to an OpenAI or compatible server, over the official SDK, and its outcome.

Nothing here raises but cancellation, and of a server's words only the model's answer leaves here.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from config import GraderSettings
from grading.model.judgement import Judgement
from grading.model.prompt import schema_instructions
from grading.model.replies import Reply, fault_of_status, name, read_completion, read_response
from grading.model.sampling import sampling
from logs import log_unexpected

CONNECT_SECONDS = 5.0
FORMAT: Any = {"name": "Judgement", "strict": True, "schema": Judgement.model_json_schema()}
"""The shape that is asked for. Made once: the SDK's own `parse` makes it anew for every call, which takes longer
than the rest of a call."""
TEXT_FORMAT: Any = {"format": {"type": "json_schema", **FORMAT}}

_REFUSED_PARAMETERS = frozenset({400, 422})
_FAILED_AT_PARAMETERS = frozenset({500, 501})
"""Compatible servers of chat completions answer so to a `response_format` that they do not know."""


class ModelServer:
    """The server that the settings name. Its one client is made by the first call."""

    def __init__(self, settings: GraderSettings) -> None:
        self._settings = settings
        self._client: openai.AsyncOpenAI | None = None

    async def ask(self, instructions: str, data: str, user_hash: str, *, look: int = 0, plain: bool = False) -> Reply:
        """One answer to `data`, without any retry.

        `look` is the number of the answer on this transcript, from 0. A `plain` request leaves out the optional
        parameters. That is not remembered: one odd refusal would take them from every later call.
        """
        settings = self._settings
        extra = sampling(
            settings.openai_model,
            settings.openai_api,
            settings.openai_reasoning_effort,
            settings.openai_temperature,
            look,
        )
        if settings.openai_api == "responses":
            return await self._guarded(self._respond(instructions, data, user_hash, {} if plain else extra))
        plain = plain or settings.openai_api == "plain"
        return await self._guarded(self._complete(instructions, data, user_hash, extra, plain))

    async def close(self) -> None:
        """Closes the connections; the next call opens new ones."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _open(self) -> openai.AsyncOpenAI:
        if self._client is None:
            for logger in ("openai", "httpx2", "httpcore2"):
                logging.getLogger(logger).setLevel(logging.WARNING)
            self._client = open_client(self._settings)
        return self._client

    async def _respond(self, instructions: str, data: str, user_hash: str, extra: dict[str, Any]) -> Reply:
        raw = await self._open().responses.with_raw_response.create(
            model=self._settings.openai_model,
            instructions=instructions,
            input=data,
            extra_body={"text": TEXT_FORMAT, **extra},  # past the SDK's own walk over it, which changes nothing
            store=False,
            safety_identifier=user_hash,
            max_output_tokens=self._settings.grader_output_tokens,
        )
        return _read(raw, read_response(raw.http_response.json()))

    async def _complete(
        self, instructions: str, data: str, user_hash: str, extra: dict[str, Any], plain: bool
    ) -> Reply:
        newer: dict[str, Any] = {
            "store": False,
            "safety_identifier": user_hash,
            "max_completion_tokens": self._settings.grader_output_tokens,
            "response_format": {"type": "json_schema", "json_schema": FORMAT},
            **extra,
        }
        raw = await self._open().chat.completions.with_raw_response.create(
            model=self._settings.openai_model,
            messages=[
                {"role": "system", "content": instructions + schema_instructions(FORMAT["schema"])},
                {"role": "user", "content": data},
            ],
            **({"max_tokens": self._settings.grader_output_tokens} if plain else newer),
        )
        return _read(raw, read_completion(raw.http_response.json()))

    async def _guarded(self, call: Any) -> Reply:
        """The call's reply, or its exception as a fault."""
        try:
            reply: Reply = await call
        except openai.APITimeoutError:
            return Reply(fault="timeout")
        except openai.APIConnectionError:
            return Reply(fault="unavailable")
        except openai.APIStatusError as error:
            chat = self._settings.openai_api != "responses"
            return Reply(
                fault=fault_of_status(error.status_code),
                plainer_may_help=error.status_code in _REFUSED_PARAMETERS
                or (chat and error.status_code in _FAILED_AT_PARAMETERS),
                retry_after=read_retry_after(error.response.headers),
                request_id=name(error.request_id),
            )
        except ValueError:  # a success that is not JSON
            return Reply(fault="wrong_shape")
        except Exception as error:
            log_unexpected(error)
            return Reply(fault="other")
        return reply


def open_client(settings: GraderSettings) -> openai.AsyncOpenAI:
    """A client of the server that the settings name. The SDK's Azure client serves an address with an api-version."""
    about: dict[str, Any] = {
        "api_key": settings.openai_api_key,
        "base_url": settings.openai_base_url,
        "max_retries": 0,
        "timeout": openai.Timeout(settings.grader_deadline_seconds, connect=CONNECT_SECONDS),
    }
    query = dict(settings.openai_query)
    if version := query.pop("api-version", None):
        return openai.AsyncAzureOpenAI(api_version=version, default_query=query, **about)
    return openai.AsyncOpenAI(default_query=query, **about)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, from `retry-after-ms` or `retry-after` (seconds or a date); None if neither says so."""
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(header)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            try:
                moment = parsedate_to_datetime(value)
            except ValueError:
                continue
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _read(raw: Any, reply: Reply) -> Reply:
    wait = read_retry_after(raw.headers) if reply.fault else None
    return replace(reply, retry_after=wait, request_id=name(raw.request_id))
