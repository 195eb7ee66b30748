"""POST /api/training-sessions/{id}/homeowner-turn: the model plays the homeowner, within bounds."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from api.homeowner import ANSWER_TOKENS, END, MOST_BYTES, MOST_INSTRUCTIONS, _instructions, _request
from api.personas import personas
from config import ApiSettings
from endpoint_cases import SessionEndpointCases
from run.local.postgres import Postgres
from stacks import running_stack
from support import Stack, User, assert_error, line

SAID = {"said": "Have you noticed any ants?"}


class TestHomeownerTurn(SessionEndpointCases):
    method, path, allow = "POST", "/{id}/homeowner-turn", "POST, OPTIONS"
    body: ClassVar[Any] = SAID

    def test_without_a_key_it_is_503(self, user: User) -> None:
        assert_error(self.request(user, user.start()), 503, "homeowner_not_configured")

    def test_after_the_end_it_is_409(self, user: User) -> None:
        session_id = user.start()
        user.end(session_id, transcript_lines=[line(1)])
        assert_error(self.request(user, session_id), 409, "session_not_active")

    @pytest.mark.parametrize("body", [{}, {"said": ""}, {"said": " "}, {"said": "a" * 1_001}, {"said": 1}])
    def test_what_was_said_is_required_and_bounded(self, user: User, body: Any) -> None:
        answer = user.call("POST", f"/{user.start()}/homeowner-turn", body)
        assert_error(answer, 422, "invalid_field", "said")


class Model:
    """A server with the wire format of /v1/responses. `says` is its next answer, None for a failure."""

    says: str | None = None
    asked: ClassVar[list[dict[str, Any]]] = []


@pytest.fixture(scope="module")
def model_stack(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            Model.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            message = {"type": "message", "content": [{"type": "output_text", "text": Model.says}]}
            body = json.dumps({"model": "m", "status": "completed", "output": [message]}).encode()
            self.send_response(500 if Model.says is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env = {"OPENAI_API_KEY": "sk-canary", "OPENAI_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1"}
        with running_stack(postgres, tmp_path_factory.mktemp("homeowner"), functions_env=env) as stack:
            yield stack
        server.shutdown()


@pytest.fixture
def rep(model_stack: Stack) -> Iterator[User]:
    Model.asked.clear()
    with model_stack.new_user() as user:
        yield user


def test_the_model_answers_as_the_sessions_persona(rep: User) -> None:
    session_id = rep.start("Maria Lopez")
    rep.say(session_id, {"speaker": "agent", "text": "Hi! What is this about?", "sequence": 1})
    Model.says = "Ants, mostly."
    answer = rep.call("POST", f"/{session_id}/homeowner-turn", SAID)
    assert (answer.status_code, answer.json()) == (200, {"text": "Ants, mostly.", "over": False})
    [asked] = Model.asked
    assert "Maria Lopez" in asked["instructions"]
    assert [each["text"] for each in json.loads(asked["input"])["lines"]] == ["Hi! What is this about?", SAID["said"]]
    assert (asked["store"], asked["max_output_tokens"]) == (False, ANSWER_TOKENS)
    assert "sk-canary" not in answer.text


@pytest.mark.parametrize(
    ("api", "path", "limit"),
    [
        ("responses", "/responses", "max_output_tokens"),
        ("chat", "/chat/completions", "max_completion_tokens"),
        ("plain", "/chat/completions", "max_tokens"),
    ],
)
def test_the_length_is_limited_in_each_servers_own_words(api: str, path: str, limit: str) -> None:
    settings = ApiSettings(rest_url="", publishable_key="", openai_base_url="http://model/v1", openai_api=api)
    url, body = _request(settings, "Play.", "{}", 1)
    assert url == f"http://model/v1{path}"
    assert {name: value for name, value in body.items() if name.startswith("max_")} == {limit: ANSWER_TOKENS}


def test_a_line_that_is_stored_already_is_not_said_twice(rep: User) -> None:
    session_id = rep.start("Maria Lopez")
    rep.say(session_id, {"speaker": "user", "text": SAID["said"], "sequence": 1})
    Model.says = "Yes."
    rep.call("POST", f"/{session_id}/homeowner-turn", SAID)
    assert len(json.loads(Model.asked[0]["input"])["lines"]) == 1


def test_the_model_ends_the_visit(rep: User) -> None:
    Model.says = f"Alright, Thursday then. {END}"
    answer = rep.call("POST", f"/{rep.start('Maria Lopez')}/homeowner-turn", SAID)
    assert answer.json() == {"text": "Alright, Thursday then.", "over": True}


def test_a_model_that_fails_is_503(rep: User) -> None:
    Model.says = None
    answer = rep.call("POST", f"/{rep.start('Maria Lopez')}/homeowner-turn", SAID)
    assert_error(answer, 503, "homeowner_unavailable")


@pytest.mark.parametrize(
    "letter", ["", "x", "\U0001f600", "\u0001"], ids=["digits", "letters", "emoji", "control characters"]
)
def test_a_long_transcript_is_cut_to_its_newest_lines_by_the_bytes_that_travel(rep: User, letter: str) -> None:
    session_id = rep.start("Maria Lopez")
    for number in range(1, 9):
        rep.say(
            session_id, {"speaker": "user", "text": str(number) + (letter or str(number)) * 900, "sequence": number}
        )
    Model.says = "Okay."
    rep.call("POST", f"/{session_id}/homeowner-turn", SAID)
    asked = Model.asked[0]["input"]
    lines = json.loads(asked)["lines"]
    assert len(asked.encode()) <= MOST_BYTES + 20
    assert lines[-1]["text"] == SAID["said"]
    assert lines[-2]["text"].startswith("8")
    assert len(lines) > 1


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona["id"])
def test_the_instructions_of_a_persona_are_bounded(persona: dict[str, Any]) -> None:
    assert len(_instructions(persona["name"]).encode()) <= MOST_INSTRUCTIONS


def test_the_turns_of_a_day_are_limited(rep: User, model_stack: Stack) -> None:
    database = model_stack.database
    limit = "insert into training.settings (name, value) values ('homeowner_turns_per_user_per_day', %s)"
    session_id = rep.start("Maria Lopez")
    Model.says = "Okay."
    database.sql(limit, "1")
    try:
        assert rep.call("POST", f"/{session_id}/homeowner-turn", SAID).status_code == 200
        refused = rep.call("POST", f"/{session_id}/homeowner-turn", SAID)
    finally:
        database.sql("delete from training.settings where name = 'homeowner_turns_per_user_per_day'")
    assert_error(refused, 429, "too_many_homeowner_turns")
    assert int(refused.headers["retry-after"]) > 0
    assert len(Model.asked) == 1
