"""Whether the provider of the model has announced its end. It asks `GET /models/<name>`, where OpenAI lists it."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import openai
from dotenv import dotenv_values

from config import ConfigError, GraderSettings
from grading.model.server import open_client
from run.local.binaries import ROOT

SECONDS = 5.0
"""For each question to the provider. A provider that does not answer has announced nothing."""
SOON_DAYS = 30
"""A model that ends within these days puts the grades at risk. An earlier announcement is a warning."""


def announcements(answered_by: Iterable[str]) -> dict[str, date]:
    """The announced end of the model in the settings, and of the models that have answered lately, by name.

    Empty where no model is configured, or the grader's settings are not set here.
    """
    known = {name: value for name, value in {**dotenv_values(ROOT / ".env"), **os.environ}.items() if value is not None}
    settings = _settings(known)
    if settings is None:
        return {}
    return asyncio.run(_ask(settings, {settings.openai_model, *answered_by}))


def sentence(model: str, end: date, today: date) -> str:
    """The announcement and what to do, in a sentence for the operator."""
    days = (end - today).days
    when = f"in {days} days" if days > 0 else "now"
    return f"the provider shuts down the model {model} on {end} ({when}): set OPENAI_MODEL to another one"


def is_soon(end: date, today: date) -> bool:
    """Whether the end is near enough to be a risk."""
    return (end - today).days <= SOON_DAYS


def today() -> date:
    """In UTC, as the provider's dates."""
    return datetime.now(UTC).date()


def _settings(known: Mapping[str, str]) -> GraderSettings | None:
    try:
        settings = GraderSettings.from_env(known)
    except ConfigError:
        return None
    return replace(settings, grader_deadline_seconds=SECONDS) if settings.asks_model else None


async def _ask(settings: GraderSettings, models: Iterable[str]) -> dict[str, date]:
    ends: dict[str, date] = {}
    async with open_client(settings) as client:
        for model in sorted(models):
            try:
                listed = (await client.models.retrieve(model)).shutdown_date
                if listed:
                    ends[model] = date.fromisoformat(listed)
            except (openai.OpenAIError, ValueError):
                continue
    return ends
