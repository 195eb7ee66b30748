"""The client's bad days in three engines, and every page in Firefox and WebKit. What only Chromium can be made to do is in
test_bad_days.py."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from support import Stack, User, until

from . import engines

ENGINES = ["chromium", "firefox", "webkit"]
pytestmark = pytest.mark.timeout(240)  # A browser starts slowly on a busy machine.
SCRIPT = re.sub(r"^//.*\n", "", (Path(__file__).parent / "bad_days.js").read_text()).strip().rstrip(";")
WORDS = ["Good evening!", "What is this about?", "Have you seen ants lately?"]


class Rep:
    """A page of an engine, and a user who is new to the stack."""

    def __init__(self, page: engines.Page, stack: Stack, user: User) -> None:
        self.page, self.stack, self.user = page, stack, user
        self.given = {"apiUrl": f"{stack.gateway_url}/api/training-sessions", "token": user.token}

    def does(self, name: str, **given: Any) -> Any:
        """Runs one function of bad_days.js in the page."""
        return self.page.run(f"(name, given) => {SCRIPT}[name](given)", name, given)

    def visits(self, **given: Any) -> dict[str, Any]:
        """Opens a page of the site that runs no client of its own, and connects one."""
        self.page.open(f"{self.stack.gateway_url}/style.css")
        seen: dict[str, Any] = self.does("connect", **self.given, **given)
        return seen

    def saved(self, session_id: int) -> list[str]:
        return [line["text"] for line in self.stack.database.transcript(session_id)]


class InChromium:
    """Chromium as another engine of engines.py."""

    def __init__(self, context: BrowserContext) -> None:
        self._page = context.new_page()

    def open(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str, *arguments: Any) -> Any:
        call = f"async (given) => JSON.stringify(await ({script})(...JSON.parse(given)) ?? null)"
        return json.loads(self._page.evaluate(call, json.dumps(arguments)))


@pytest.fixture(scope="module", params=ENGINES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Page]:
    if request.param == "chromium":
        with request.getfixturevalue("browser").new_context() as context:
            yield InChromium(context)
        return
    lacks = engines.missing(request.param)
    if lacks:
        pytest.skip(lacks)
    with engines.browser(request.param, tmp_path_factory.mktemp(request.param)) as page:
        yield page


@pytest.fixture
def rep(page: engines.Page, stack: Stack, user: User) -> Rep:
    rep = Rep(page, stack, user)
    seen = rep.visits()
    assert seen == {"persistent": True, "locks": True, "broadcast": True}
    return rep


def test_lines_and_an_end_said_offline_are_sent_by_the_next_page(rep: Rep) -> None:
    session_id = rep.does("start")
    assert rep.does("say", words=WORDS, network="down", waitFor="offline")
    rep.does("askForEnd", network="down")
    assert rep.saved(session_id) == []
    rep.visits()
    assert rep.does("recover") == 1
    assert rep.saved(session_id) == WORDS
    assert rep.user.get(session_id)["status"] == "completed"


def test_offline_at_load_without_a_sign_in_what_waits_is_sent_once_both_are_back(rep: Rep) -> None:
    session_id = rep.does("start")
    rep.does("say", words=WORDS, network="down", waitFor="offline")
    rep.does("askForEnd", network="down")
    rep.visits(signedIn=False, network="down")
    assert rep.does("comeBack", token=rep.user.token) == 0
    assert rep.saved(session_id) == WORDS


def test_a_storage_connection_that_the_browser_closes_is_opened_again(rep: Rep) -> None:
    session_id = rep.does("start")
    rep.does("say", words=WORDS[:1], waitFor="saved")
    rep.does("closeStorage")
    assert rep.does("say", words=WORDS[1:], network="down", waitFor="offline")
    rep.does("askForEnd", network="down")
    rep.visits()
    rep.does("recover")
    assert rep.saved(session_id) == WORDS


def test_a_frozen_tab_that_holds_the_lock_stops_no_line(rep: Rep) -> None:
    session_id = rep.does("start")
    assert rep.does("holdLock", id=session_id)
    rep.does("say", words=WORDS)
    assert rep.does("end")["redirect_to"] == f"/analytics/{session_id}"
    assert rep.saved(session_id) == WORDS


def test_a_closing_page_sends_its_last_lines(rep: Rep) -> None:
    session_id = rep.does("start")
    rep.does("say", words=WORDS, network="hangs")
    rep.page.open(f"{rep.stack.gateway_url}/style.css")
    until(lambda: rep.saved(session_id) == WORDS)


def test_the_list_has_pages_where_url_search_params_has_no_size(rep: Rep) -> None:
    sessions = [rep.user.start("Maria") for _ in range(3)]
    rep.user.start("Walter")
    assert rep.does("list", pages=3) == sessions[::-1]


def test_the_voice_adapter_records_corrects_and_types(rep: Rep) -> None:
    session_id = rep.does("start")
    rep.does("sayByVoice", id=session_id)
    rep.does("end")
    assert rep.saved(session_id) == ["Let me...", "Thursday is fine.", "Thank you!"]


def test_every_page_fills_itself(page: engines.Page, stack: Stack, user: User) -> None:
    session_id = user.start("Maria Lopez")
    user.end(session_id, transcript_lines=[{"sequence": 1, "speaker": "user", "text": WORDS[2]}])
    stack.grade(session_id)
    config = {
        "supabaseUrl": stack.gateway_url,
        "publishableKey": stack.keys.publishable,
        "apiUrl": f"{stack.gateway_url}/api/training-sessions",
        "devUsers": [{"name": "Dana", "id": user.id, "token": user.token}],
    }
    file = stack.logs / "gateway" / "config.json"
    file.write_text(json.dumps(config))
    rep = Rep(page, stack, user)
    try:
        for path, heading in [
            ("/", "Maria Lopez"),
            ("/sessions", "Maria Lopez"),
            (f"/analytics/{session_id}", WORDS[2]),
        ]:
            page.open(stack.gateway_url + path)
            seen = rep.does("seen", heading=heading)
            assert heading in seen["text"], path
            assert seen["notices"] == "", path
    finally:
        file.unlink()
