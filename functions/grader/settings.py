"""The grader's settings, read from the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class GraderSettings:
    """All times in seconds, all budgets in tokens. ValueError, naming the variable, where values do not
    fit."""

    grader_secret: str = field(default="", repr=False)
    """What callers of the grader target must present. Empty: nobody is let in."""
    openai_api_key: str = field(default="", repr=False)
    """Empty: the heuristic grades everything."""
    openai_model: str = "gpt-6-luna"
    openai_base_url: str = "https://api.openai.com/v1"
    openai_api: str = "responses"
    """`responses`, or `chat` for compatible servers that only know chat completions."""
    grader_deadline_seconds: float = 40.0
    """For all of one session's model calls together."""
    grader_budget_seconds: float = 100.0
    """For one request to the grader target."""
    grader_lease_seconds: int = 120
    grader_concurrency: int = 32
    """Sessions in hand at once, over all requests of one process; the database gives out at most 100 at a
    time."""
    grader_transcript_tokens: int = 30_000
    grader_output_tokens: int = 8_000
    """Includes what a reasoning model thinks before it answers."""
    grader_stop_seconds: float = 4.0
    """Left to calls in flight after SIGTERM; Cloud Run kills after 10."""

    def __post_init__(self) -> None:
        _require(self.openai_api in ("responses", "chat"), "OPENAI_API", "must be `responses` or `chat`")
        url = urlsplit(self.openai_base_url)
        _require(
            url.scheme in ("http", "https") and bool(url.netloc),
            "OPENAI_BASE_URL",
            "must be an http(s) address",
        )
        _require(bool(self.openai_model.strip()), "OPENAI_MODEL", "must not be empty")
        for name, least in _LEAST.items():
            _require(getattr(self, name) >= least, name.upper(), f"must be at least {least:g}")
        _require(
            self.grader_lease_seconds >= self.grader_deadline_seconds + SAVE_SECONDS,
            "GRADER_LEASE_SECONDS",
            f"must exceed GRADER_DEADLINE_SECONDS by {SAVE_SECONDS:g} to leave time for saving",
        )
        _require(
            self.grader_budget_seconds > self.grader_deadline_seconds,
            "GRADER_BUDGET_SECONDS",
            "must exceed GRADER_DEADLINE_SECONDS",
        )
        for name in ("grader_lease_seconds", "grader_budget_seconds", "grader_stop_seconds"):
            _require(getattr(self, name) <= AN_HOUR, name.upper(), f"must be at most {AN_HOUR:g}")

    @property
    def asks_model(self) -> bool:
        """Whether there is a model to ask."""
        return bool(self.openai_api_key)

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "GraderSettings":
        """Reads each field from the variable of its name in upper case; missing or blank means the default.

        ValueError names the variable that does not fit, never a secret's value.
        """
        readers: dict[Any, Callable[[str], Any]] = {int: int, float: float, str: str}
        given: dict[str, Any] = {}
        for each in fields(cls):
            text = environment.get(each.name.upper(), "").strip()
            if not text:
                continue
            try:
                given[each.name] = readers[each.type](text)
            except ValueError:
                raise ValueError(f"{each.name.upper()} must be a number") from None
        return cls(**given)


SAVE_SECONDS = 1.0
AN_HOUR = 3600.0
"""The database gives out no longer lease."""

_LEAST: dict[str, float] = {
    "grader_deadline_seconds": 0.1,
    "grader_concurrency": 1,
    "grader_transcript_tokens": 2_000,
    "grader_output_tokens": 500,
    "grader_stop_seconds": 0,
}


def _require(holds: bool, variable: str, problem: str) -> None:
    if not holds:
        raise ValueError(f"{variable} {problem}")
