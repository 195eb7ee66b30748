"""POST /api/hooks/elevenlabs: only what ElevenLabs signed lately is stored, once, before it is acknowledged."""

import gzip
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from speaking import SPOKEN, Rep

from run.local.postgres import Postgres
from stacks import WEBHOOK_SECRET, running_stack
from standins.elevenlabs_hook import conversation, deliver, post_call, signature
from support import Stack, assert_error

MINUTE = 60


def event(conversation_id: str = "conv_known") -> dict[str, Any]:
    return post_call(conversation(conversation_id, SPOKEN))


def stored(rep: Rep) -> list[Any]:
    ids: list[Any] = rep.stack.database.sql("select conversation_id from public.provider_transcripts order by id")
    return ids


def test_a_signed_event_is_stored_and_acknowledged(rep: Rep) -> None:
    response = deliver(rep.hook_url, event(), WEBHOOK_SECRET)
    assert (response.status_code, response.json()) == (200, {"received": True})
    assert response.headers["content-type"] == "application/json"
    [row] = rep.stack.database.sql("select to_jsonb(t) from public.provider_transcripts t")
    assert (row["provider"], row["conversation_id"], row["status"], row["received_by"]) == (
        "elevenlabs",
        "conv_known",
        "done",
        "hook",
    )
    assert row["duration_seconds"] == 95
    assert row["turns"][1] == {"role": "user", "text": SPOKEN[1][1], "at_seconds": 4, "interrupted": False}


def test_the_signature_is_over_the_raw_bytes(rep: Rep) -> None:
    """The specified formula, computed here independently of the stand-in, over bytes that no serialiser would write."""
    body = b'{ "type" : "post_call_transcription",\n "data": {"conversation_id":"conv_raw", "transcript": [], "status":"done"}}  '
    stamp = int(time.time())
    digest = hmac.new(WEBHOOK_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert deliver(rep.hook_url, body, header=f"t={stamp},v0={digest}").status_code == 200
    assert stored(rep) == ["conv_raw"]


@pytest.mark.parametrize(
    "header",
    [
        "", "garbage", "t=,v0=", "t=abc,v0=abc", "v0=abc", "t={now}", "t={now},v0=", "t={now},v0=ü", "t={now},v1={good}", "t={now},v0={good}0",
        "t=-{now},v0={good}", "t={now}.5,v0={good}", "t={now},v0=" + "0" * 64, "t=99999999999999999999,v0={good}",
    ],
)  # fmt: skip
def test_a_missing_or_forged_signature_is_401_and_stores_nothing(rep: Rep, header: str) -> None:
    body = json.dumps(event()).encode()
    stamp = int(time.time())
    good = hmac.new(WEBHOOK_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    raw = header.format(now=stamp, good=good).encode()
    response = httpx.post(rep.hook_url, content=body, headers=[(b"ElevenLabs-Signature", raw)])
    assert_error(response, 401, "invalid_signature")
    assert stored(rep) == []


def test_without_a_signature_header_it_is_401(rep: Rep) -> None:
    assert_error(httpx.post(rep.hook_url, json=event()), 401, "invalid_signature")


def test_one_changed_byte_is_401(rep: Rep) -> None:
    body = json.dumps(event()).encode()
    response = deliver(rep.hook_url, body.replace(b"Thursday", b"thursday"), header=signature(body, WEBHOOK_SECRET))
    assert_error(response, 401, "invalid_signature")


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (29, 200), (31, 401), (60 * 24, 401), (-31, 401)])
def test_a_signature_may_be_30_minutes_old(rep: Rep, minutes: int, status: int) -> None:
    response = deliver(rep.hook_url, event(), WEBHOOK_SECRET, at=time.time() - minutes * MINUTE)
    assert response.status_code == status


def test_a_stale_signature_is_refused_before_the_body_is_read(rep: Rep) -> None:
    address = httpx.URL(f"{rep.stack.functions_url}/api/hooks/elevenlabs")
    stale = signature(b"", WEBHOOK_SECRET, at=time.time() - 31 * MINUTE)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: x\r\nElevenLabs-Signature: {stale}\r\nContent-Length: 9000000\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_no_user_token_is_asked_for_and_none_is_heeded(rep: Rep) -> None:
    body = json.dumps(event()).encode()
    headers = {"ElevenLabs-Signature": signature(body, WEBHOOK_SECRET), "Authorization": "Bearer garbage"}
    assert httpx.post(rep.hook_url, content=body, headers=headers).status_code == 200


def test_the_same_event_again_changes_nothing(rep: Rep) -> None:
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id)
    before = rep.user.get(session_id)
    document = conversation(conversation_id, SPOKEN)
    for _ in range(3):
        assert deliver(rep.hook_url, post_call(document), WEBHOOK_SECRET).status_code == 200
        rep.work()
    assert rep.user.get(session_id) == before
    assert rep.stack.database.sql("select count(*) from public.training_grades where session_id = %s", session_id) == [
        1
    ]


def test_a_shorter_record_never_replaces_a_longer_one(rep: Rep) -> None:
    _, conversation_id = rep.speak()
    rep.hooked(conversation_id)
    rep.hooked(conversation_id, SPOKEN[:2])
    assert rep.stack.database.sql("select jsonb_array_length(turns) from public.provider_transcripts") == [len(SPOKEN)]


@pytest.mark.parametrize("kind", ["post_call_audio", "call_initiation_failure", "something_new", None])
def test_events_without_a_transcript_are_acknowledged_and_not_stored(rep: Rep, kind: str | None) -> None:
    data = {"conversation_id": "conv_audio", "agent_id": "agent_maria", "full_audio": "aGVsbG8="}
    response = deliver(rep.hook_url, {"type": kind, "event_timestamp": 1, "data": data}, WEBHOOK_SECRET)
    assert (response.status_code, response.json()) == (200, {"received": True})
    assert stored(rep) == []


def test_a_body_may_have_16_mib_and_no_more(rep: Rep) -> None:
    def padded(size: int) -> bytes:
        body = json.dumps({"type": "post_call_audio", "data": {"conversation_id": "c", "full_audio": ""}}).encode()
        return body.replace(b'"full_audio": ""', b'"full_audio": "' + b"A" * (size - len(body)) + b'"')

    limit = 16 * 1024 * 1024
    assert deliver(rep.hook_url, padded(limit), WEBHOOK_SECRET).status_code == 200
    assert_error(deliver(rep.hook_url, padded(limit + 1), WEBHOOK_SECRET), 413, "body_too_large")
    assert_error(deliver(rep.hook_url, padded(20_000_000), WEBHOOK_SECRET), 413, "body_too_large")


def test_a_long_transcript_of_more_than_the_other_routes_take_is_stored(rep: Rep) -> None:
    said = [("user" if n % 2 else "agent", f"{n} " + "words of a long visit " * 40) for n in range(1_000)]
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id, said)
    assert len(rep.said(session_id)) == 1_000


def test_a_signed_body_that_is_not_json_is_400(rep: Rep) -> None:
    assert_error(deliver(rep.hook_url, b"not json", WEBHOOK_SECRET), 400, "invalid_json")
    assert_error(deliver(rep.hook_url, b"[]", WEBHOOK_SECRET), 422, "invalid_field", "body")


def test_a_compressed_body_is_refused(rep: Rep) -> None:
    assert_error(
        deliver(rep.hook_url, gzip.compress(json.dumps(event()).encode()), WEBHOOK_SECRET), 400, "invalid_json"
    )


@pytest.mark.parametrize("conversation_id", [None, "", 7, "x" * 201, "a\nb", "a\x00b"])
def test_a_transcript_without_a_conversations_id_is_422(rep: Rep, conversation_id: object) -> None:
    broken = event()
    broken["data"]["conversation_id"] = conversation_id
    assert_error(deliver(rep.hook_url, broken, WEBHOOK_SECRET), 422, "invalid_field", "data.conversation_id")


@pytest.mark.parametrize(
    "data",
    [
        {"transcript": None}, {"transcript": {}}, {"transcript": [None, 1, "x", [], {}]}, {"metadata": None}, {"metadata": []}, {"status": None},
        {"metadata": {"call_duration_secs": -5, "start_time_unix_secs": "x"}}, {"metadata": {"call_duration_secs": 1e300}}, {"agent_id": 5},
        {"metadata": {"call_duration_secs": True}}, {"transcript": [{"role": "user", "message": "a\x00b", "time_in_call_secs": "x"}]},
        {"transcript": [{"role": "tool", "message": "x"}, {"role": "agent", "message": None}, {"role": "user", "message": "  "}]},
    ],
)  # fmt: skip
def test_odd_values_never_fail_the_hook(rep: Rep, data: dict[str, Any]) -> None:
    odd = event()
    odd["data"] |= data
    response = deliver(rep.hook_url, odd, WEBHOOK_SECRET)
    assert response.status_code == 200, response.text
    rep.work()


def test_only_post_is_allowed(rep: Rep) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = httpx.request(method, rep.hook_url)
        assert_error(response, 405, "method_not_allowed")
        assert response.headers["allow"] == "POST, OPTIONS"


def test_no_word_or_secret_reaches_a_log(rep: Rep) -> None:
    said = [("user", "quetzalhookcanary ants")]
    session_id, conversation_id = rep.speak()
    rep.hooked(conversation_id, said)
    assert rep.said(session_id) == said
    assert "quetzalhookcanary" not in rep.stack.log_text()
    assert WEBHOOK_SECRET not in rep.stack.log_text()


def test_the_publishable_key_alone_stores_nothing(rep: Rep) -> None:
    record = {"provider": "elevenlabs", "conversation_id": "conv_forged", "status": "done", "turns": []}
    for token in ("", "x", WEBHOOK_SECRET, None):
        response = httpx.post(
            f"{rep.stack.gateway_url}/rest/v1/rpc/receive_voice_record",
            json={"record": record, "token": token},
            headers={"apikey": rep.stack.keys.publishable},
        )
        assert_error_code(response, 401)
    assert stored(rep) == []


def assert_error_code(response: httpx.Response, status: int) -> None:
    assert (response.status_code, response.json()["code"]) == (status, "not_authenticated"), response.text


@pytest.fixture(scope="module")
def rotating(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack while its secret is replaced."""
    env = {"ELEVENLABS_WEBHOOK_SECRET": "wsec_old, wsec_new"}
    with running_stack(postgres, tmp_path_factory.mktemp("rotating"), functions_env=env) as stack:
        yield stack


@pytest.mark.parametrize(
    ("signed_by", "status"),
    [
        (["wsec_old"], 200),
        (["wsec_new"], 200),
        (["wsec_other", "wsec_new"], 200),
        (["wsec_other"], 401),
        (["wsec_old, wsec_new"], 401),
    ],
)
def test_several_secrets_and_several_signatures_are_accepted_in_a_rotation(
    rotating: Stack, signed_by: list[str], status: int
) -> None:
    assert deliver(f"{rotating.functions_url}/api/hooks/elevenlabs", event(), *signed_by).status_code == status


def test_without_a_secret_voice_is_not_configured(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_stack(
        postgres, tmp_path_factory.mktemp("no_secret"), functions_env={"ELEVENLABS_WEBHOOK_SECRET": None}
    ) as stack:
        response = deliver(f"{stack.functions_url}/api/hooks/elevenlabs", event(), WEBHOOK_SECRET)
        assert_error(response, 503, "voice_not_configured")


def test_an_event_is_not_acknowledged_while_the_database_is_away(rotating: Stack) -> None:
    url = f"{rotating.functions_url}/api/hooks/elevenlabs"
    rotating.database.sql("select training.configure_voice('{}')")
    assert_error(deliver(url, event("conv_late"), "wsec_new"), 503, "voice_not_configured")
    assert rotating.database.sql(
        "select count(*) from public.provider_transcripts where conversation_id = 'conv_late'"
    ) == [0]
    rotating.parts["postgrest"].stop()
    assert_error(deliver(url, event("conv_late"), "wsec_new"), 503, "database_unavailable")
