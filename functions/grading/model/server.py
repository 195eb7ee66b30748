"""One call to an OpenAI or compatible server, over the official SDK, and what came of it.

Nothing here raises but cancellation, and nothing of what a server says leaves here but the model's answer
itself: error texts can repeat the talk.
"""

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from config import GraderSettings
from grading.model.errors import ErrorClass
from grading.model.judgement import Judgement
from grading.model.prompt import schema_instructions
from logs import log_unexpected

CONNECT_SECONDS = 5.0
FORMAT: Any = {"name": "Judgement", "strict": True, "schema": Judgement.model_json_schema()}
"""The shape that is asked for. Made once: the SDK's own `parse` makes it anew for every call, which takes longer
than all the rest of one."""
TEXT_FORMAT: Any = {"format": {"type": "json_schema", **FORMAT}}

_ID = re.compile(r"[^\w.:-]")
_BY_STATUS: dict[int, ErrorClass] = {
    401: "auth",
    403: "auth",
    408: "timeout",
    409: "unavailable",
    429: "rate_limited",
}


@dataclass(frozen=True)
class Reply:
    """A model's answer as text, or the fault that stands in its place; what it cost either way."""

    text: str = ""
    fault: ErrorClass | None = None
    retry_after: float | None = None
    """Seconds, where the server named a time."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    request_id: str | None = None


class ModelServer:
    """The server that the settings name. Its one client is made by the first call."""

    def __init__(self, settings: GraderSettings) -> None:
        self._settings = settings
        self._client: openai.AsyncOpenAI | None = None

    async def ask(self, instructions: str, data: str, user_hash: str) -> Reply:
        """One answer to `data`. Retries nothing, apart from a chat server's that may know fewer parameters. That is not
        remembered: one odd refusal would take `store` and the shape from every call to come."""
        if self._settings.openai_api == "responses":
            return await self._guarded(self._respond(instructions, data, user_hash))
        reply = await self._guarded(self._complete(instructions, data, user_hash, plain=False))
        if reply.fault == "bad_request":
            reply = await self._guarded(self._complete(instructions, data, user_hash, plain=True))
        return reply

    async def close(self) -> None:
        """Closes the connections; the next call opens new ones."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _open(self) -> openai.AsyncOpenAI:
        if self._client is None:
            for name in ("openai", "httpx2", "httpcore2"):
                logging.getLogger(name).setLevel(logging.WARNING)
            self._client = openai.AsyncOpenAI(
                api_key=self._settings.openai_api_key,
                base_url=self._settings.openai_base_url,
                max_retries=0,
                timeout=openai.Timeout(self._settings.grader_deadline_seconds, connect=CONNECT_SECONDS),
            )
        return self._client

    async def _respond(self, instructions: str, data: str, user_hash: str) -> Reply:
        raw = await self._open().responses.with_raw_response.create(
            model=self._settings.openai_model,
            instructions=instructions,
            input=data,
            extra_body={"text": TEXT_FORMAT},  # past the SDK's own walk over it, which nothing comes of
            store=False,
            safety_identifier=user_hash,
            max_output_tokens=self._settings.grader_output_tokens,
        )
        return replace(read_response(raw.http_response.json()), request_id=_identifier(raw.request_id))

    async def _complete(self, instructions: str, data: str, user_hash: str, plain: bool) -> Reply:
        newer: dict[str, Any] = {
            "store": False,
            "safety_identifier": user_hash,
            "max_completion_tokens": self._settings.grader_output_tokens,
            "response_format": {"type": "json_schema", "json_schema": FORMAT},
        }
        raw = await self._open().chat.completions.with_raw_response.create(
            model=self._settings.openai_model,
            messages=[
                {"role": "system", "content": instructions + schema_instructions(FORMAT["schema"])},
                {"role": "user", "content": data},
            ],
            **({"max_tokens": self._settings.grader_output_tokens} if plain else newer),
        )
        return replace(read_completion(raw.http_response.json()), request_id=_identifier(raw.request_id))

    async def _guarded(self, call: Any) -> Reply:
        """The call's reply, or its exception as a fault."""
        try:
            reply: Reply = await call
        except openai.APITimeoutError:
            return Reply(fault="timeout")
        except openai.APIConnectionError:
            return Reply(fault="unavailable")
        except openai.APIStatusError as error:
            return Reply(
                fault=_fault_of_status(error.status_code),
                retry_after=read_retry_after(error.response.headers),
                request_id=_identifier(error.request_id),
            )
        except ValueError:  # a success that is no JSON
            return Reply(fault="wrong_shape")
        except Exception as error:
            log_unexpected(error)
            return Reply(fault="other")
        return reply


def read_response(document: object) -> Reply:
    """A Reply from the JSON of /v1/responses, whatever its shape."""
    used = Reply(
        tokens_in=_count(_at(document, "usage", "input_tokens")),
        tokens_out=_count(_at(document, "usage", "output_tokens")),
    )
    messages = [item for item in _items(_at(document, "output")) if _at(item, "type") == "message"]
    parts = [
        part
        for item in messages
        if _at(item, "phase") in (None, "final_answer")
        for part in _items(_at(item, "content"))
    ]
    if any(_at(part, "type") == "refusal" for part in parts):
        return replace(used, fault="refused")
    match _at(document, "status"):
        case "incomplete":
            filtered = _at(document, "incomplete_details", "reason") == "content_filter"
            return replace(used, fault="refused" if filtered else "cut_off")
        case "failed" | "cancelled":
            limited = _at(document, "error", "code") == "rate_limit_exceeded"
            return replace(used, fault="rate_limited" if limited else "unavailable")
    texts = [_at(part, "text") for part in parts if _at(part, "type") == "output_text"]
    return _with_text(used, "".join(text for text in texts if isinstance(text, str)))


def read_completion(document: object) -> Reply:
    """A Reply from the JSON of /v1/chat/completions, whatever its shape."""
    used = Reply(
        tokens_in=_count(_at(document, "usage", "prompt_tokens")),
        tokens_out=_count(_at(document, "usage", "completion_tokens")),
    )
    choice = next(iter(_items(_at(document, "choices"))), None)
    if _at(choice, "finish_reason") == "content_filter" or _at(choice, "message", "refusal"):
        return replace(used, fault="refused")
    if _at(choice, "finish_reason") == "length":
        return replace(used, fault="cut_off")
    text = _at(choice, "message", "content")
    return _with_text(used, text if isinstance(text, str) else "")


def _with_text(used: Reply, text: str) -> Reply:
    return replace(used, text=text) if text.strip() else replace(used, fault="wrong_shape")


def _fault_of_status(status: int) -> ErrorClass:
    return _BY_STATUS.get(status, "unavailable" if status >= 500 else "bad_request")


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, from `retry-after-ms` or `retry-after` (seconds or a date); None if neither says so."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
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


def _at(document: object, *path: str) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None


def _identifier(value: str | None) -> str | None:
    return _ID.sub("", value)[:100] or None if value else None
