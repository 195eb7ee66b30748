"""GET /api/training-sessions/<id>/audio: the recording, streamed from the provider to the owner, with Range."""

import pytest
from speaking import Rep

from endpoint_cases import SessionEndpointCases
from standins.elevenlabs import API_KEY
from support import Stack, User, assert_error

AUDIO = bytes(range(256)) * 1_000


class TestRecording(SessionEndpointCases):
    method = "GET"
    path = "/{id}/audio"
    allow = "GET, HEAD, OPTIONS"


@pytest.fixture
def spoken(rep: Rep) -> int:
    session_id, conversation_id = rep.speak()
    rep.elevenlabs.recordings[conversation_id] = AUDIO
    return session_id


def test_the_owner_hears_the_recording_and_nothing_between_keeps_it(rep: Rep, spoken: int) -> None:
    answer = rep.user.call("GET", f"/{spoken}/audio")
    assert (answer.status_code, answer.content) == (200, AUDIO)
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(AUDIO))
    assert API_KEY not in str(answer.headers)


@pytest.mark.parametrize("knows_ranges", [True, False], ids=["the provider knows ranges", "it does not"])
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=255000-", 255_000, 255_999),
        ("bytes=-500", 255_500, 255_999),
        ("bytes=0-999999", 0, 255_999),
    ],
)
def test_a_range_is_answered_with_206(
    rep: Rep, spoken: int, knows_ranges: bool, asked: str, first: int, last: int
) -> None:
    rep.elevenlabs.knows_ranges = knows_ranges
    answer = rep.user.call("GET", f"/{spoken}/audio", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == AUDIO[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(AUDIO)}"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=-0"])
def test_a_range_without_a_byte_is_416(rep: Rep, spoken: int, asked: str) -> None:
    rep.elevenlabs.knows_ranges = False
    answer = rep.user.call("GET", f"/{spoken}/audio", headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */256000")


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=5-2,7-9", "lines=1-2", "bytes=a-b"])
def test_an_invalid_range_gets_the_whole_recording(rep: Rep, spoken: int, asked: str) -> None:
    answer = rep.user.call("GET", f"/{spoken}/audio", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(AUDIO))


def test_head_tells_the_length(rep: Rep, spoken: int) -> None:
    answer = rep.user.call("HEAD", f"/{spoken}/audio")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(AUDIO))


def test_a_typed_session_has_no_recording(rep: Rep) -> None:
    assert_error(rep.user.call("GET", f"/{rep.user.start()}/audio"), 404, "recording_not_found")


def test_a_recording_that_the_provider_does_not_have_is_404(rep: Rep) -> None:
    session_id, _ = rep.speak()
    assert_error(rep.user.call("GET", f"/{session_id}/audio"), 404, "recording_not_found")


@pytest.mark.parametrize("behaviour", ["error_500", "unauthorised", "close"])
def test_a_failing_provider_is_a_503(rep: Rep, spoken: int, behaviour: str) -> None:
    rep.elevenlabs.behaviour = behaviour
    assert_error(rep.user.call("GET", f"/{spoken}/audio"), 503, "voice_unavailable")


def test_without_a_key_voice_is_not_configured(stack: Stack, user: User) -> None:
    session_id = user.start()
    with stack.database.rep(user.id) as rep:
        rep.rpc("bind_training_conversation", session_id=session_id, conversation_id="conv_without_key")
    assert_error(user.call("GET", f"/{session_id}/audio"), 503, "voice_not_configured")
