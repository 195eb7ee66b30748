"""A real Chromium over the running stack. Each test has a fresh browser context and a new user in it.

The browser is `chromium` on the path (or $CHROMIUM); without one these tests are skipped, and the summary says so.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from support import Stack, User, until

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000
NETWORK_NOISE = ("Failed to load resource", "net::ERR_", "WebSocket connection")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_sep("!", "NO CHROMIUM: THE PAGES WERE NOT TESTED", red=True, bold=True)
        terminalreporter.write_line("Install it (Debian: apt-get install chromium) or name it in $CHROMIUM.")


@pytest.fixture(scope="package")  # not longer: while it lives, no other test of this thread can run an event loop
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield browser
        browser.close()


class Visit:
    """A browser context signed in as `user`: opens pages, and knows what their consoles said."""

    def __init__(self, browser: Browser, stack: Stack, user: User, config: dict[str, Any], **options: Any) -> None:
        self.stack, self.user = stack, user
        self.url = stack.gateway_url
        self.config = {
            "supabaseUrl": stack.gateway_url,
            "publishableKey": stack.keys.publishable,
            "apiUrl": f"{stack.gateway_url}/api/training-sessions",
            "devUsers": [{"name": "Dana", "id": user.id, "token": user.token}],
            **config,
        }
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.route("**/config.json", self._answer_config)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("console", lambda message: self._hear(message.type, message.text))

    def open(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(self.url + path)
        return page

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits for what a page does. Playwright answers the pages' intercepted requests only while it runs."""
        until(holds, pause=lambda: self.context.pages[-1].wait_for_timeout(20))

    def server_is_away(self, *, readable: bool = False) -> Callable[[], None]:
        """Every request to the API, or only what writes, fails from now on, as behind a broken connection; call the result to mend it."""
        pattern = "**/api/training-sessions**"

        def fail(route: Route) -> None:
            if readable and route.request.method == "GET":
                route.fallback()
            else:
                route.abort("connectionfailed")

        self.context.route(pattern, fail)
        return lambda: self.context.unroute(pattern, fail)

    def words(self, session_id: int) -> list[str]:
        """The transcript as the server has it: sequences without a gap, so each line is there once."""
        transcript = self.stack.database.transcript(session_id)
        assert [line["sequence"] for line in transcript] == list(range(1, len(transcript) + 1))
        return [line["text"] for line in transcript]

    def session_ids(self) -> list[int]:
        """This user's sessions, oldest first."""
        return self.stack.database.sql(
            "select id from public.training_sessions where user_id = %s order by id", self.user.id
        )

    def close(self) -> None:
        self.context.close()

    def _answer_config(self, route: Route) -> None:
        route.fulfill(body=json.dumps(self.config), content_type="application/json")

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(noise in text for noise in NETWORK_NOISE):
            self.complaints.append(text)


@pytest.fixture
def visit(browser: Browser, stack: Stack, user: User) -> Iterator[Callable[..., Visit]]:
    """`visit(config=..., **context options)` makes a Visit. At the end no page may have complained to its console."""
    made: list[Visit] = []

    def make(*, stack: Stack = stack, user: User = user, config: dict[str, Any] | None = None, **options: Any) -> Visit:
        made.append(Visit(browser, stack, user, config or {}, **options))
        return made[-1]

    yield make
    complaints = [complaint for one in made for complaint in one.complaints]
    for one in made:
        one.close()
    assert complaints == []
