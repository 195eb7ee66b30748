"""Settings from the environment and, in development, from a `.env` file. Each function reads its own once, at start.

A reader collects every missing and every wrong variable, so that one message names them all.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from dotenv import load_dotenv

from voice.token import split_secrets

SAVE_SECONDS = 1.0
"""Left between a session's deadline and the end of its lease, for saving the grade."""

LONGEST_SCENE = 500
"""Characters of GRADER_SCENE, which is sent with each transcript."""

AN_HOUR = 3600.0
"""Seconds. The database leases a session for at most an hour."""


class ConfigError(Exception):
    """Names all variables that are missing or wrong; never a value, which may be a secret."""


class _Reader:
    """Reads variables by name and notes each problem. `finish` raises ConfigError when there is one."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """The variable without surrounding white space; blank counts as missing."""
        value = self._env.get(name, "").strip()
        if required and not value:
            self._missing.append(name)
        return value or default

    def url(self, name: str, default: str = "", *, required: bool = False) -> str:
        """An http(s) address without a slash at its end."""
        value = self.text(name, default, required=required)
        return self._address(name, value) if value else ""

    def _address(self, name: str, text: str) -> str:
        address = text.rstrip("/")
        parts = urlsplit(address)
        if not (parts.scheme in ("http", "https") and parts.netloc):
            self.refuse(name, "must be an http(s) address")
        return address

    def url_with_query(self, name: str, default: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """An http(s) address and, apart from it, the names and values of its query."""
        address, _, query = self.text(name, default).partition("?")
        try:
            pairs = parse_qsl(query, strict_parsing=True) if query else []
        except ValueError:
            self.refuse(name, "must have a query of the form name=value&name=value")
            pairs = []
        if "#" in address + query:
            self.refuse(name, "must not have a fragment")
        return self._address(name, address), tuple(pairs)

    def optional_number(self, name: str, least: float, most: float) -> float | None:
        """A number from `least` to `most`, or None where the variable is not set."""
        return self.number(name, least, least, most) if self.text(name) else None

    def number(self, name: str, default: float, least: float, most: float = math.inf) -> float:
        """A number from `least` to `most`. A wrong value is noted and replaced by the default, so that reading goes on."""
        text = self.text(name)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.refuse(name, "must be a number")
        elif value < least:
            self.refuse(name, f"must be at least {least:g}")
        elif value > most:
            self.refuse(name, f"must be at most {most:g}")
        else:
            return value
        return default

    def count(self, name: str, default: int, least: int, most: float = math.inf) -> int:
        """A whole number from `least` to `most`."""
        value = self.number(name, default, least, most)
        if value != int(value):
            self.refuse(name, "must be a whole number")
            return default
        return int(value)

    def refuse(self, name: str, rule: str) -> None:
        """Notes that the variable breaks `rule`, such as "must be a number"."""
        self._wrong.append(f"{name} {rule}")

    def finish(self) -> None:
        problems = ["missing " + ", ".join(self._missing)] if self._missing else []
        problems += self._wrong
        if problems:
            raise ConfigError("Configuration: " + "; ".join(problems) + ". See .env.example.")


@dataclass(frozen=True)
class ApiSettings:
    """The settings of the users' function."""

    rest_url: str
    publishable_key: str
    allowed_origins: frozenset[str] = frozenset()
    elevenlabs_api_key: str = field(default="", repr=False)
    elevenlabs_base_url: str = "https://api.elevenlabs.io"
    elevenlabs_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Empty: the hook answers 503 voice_not_configured."""
    voice_agent_ids: frozenset[str] = frozenset()
    """Agents that a session may be spoken with. Empty: those of the personas."""
    openai_api_key: str = field(default="", repr=False)
    """Empty: the script plays the homeowner of a typed session."""
    openai_model: str = "gpt-6-luna"
    openai_base_url: str = "https://api.openai.com/v1"
    openai_query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    openai_api: str = "responses"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ApiSettings":
        """Reads and checks `env`. ConfigError names every variable that is missing or wrong."""
        reader = _Reader(env)
        openai_base_url, openai_query = reader.url_with_query("OPENAI_BASE_URL", cls.openai_base_url)
        settings = cls(
            rest_url=_rest_url(reader),
            publishable_key=_publishable_key(reader),
            allowed_origins=_origins(reader.text("ALLOWED_ORIGINS")),
            elevenlabs_api_key=reader.text("ELEVENLABS_API_KEY"),
            elevenlabs_base_url=reader.url("ELEVENLABS_BASE_URL", cls.elevenlabs_base_url),
            elevenlabs_webhook_secrets=split_secrets(reader.text("ELEVENLABS_WEBHOOK_SECRET")),
            voice_agent_ids=frozenset(split_secrets(reader.text("VOICE_AGENT_IDS"))),
            openai_api_key=reader.text("OPENAI_API_KEY"),
            openai_model=reader.text("OPENAI_MODEL", cls.openai_model),
            openai_base_url=openai_base_url,
            openai_query=openai_query,
            openai_api=_openai_api(reader, cls.openai_api),
        )
        reader.finish()
        return settings


@dataclass(frozen=True, slots=True)
class GraderSettings:
    """The settings of the grader. Times in seconds, budgets in tokens."""

    rest_url: str = ""
    secret_key: str = field(default="", repr=False)
    grader_secret: str = field(default="", repr=False)
    """The secret that callers of the grader target send. Empty: each call is refused."""
    openai_api_key: str = field(default="", repr=False)
    """Empty: the heuristic grades everything."""
    openai_model: str = "gpt-6-luna"
    openai_base_url: str = "https://api.openai.com/v1"
    openai_query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values of the query that stood at the end of the base URL, such as Azure's api-version."""
    openai_api: str = "responses"
    """`responses`; `chat` for compatible servers that only know chat completions; `plain` for those of them that
    know neither a schema nor OpenAI's newer parameters."""
    openai_reasoning_effort: str = ""
    openai_temperature: float | None = None
    """Both decided by the model's name where neither is set."""
    grader_scene: str = "A door-to-door sales rep speaks with a homeowner at the door."
    """Who speaks with whom and where. A model judges the rep within it."""
    grader_deadline_seconds: float = 40.0
    """For all model calls of one session together."""
    grader_budget_seconds: float = 100.0
    """For one request to the grader target."""
    grader_lease_seconds: int = 120
    grader_concurrency: int = 32
    """Sessions in hand at once, over all requests of one process."""
    grader_transcript_bytes: int = 16 * 1024 * 1024
    """Bytes of JSON of the long transcripts in hand at once."""
    grader_transcript_tokens: int = 30_000
    grader_output_tokens: int = 8_000
    """Includes the reasoning tokens of a reasoning model."""
    grader_stop_seconds: float = 4.0
    """Left to calls in flight after SIGTERM. Cloud Run kills the process after 10."""
    elevenlabs_api_key: str = field(default="", repr=False)
    """Empty: transcripts come by the hook alone, and erasures at the provider wait."""
    elevenlabs_base_url: str = ApiSettings.elevenlabs_base_url
    webhook_private_hosts: frozenset[str] = frozenset()
    """`host:port` of webhook endpoints that may have a private address, for development."""

    @property
    def asks_model(self) -> bool:
        """Whether a model is configured."""
        return bool(self.openai_api_key)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "GraderSettings":
        """Reads and checks `env`. ConfigError names every variable that is missing or wrong."""
        reader, default = _Reader(env), cls()
        _publishable_key(reader)
        openai_base_url, openai_query = reader.url_with_query("OPENAI_BASE_URL", default.openai_base_url)
        settings = cls(
            rest_url=_rest_url(reader),
            secret_key=reader.text("SUPABASE_SECRET_KEY", required=True),
            grader_secret=reader.text("GRADER_SECRET", required=True),
            openai_api_key=reader.text("OPENAI_API_KEY"),
            openai_model=reader.text("OPENAI_MODEL", default.openai_model),
            openai_base_url=openai_base_url,
            openai_query=openai_query,
            openai_api=_openai_api(reader, default.openai_api),
            openai_reasoning_effort=reader.text("OPENAI_REASONING_EFFORT"),
            openai_temperature=reader.optional_number("OPENAI_TEMPERATURE", 0, 2),
            grader_scene=" ".join(reader.text("GRADER_SCENE", default.grader_scene).split()),
            grader_deadline_seconds=reader.number("GRADER_DEADLINE_SECONDS", default.grader_deadline_seconds, 0.1),
            grader_budget_seconds=reader.number("GRADER_BUDGET_SECONDS", default.grader_budget_seconds, 0.1, AN_HOUR),
            grader_lease_seconds=reader.count("GRADER_LEASE_SECONDS", default.grader_lease_seconds, 1, AN_HOUR),
            grader_concurrency=reader.count("GRADER_CONCURRENCY", default.grader_concurrency, 1),
            grader_transcript_bytes=reader.count("GRADER_TRANSCRIPT_BYTES", default.grader_transcript_bytes, 1),
            grader_transcript_tokens=reader.count("GRADER_TRANSCRIPT_TOKENS", default.grader_transcript_tokens, 2_000),
            grader_output_tokens=reader.count("GRADER_OUTPUT_TOKENS", default.grader_output_tokens, 500),
            grader_stop_seconds=reader.number("GRADER_STOP_SECONDS", default.grader_stop_seconds, 0, AN_HOUR),
            elevenlabs_api_key=reader.text("ELEVENLABS_API_KEY"),
            elevenlabs_base_url=reader.url("ELEVENLABS_BASE_URL", default.elevenlabs_base_url),
            webhook_private_hosts=_hosts(reader.text("WEBHOOK_PRIVATE_HOSTS")),
        )
        settings._check(reader)
        reader.finish()
        return settings

    def _check(self, reader: _Reader) -> None:
        if len(self.grader_scene) > LONGEST_SCENE:
            reader.refuse("GRADER_SCENE", f"must have at most {LONGEST_SCENE} characters")
        if self.grader_lease_seconds < self.grader_deadline_seconds + SAVE_SECONDS:
            rule = f"must exceed GRADER_DEADLINE_SECONDS by {SAVE_SECONDS:g} to leave time for saving"
            reader.refuse("GRADER_LEASE_SECONDS", rule)
        if self.grader_budget_seconds <= self.grader_deadline_seconds:
            reader.refuse("GRADER_BUDGET_SECONDS", "must exceed GRADER_DEADLINE_SECONDS")


def _rest_url(reader: _Reader) -> str:
    """The Data API's address: its own variable, or the project's address with /rest/v1."""
    own = reader.url("SUPABASE_REST_URL")
    project = reader.url("SUPABASE_URL", required=True)
    return own or f"{project}/rest/v1"


def _openai_api(reader: _Reader, default: str) -> str:
    api = reader.text("OPENAI_API", default)
    if api not in ("responses", "chat", "plain"):
        reader.refuse("OPENAI_API", "must be `responses`, `chat` or `plain`")
    return api


def _publishable_key(reader: _Reader) -> str:
    key = reader.text("SUPABASE_PUBLISHABLE_KEY", required=True)
    if key.startswith("sb_secret_"):
        reader.refuse("SUPABASE_PUBLISHABLE_KEY", "holds a secret key")
    return key


def _origins(text: str) -> frozenset[str]:
    return frozenset(origin.strip().rstrip("/") for origin in text.split(",") if origin.strip())


def _hosts(text: str) -> frozenset[str]:
    return frozenset(host.strip().lower() for host in text.split(",") if host.strip())


def environment() -> Mapping[str, str]:
    """The process's environment, completed (never overridden) by a `.env` file beside this one or in a folder above."""
    load_dotenv()
    return os.environ
