"""Realtime is not part of the local stack: here its socket speaks the server's wire format, to see that pages listen."""

import json
from collections.abc import Callable

from playwright.sync_api import Response, WebSocketRoute, expect

from support import Stack, User

from .conftest import Visit
from .rep import see_grade


class Realtime:
    """Accepts every join, and remembers who joined what with which token."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.joined: dict[str, str] = {}

    def connect(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda message: self._answer(socket, message))

    def _answer(self, socket: WebSocketRoute, message: str | bytes) -> None:
        join_ref, ref, topic, event, payload = json.loads(message)
        if event == "phx_join":
            assert payload["config"]["private"] is True
            self.joined[topic] = payload["access_token"]
        if event in ("phx_join", "heartbeat", "phx_leave"):
            answer = {"status": "ok", "response": {"postgres_changes": []}}
            socket.send(json.dumps([join_ref, ref, topic, "phx_reply", answer]))

    def broadcast(self, topic: str, event: str, payload: dict[str, object]) -> None:
        message = {"type": "broadcast", "event": event, "payload": payload}
        for socket in self.sockets:
            socket.send(json.dumps([None, None, topic, "broadcast", message]))


def waiting_session(user: User) -> int:
    session_id = user.start("Maria Lopez")
    user.end(session_id, transcript_lines=[{"speaker": "user", "text": "Any ants?", "sequence": 1}])
    return session_id


def test_a_broadcast_brings_the_grade_at_once(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    realtime, session_id = Realtime(), waiting_session(user)
    topic = f"realtime:training_session:{session_id}"
    rep = visit(config={"realtime": True})
    rep.context.route_web_socket("**/realtime/v1/**", realtime.connect)
    page = rep.context.new_page()
    asked_after_the_join: list[str] = []

    def note(answer: Response) -> None:
        if topic in realtime.joined:
            asked_after_the_join.append(answer.url)

    page.on("response", note)
    page.goto(f"{rep.url}/analytics/{session_id}")
    expect(page.get_by_role("heading", name="Waiting for the grader")).to_be_visible()
    while not any("/api/training-sessions/" in url for url in asked_after_the_join):
        page.wait_for_timeout(20)  # From here on the page asks every 15 seconds only.
    assert realtime.joined == {topic: user.token}
    stack.grade(session_id)
    realtime.broadcast(topic, "state", {"id": session_id, "status": "completed", "grading_state": "graded"})
    see_grade(page)


def test_lines_said_elsewhere_are_heard(visit: Callable[..., Visit], user: User) -> None:
    realtime, session_id = Realtime(), user.start("Maria Lopez")
    topic = f"realtime:training_session:{session_id}"
    rep = visit(config={"realtime": True})
    rep.context.route_web_socket("**/realtime/v1/**", realtime.connect)
    user.say(session_id, {"sequence": 1, "speaker": "user", "text": "Anybody home?"})
    page = rep.open(f"/analytics/{session_id}")
    expect(page.locator("#lines .words")).to_have_text(["Anybody home?"])
    while topic not in realtime.joined:
        page.wait_for_timeout(20)
    realtime.broadcast(topic, "line", {"sequence": 2, "speaker": "agent", "text": "Who is it?", "timestamp": ""})
    expect(page.locator("#lines .words")).to_have_text(["Anybody home?", "Who is it?"])


def test_a_project_without_realtime_is_asked_instead(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    session_id = waiting_session(user)
    rep = visit(config={"realtime": True})
    rep.context.route_web_socket("**/realtime/v1/**", lambda socket: socket.close(code=1011))
    page = rep.open(f"/analytics/{session_id}")
    expect(page.get_by_role("heading", name="Waiting for the grader")).to_be_visible()
    stack.grade(session_id)
    see_grade(page)
