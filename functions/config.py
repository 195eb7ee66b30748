"""Settings from the environment and, for development, a `.env` file. Checked once, at start, with one clear message."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dotenv import load_dotenv


class ConfigError(Exception):
    """Says which variables are missing or wrong, all of them at once; never a secret's value."""


@dataclass(frozen=True)
class Settings:
    """What the user-facing function needs, and `secret_key` for the grader."""

    rest_url: str
    publishable_key: str
    secret_key: str = field(default="", repr=False)
    allowed_origins: frozenset[str] = frozenset()
    elevenlabs_api_key: str = field(default="", repr=False)
    elevenlabs_base_url: str = "https://api.elevenlabs.io"

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, grader: bool = False) -> "Settings":
        """Reads and checks `env`; with `grader`, what only the grader needs is required too. Raises ConfigError."""
        problems = []
        required = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"]
        if grader:
            required += ["SUPABASE_SECRET_KEY", "GRADER_SECRET"]
        missing = [name for name in required if not env.get(name, "").strip()]
        if missing:
            problems.append("missing " + ", ".join(missing))
        for name in ("SUPABASE_URL", "SUPABASE_REST_URL", "ELEVENLABS_BASE_URL"):
            if env.get(name) and not _is_http_url(env[name]):
                problems.append(f"{name} must be an http(s) address")
        if env.get("SUPABASE_PUBLISHABLE_KEY", "").startswith("sb_secret_"):
            problems.append("SUPABASE_PUBLISHABLE_KEY holds a secret key")
        if problems:
            raise ConfigError("Configuration: " + "; ".join(problems) + ". See .env.example.")
        return cls(
            rest_url=env.get("SUPABASE_REST_URL") or env["SUPABASE_URL"].rstrip("/") + "/rest/v1",
            publishable_key=env["SUPABASE_PUBLISHABLE_KEY"],
            secret_key=env.get("SUPABASE_SECRET_KEY", ""),
            allowed_origins=frozenset(
                origin.strip().rstrip("/") for origin in env.get("ALLOWED_ORIGINS", "").split(",") if origin.strip()
            ),
            elevenlabs_api_key=env.get("ELEVENLABS_API_KEY", ""),
            elevenlabs_base_url=(env.get("ELEVENLABS_BASE_URL") or cls.elevenlabs_base_url).rstrip("/"),
        )


def _is_http_url(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def environment() -> Mapping[str, str]:
    """The process's environment, completed (never overridden) by a `.env` file beside this one or in a folder above."""
    load_dotenv()
    return os.environ
