"""Lines with a word that stands nowhere else, and a model grader that is asked about them over real HTTP."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config import GraderSettings
from grading.model.grader import ModelGrader
from grading.transcript import Line, read_transcript
from standins.openai import OpenAIStandIn

DEADLINE = 1.2
USER = "6a0f7c1e-6f5e-4a57-9f0e-3f7f3d6f1c55"
KEY = "sk-test-key-of-the-tests"

WORDS = [
    ("user", "Quetzalcanary Pest Control, I am Dana, how is your evening going?"),
    ("agent", "Fine, but I am about to cook dinner."),
    ("user", "I will be quick then. Have you seen any ants around the house?"),
    ("agent", "A few in the kitchen. It sounds expensive, though."),
    (
        "user",
        "Fair point, so the first visit is free and it is $1,188 for the year. Shall we start on Thursday?",
    ),
    ("agent", "Thursday is good, let us do that."),
]
CANARY = "Quetzalcanary"
LINES = read_transcript([{"speaker": speaker, "text": text} for speaker, text in WORDS])


@dataclass
class Asking:
    """Asks a fresh model grader, over real HTTP."""

    openai: OpenAIStandIn

    def settings(self, **changes: Any) -> GraderSettings:
        defaults: dict[str, Any] = {
            "openai_api_key": KEY,
            "openai_base_url": self.openai.url,
            "grader_deadline_seconds": DEADLINE,
        }
        return GraderSettings(**(defaults | changes))

    def grade(self, lines: tuple[Line, ...], **changes: Any) -> list[dict[str, Any]]:
        """The attempts made on one transcript."""
        attempts: list[dict[str, Any]]
        [attempts] = self.together(lambda grader: [grader.grade(lines, USER)], **changes)
        return attempts

    def together(self, ask: Callable[[ModelGrader], list[Any]], **changes: Any) -> list[Any]:
        """The results of several requests to one grader, made at the same time."""

        async def run() -> list[Any]:
            grader = ModelGrader(self.settings(**changes))
            try:
                return await asyncio.gather(*ask(grader))
            finally:
                await grader.close()

        return asyncio.run(run())


def classes(attempts: list[dict[str, Any]]) -> list[str | None]:
    return [attempt["error_class"] for attempt in attempts]


def broken(*_: object, **__: object) -> Any:
    raise RuntimeError(f"{CANARY} as an exception repeats it")
