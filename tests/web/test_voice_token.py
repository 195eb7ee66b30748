"""POST /api/training-sessions/<id>/voice-token: the key stays on the server, the browser gets what it needs to connect."""

from collections.abc import Iterator

import pytest

from api.voice import allowed_agent
from config import ApiSettings
from errors import ApiError
from run.local.postgres import Postgres
from stacks import running_stack
from standins.elevenlabs import API_KEY, ElevenLabsStandIn
from support import Stack, User, assert_error


@pytest.fixture(scope="module")
def elevenlabs() -> Iterator[ElevenLabsStandIn]:
    with ElevenLabsStandIn() as server:
        yield server


@pytest.fixture(scope="module")
def voice_stack(
    elevenlabs: ElevenLabsStandIn, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    env = {"ELEVENLABS_API_KEY": API_KEY, "ELEVENLABS_BASE_URL": elevenlabs.url}
    with running_stack(postgres, tmp_path_factory.mktemp("voice"), functions_env=env) as stack:
        yield stack


@pytest.fixture
def rep(voice_stack: Stack, elevenlabs: ElevenLabsStandIn) -> Iterator[User]:
    elevenlabs.behaviour, elevenlabs.calls = "well", []
    with voice_stack.new_user() as user:
        yield user


def test_a_signed_url_is_fetched_with_the_key_and_given_without_it(rep: User, elevenlabs: ElevenLabsStandIn) -> None:
    session_id = rep.start("Maria", agent_id="agent_maria")
    answer = rep.call("POST", f"/{session_id}/voice-token", {})
    assert answer.status_code == 200
    assert answer.json()["signed_url"].startswith("ws://")
    assert [(call.agent_id, call.key) for call in elevenlabs.calls] == [("agent_maria", API_KEY)]
    assert API_KEY not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_conversation_is_bound_to_the_session(rep: User) -> None:
    session_id = rep.start("Maria", agent_id="agent_maria")
    voice = rep.call("POST", f"/{session_id}/voice-token", {}).json()
    assert rep.get(session_id)["conversation_id"] == voice["conversation_id"]


def test_the_key_never_reaches_a_log(rep: User, voice_stack: Stack) -> None:
    rep.call("POST", f"/{rep.start('Maria', agent_id='agent_maria')}/voice-token", {})
    assert API_KEY not in voice_stack.log_text()


@pytest.mark.parametrize("behaviour", ["unauthorised", "error_500", "not_json", "no_url", "close"])
def test_a_failing_voice_service_is_a_503_and_changes_nothing(
    rep: User, elevenlabs: ElevenLabsStandIn, behaviour: str
) -> None:
    session_id = rep.start("Maria", agent_id="agent_maria")
    elevenlabs.behaviour = behaviour
    assert_error(rep.call("POST", f"/{session_id}/voice-token", {}), 503, "voice_unavailable")
    session = rep.get(session_id)
    assert (session["status"], session["conversation_id"]) == ("active", None)


def test_a_session_without_an_agent_cannot_be_spoken(rep: User) -> None:
    assert_error(rep.call("POST", f"/{rep.start()}/voice-token", {}), 422, "invalid_field", "agent_id")


def test_an_ended_session_cannot_be_spoken(rep: User) -> None:
    session_id = rep.start("Maria", agent_id="agent_maria")
    rep.end(session_id)
    assert_error(rep.call("POST", f"/{session_id}/voice-token", {}), 409, "session_not_active")


def test_a_user_cannot_speak_in_another_users_session(
    rep: User, voice_stack: Stack, elevenlabs: ElevenLabsStandIn
) -> None:
    session_id = rep.start("Maria", agent_id="agent_maria")
    with voice_stack.new_user() as stranger:
        assert_error(stranger.call("POST", f"/{session_id}/voice-token", {}), 404, "session_not_found")
    assert elevenlabs.calls == []


def test_without_a_key_voice_is_not_configured(user: User) -> None:
    session_id = user.start("Maria", agent_id="agent_maria")
    assert_error(user.call("POST", f"/{session_id}/voice-token", {}), 503, "voice_not_configured")


def test_a_second_start_keeps_both_conversations(rep: User) -> None:
    session_id = rep.start("Maria", agent_id="agent_maria")
    conversations = [rep.call("POST", f"/{session_id}/voice-token", {}).json()["conversation_id"] for _ in range(2)]
    kept = rep.stack.database.sql(
        "select conversation_id from training.voice_conversations where session_id = %s order by bound_at", session_id
    )
    assert kept == conversations


def test_starts_past_the_limit_of_the_day_are_refused(rep: User, elevenlabs: ElevenLabsStandIn) -> None:
    rep.stack.database.sql("insert into training.settings values ('voice_starts_per_user_per_day', '2')")
    try:
        session_id = rep.start("Maria", agent_id="agent_maria")
        statuses = [rep.call("POST", f"/{session_id}/voice-token", {}).status_code for _ in range(2)]
        refused = rep.call("POST", f"/{session_id}/voice-token", {})
    finally:
        rep.stack.database.sql("delete from training.settings where name = 'voice_starts_per_user_per_day'")
    assert statuses == [200, 200]
    assert_error(refused, 429, "too_many_voice_starts")
    assert int(refused.headers["retry-after"]) > 0
    assert len(elevenlabs.calls) == 2


@pytest.mark.parametrize(
    ("listed", "agent_id", "allowed"),
    [("", "agent_any", True), ("agent_a, agent_b", "agent_b", True), ("agent_a", "agent_b", False)],
)
def test_only_listed_agents_may_speak(listed: str, agent_id: str, allowed: bool) -> None:
    env = {"SUPABASE_URL": "https://p.example", "SUPABASE_PUBLISHABLE_KEY": "k", "VOICE_AGENT_IDS": listed}
    settings = ApiSettings.from_env(env)
    if allowed:
        assert allowed_agent(settings, agent_id) == agent_id
    else:
        with pytest.raises(ApiError) as refused:
            allowed_agent(settings, agent_id)
        assert (refused.value.status, refused.value.details) == (422, "agent_id")
