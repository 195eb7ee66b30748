"""Grades transcripts with one grader, as the worker would: where the model gives no grade, the heuristic does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from config import ConfigError, GraderSettings, environment
from grading.attempts import Attempt, accepted, failed
from grading.heuristic import grader as heuristic
from grading.rubric import CATEGORIES, RUBRIC
from grading.transcript import has_rep_words, read_transcript
from prove.evaluate.labelled import LabelledTranscript

Judge = Callable[[list[dict[str, Any]]], Awaitable[list[Attempt]]]
"""Grades one stored transcript. -> the attempts as the worker would save them, the last one decisive."""


@dataclass(frozen=True)
class Graded:
    """What one run of a grader gave for one transcript. `scores` and `overall` are None without a grade."""

    scores: Mapping[str, int] | None
    facts: Mapping[str, Any] | None
    graded_by: str | None
    confidence: str | None
    model: str | None
    prompt_hash: str | None
    rubric_version: str | None
    errors: tuple[str, ...]
    tokens_in: int
    tokens_out: int
    latency_ms: int

    @property
    def overall(self) -> int | None:
        """The average as the database rounds it: halves go up."""
        if self.scores is None:
            return None
        average = Decimal(sum(self.scores.values())) / len(self.scores)
        return int(average.quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def key(self) -> str:
        """Who graded: grader, the model's name as the server returned it, prompt hash, rubric version."""
        return " ".join(filter(None, (self.graded_by or "none", self.model, self.prompt_hash, self.rubric_version)))


def read_attempts(attempts: Sequence[Attempt]) -> Graded:
    """One result from everything that was tried. Tokens and latency are those of all attempts together."""
    last = attempts[-1]
    given = last["outcome"] == "accepted"
    return Graded(
        scores={name: int(last["scores"][name]) for name in CATEGORIES} if given else None,
        facts=last.get("facts") if given else None,
        graded_by=last["grader"] if given else None,
        confidence=last.get("confidence"),
        model=last["model"],
        prompt_hash=last["prompt_hash"],
        rubric_version=last["rubric_version"],
        errors=tuple(each["error_class"] for each in attempts if each["error_class"]),
        tokens_in=sum(each["tokens_in"] or 0 for each in attempts),
        tokens_out=sum(each["tokens_out"] or 0 for each in attempts),
        latency_ms=sum(each["latency_ms"] or 0 for each in attempts),
    )


async def grade_all(
    transcripts: Sequence[LabelledTranscript], judge: Judge, repeat: int = 1, at_once: int = 1
) -> list[list[Graded]]:
    """`repeat` results for each transcript, in the order of `transcripts`; at most `at_once` transcripts in hand."""
    places = asyncio.Semaphore(at_once)

    async def one(labelled: LabelledTranscript) -> Graded:
        async with places:
            return read_attempts(await judge(labelled.transcript))

    runs = [await asyncio.gather(*map(one, transcripts)) for _ in range(repeat)]
    return [list(results) for results in zip(*runs, strict=True)]


async def by_heuristic(transcript: list[dict[str, Any]]) -> list[Attempt]:
    """The heuristic's attempt."""
    started = time.monotonic()
    grade = heuristic.grade(transcript)
    latency_ms = round((time.monotonic() - started) * 1000)
    if grade is None:
        return [failed("heuristic", RUBRIC.version, "no_conversation", latency_ms)]
    return [accepted("heuristic", RUBRIC.version, grade, latency_ms)]


def model_settings() -> GraderSettings:
    """The model's settings from the environment and .env. SystemExit says what is missing."""
    unused = {
        "SUPABASE_URL": "http://localhost",
        "SUPABASE_PUBLISHABLE_KEY": "unused",
        "SUPABASE_SECRET_KEY": "unused",
        "GRADER_SECRET": "unused",
    }
    try:
        settings = GraderSettings.from_env({**unused, **environment()})
    except ConfigError as error:
        raise SystemExit(str(error)) from None
    if not settings.asks_model:
        raise SystemExit("Set OPENAI_API_KEY (and OPENAI_MODEL, OPENAI_BASE_URL) to measure a model's grades.")
    return settings


def grade_by_model(
    transcripts: Sequence[LabelledTranscript],
    settings: GraderSettings,
    repeat: int = 1,
    on_done: Callable[[], None] = lambda: None,
) -> list[list[Graded]]:
    """`repeat` results for each transcript from the model of the settings, as the worker would have them."""
    from grading.model.grader import ModelGrader

    async def run() -> list[list[Graded]]:
        grader = ModelGrader(settings)

        async def judge(transcript: list[dict[str, Any]]) -> list[Attempt]:
            lines = read_transcript(transcript)
            attempts = await grader.grade(lines, "evaluation") if has_rep_words(lines) else []
            if not attempts or attempts[-1]["outcome"] != "accepted":
                attempts += await by_heuristic(transcript)
            on_done()
            return attempts

        try:
            return await grade_all(transcripts, judge, repeat, settings.grader_concurrency)
        finally:
            await grader.close()

    return asyncio.run(run())
