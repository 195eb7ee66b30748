"""The stand-in of the model's server, and transcripts to ask it about."""

from collections.abc import Iterator

import pytest
from asking import LINES, Asking

from grading.transcript import Line
from standins.openai import OpenAIStandIn


@pytest.fixture(scope="module")
def openai_server() -> Iterator[OpenAIStandIn]:
    with OpenAIStandIn() as server:
        for api in ("responses", "chat"):  # the first call loads half the SDK, which no short deadline has time for
            Asking(server).grade(LINES, openai_api=api, grader_deadline_seconds=30)
        yield server


@pytest.fixture
def openai(openai_server: OpenAIStandIn) -> OpenAIStandIn:
    """The stand-in, with a judge that answers well until a test says otherwise."""
    openai_server.play("well")
    return openai_server


@pytest.fixture
def asking(openai: OpenAIStandIn) -> Asking:
    return Asking(openai)


@pytest.fixture
def lines() -> tuple[Line, ...]:
    return LINES


@pytest.fixture(params=["responses", "chat"])
def api(request: pytest.FixtureRequest) -> str:
    """Either way of asking."""
    mode: str = request.param
    return mode
