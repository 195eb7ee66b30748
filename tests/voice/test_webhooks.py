"""Webhooks out: written with the change, sent until accepted, signed by the Standard Webhooks specification, to public addresses only."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from run.local.postgres import Postgres
from stacks import running_stack
from support import Database, Stack, User, transcript_lines
from worker.webhooks import PrivateAddress, Sender, _PublicOnly, is_public, url_trouble

SECRET = "whsec_" + "A" * 43 + "="


class Receiver(BaseHTTPRequestHandler):
    """An endpoint that keeps what it gets and answers what `answers` says next."""

    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    answers: ClassVar[list[int]] = []
    slow_for: ClassVar[str | None] = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Receiver.slow_for and Receiver.slow_for.encode() in body:
            time.sleep(0.2)
        Receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(Receiver.answers.pop(0) if Receiver.answers else 204)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def hooked(receiver: str, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(
        postgres, tmp_path_factory.mktemp("webhooks"), grader_env={"WEBHOOK_PRIVATE_HOSTS": receiver}
    ) as stack:
        yield stack


@pytest.fixture
def user(hooked: Stack, receiver: str) -> Iterator[User]:
    """A rep, and one endpoint that wants every event."""
    hooked.database.sql("truncate public.training_sessions, training.webhook_endpoints cascade")
    Receiver.got, Receiver.answers, Receiver.slow_for = [], [], None
    add(hooked.database, f"http://{receiver}/hook")
    with hooked.new_user() as user:
        yield user


def add(database: Database, url: str, events: str = "{session.ended,session.graded}") -> int:
    [id_] = database.sql("select training.add_webhook(%s, %s, %s)", url, SECRET, events)
    return int(id_)


def graded(user: User) -> int:
    session_id = user.start()
    user.say(session_id, *transcript_lines())
    user.end(session_id)
    user.stack.grade()
    return session_id


def received() -> list[dict[str, Any]]:
    """The payloads, each verified by the receiver's library."""
    return [Webhook(SECRET).verify(body, headers) for headers, body in Receiver.got]


def later(database: Database) -> None:
    """As if every wait were over."""
    database.sql("update training.webhook_deliveries set try_after = now() where try_after is not null")


def test_the_end_and_the_grade_are_told_once_each_and_verify(user: User) -> None:
    session_id = graded(user)
    user.stack.grade()
    events = received()
    assert [event["type"] for event in events] == ["session.ended", "session.graded"]
    assert events[1]["data"] == {
        "id": session_id, "state": "graded", "status": "completed", "end_reason": "ended", "graded_by": "heuristic",
        "rubric_version": user.get(session_id)["rubric_version"], "link": f"/analytics/{session_id}",
    }  # fmt: skip


def test_an_end_and_a_grade_that_wait_together_are_told_in_order(user: User) -> None:
    Receiver.answers = [503, 503]
    graded(user)
    later(user.stack.database)
    Receiver.got, Receiver.slow_for = [], "session.ended"
    user.stack.grade()
    assert [event["type"] for event in received()] == ["session.ended", "session.graded"]


def test_another_secret_does_not_verify(user: User) -> None:
    graded(user)
    headers, body = Receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "B" * 43 + "=").verify(body, headers)


def test_the_event_is_in_the_outbox_when_the_change_is_and_not_when_it_is_rolled_back(user: User) -> None:
    database = user.stack.database
    session_id = user.start()
    user.say(session_id, *transcript_lines())
    with database.rep(user.id) as rep:
        rep.connection.autocommit = False
        rep.rpc("complete_training_session", session_id=session_id)
        rep.connection.rollback()
    assert database.sql("select count(*) from training.webhook_deliveries") == [0]
    user.end(session_id)
    assert database.sql("select event from training.webhook_deliveries") == ["session.ended"]


def test_a_failing_endpoint_is_tried_again_with_the_same_id_until_it_accepts(user: User) -> None:
    Receiver.answers = [500, 500]
    graded(user)
    assert len(Receiver.got) == 2
    for _ in range(2):
        later(user.stack.database)
        user.stack.grade()
    assert sorted(event["type"] for event in received()) == ["session.ended"] * 2 + ["session.graded"] * 2
    assert len({headers["webhook-id"] for headers, _ in Receiver.got}) == 2
    assert user.stack.database.sql(
        "select count(*) from training.webhook_deliveries where delivered_at is not null"
    ) == [2]


def test_the_waits_grow_and_end_in_the_dead_letters_which_are_replayed(user: User) -> None:
    database = user.stack.database
    user.start()
    Receiver.answers = [503] * 10
    [session_id] = database.sql("select id from public.training_sessions")
    user.end(session_id)
    waits = []
    for _ in range(10):
        later(database)
        user.stack.grade()
        waits += database.sql("select round(extract(epoch from try_after - now())) from training.webhook_deliveries")
    assert [round(float(wait) / 60) for wait in waits[:-1]] == [0, 5, 30, 120, 300, 600, 840, 1200, 1200]
    assert waits[-1] is None
    assert database.sql("select dead_at is not null, tries, trouble from training.webhook_deliveries") == [
        (True, 10, "status_503")
    ]
    [health] = database.sql("select to_jsonb(h) from public.voice_health h")
    assert (health["webhooks_dead"], health["webhooks_waiting"]) == (1, 0)
    assert database.sql("select training.replay_webhooks(null)") == [1]
    user.stack.grade()
    assert len({headers["webhook-id"] for headers, _ in Receiver.got}) == 1
    assert database.sql("select delivered_at is not null from training.webhook_deliveries") == [True]


def test_a_redirect_is_not_followed(user: User) -> None:
    Receiver.answers = [302]
    user.end(user.start())
    user.stack.grade()
    assert user.stack.database.sql("select trouble from training.webhook_deliveries") == ["status_302"]


def test_an_endpoint_that_is_gone_is_told_nothing_more(user: User) -> None:
    Receiver.answers = [410]
    user.end(user.start())
    user.stack.grade()
    user.end(user.start())
    user.stack.grade()
    assert len(Receiver.got) == 1


def test_a_worker_that_dies_while_sending_loses_nothing(user: User) -> None:
    """The lease brings the delivery back; a late note of the first try does not count for the second."""
    database = user.stack.database
    user.end(user.start())
    with database.grader() as worker:
        [claim] = worker.rpc("claim_webhooks", max_count=5)
        assert worker.rpc("claim_webhooks", max_count=5) == []
        later(database)
        [again] = worker.rpc("claim_webhooks", max_count=5)
        assert again["message_id"] == claim["message_id"]
        worker.rpc("note_webhook", id=claim["id"], tries=claim["tries"])
    assert database.sql("select delivered_at from training.webhook_deliveries") == [None]


def test_a_regrade_that_keeps_the_old_grade_is_not_told(user: User) -> None:
    session_id = graded(user)
    user.stack.database.sql("update public.training_sessions set graded_by = 'model' where id = %s", session_id)
    user.stack.database.sql("select training.regrade(array[%s]::bigint[], null, null, false)", session_id)
    user.stack.grade()
    assert [event["type"] for event in received()].count("session.graded") == 1


def test_an_endpoint_gets_the_events_it_asked_for(user: User, receiver: str) -> None:
    database = user.stack.database
    database.sql("truncate training.webhook_endpoints cascade")
    add(database, f"http://{receiver}/", "{session.graded}")
    graded(user)
    assert [event["type"] for event in received()] == ["session.graded"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False), ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False), ("::ffff:93.184.216.34", True), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("192.0.2.1", False),
    ],
)  # fmt: skip
def test_private_addresses_are_known(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("https://example.com/hook", None), ("http://example.com/hook", "not_https"), ("https://127.0.0.1/", "private_address"),
        ("https://[::1]/", "private_address"), ("https://user:word@example.com/", "bad_url"), ("ftp://example.com/", "bad_url"), ("https://", "bad_url"),
        ("https://[::ffff:169.254.169.254]/", "private_address"), ("https://example.com:x/", "bad_url"), ("http://127.0.0.1:9/", None),
    ],
)  # fmt: skip
def test_addresses_are_refused_before_any_connection(url: str, trouble: str | None) -> None:
    assert url_trouble(url, frozenset({"127.0.0.1:9"})) == trouble


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "017700000001"])
def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_resolved(host: str) -> None:
    """However it is written: the check is on the address that is connected to."""

    async def resolve() -> None:
        resolver = _PublicOnly(frozenset())
        try:
            await resolver.resolve(host, 443, socket.AF_INET)
        finally:
            await resolver.close()

    with pytest.raises(PrivateAddress):
        asyncio.run(resolve())


def test_a_delivery_to_a_private_name_connects_nowhere(receiver: str) -> None:
    Receiver.got = []
    delivery = {
        "url": f"https://localhost:{receiver.split(':')[1]}/",
        "secret": SECRET,
        "message_id": "msg_1",
        "payload": {},
    }

    async def send() -> str | None:
        sender = Sender()
        try:
            return (await sender.send(delivery)).trouble
        finally:
            await sender.close()

    assert asyncio.run(send()) == "private_address"
    assert Receiver.got == []


def test_the_command_adds_lists_tests_and_removes(user: User, receiver: str) -> None:
    """As the operator types it, against this stack; the worker is called by hand while the command waits."""
    stack = user.stack
    env = {
        "SUPABASE_URL": stack.gateway_url,
        "SUPABASE_SECRET_KEY": stack.keys.secret,
        "WEBHOOK_PRIVATE_HOSTS": receiver,
    }

    def hooks(*words: str) -> subprocess.Popen[str]:
        path = os.pathsep.join(sys.path)
        command = [sys.executable, "-m", "operate.hooks", *words]
        return subprocess.Popen(
            command,
            env={**os.environ, **env, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    assert "Refused" in hooks("add", "https://10.0.0.1/").communicate()[0]
    added = hooks("add", f"http://{receiver}/cli").communicate()[0]
    assert "whsec_" in added
    id_ = re.search(r"Endpoint (\d+) is added", added)[1]  # type: ignore[index]
    assert f"{receiver}/cli" in hooks("list").communicate()[0]
    test = hooks("test", id_)
    for _ in range(200):
        stack.grade()
        if test.poll() is not None:
            break
    assert "accepted" in test.communicate()[0]
    assert test.returncode == 0
    assert "removed" in hooks("remove", id_).communicate()[0]
