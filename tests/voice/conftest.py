"""A stack with the ElevenLabs stand-in behind it, and reps who practise by voice."""

from collections.abc import Iterator

import pytest
from speaking import Rep

from run.local.postgres import Postgres
from stacks import running_stack
from standins.elevenlabs import API_KEY, ElevenLabsStandIn
from support import Stack


@pytest.fixture(scope="session")
def elevenlabs() -> Iterator[ElevenLabsStandIn]:
    with ElevenLabsStandIn() as server:
        yield server


@pytest.fixture(scope="session")
def voice_stack(
    elevenlabs: ElevenLabsStandIn, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    env = {"ELEVENLABS_API_KEY": API_KEY, "ELEVENLABS_BASE_URL": elevenlabs.url}
    with running_stack(postgres, tmp_path_factory.mktemp("voice"), functions_env=env, grader_env=env) as stack:
        yield stack


@pytest.fixture
def rep(voice_stack: Stack, elevenlabs: ElevenLabsStandIn) -> Iterator[Rep]:
    """A new rep; nothing of other tests waits."""
    voice_stack.database.sql(
        "truncate public.training_sessions, public.provider_transcripts, training.provider_erasures cascade"
    )
    elevenlabs.behaviour, elevenlabs.knows_ranges = "well", True
    elevenlabs.records, elevenlabs.recordings, elevenlabs.asked = {}, {}, []
    with voice_stack.new_user() as user:
        yield Rep(voice_stack, user, elevenlabs)
