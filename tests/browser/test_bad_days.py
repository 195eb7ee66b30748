"""Networks drop, servers crash, tabs close. Every spoken line ends in the transcript exactly once, in order."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from run.local.postgres import Postgres
from stacks import running_stack
from support import Stack, User

from .conftest import Visit
from .rep import (
    WORDS,
    blurt,
    cut_off,
    end_session,
    everything_saved,
    fill_disk,
    hang,
    heard,
    press_end,
    say,
    see_grade,
    start_session,
)

OFFLINE = re.compile(r"Offline: \d+ lines? kept on this device")


def knock(page: Page) -> None:
    page.get_by_role("button", name="Knock on the door").click()


def test_the_network_is_cut_in_mid_session(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, *WORDS[:2])
    everything_saved(page)
    rep.context.set_offline(True)
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    say(page, *WORDS[2:5])
    expect(page.locator("#saving")).to_have_text(OFFLINE)
    expect(page.locator(".line[data-waiting]")).to_have_count(6)
    rep.context.set_offline(False)
    everything_saved(page)
    expect(page.get_by_role("heading", name="You are offline")).to_have_count(0)
    say(page, *WORDS[5:])
    end_session(page)
    assert rep.words(session_id) == heard(page)
    assert len(heard(page)) == 13


@pytest.mark.timeout(240)
def test_the_server_is_killed_and_started_again_in_mid_session(
    visit: Callable[..., Visit], postgres: Postgres, tmp_path: Path
) -> None:
    with running_stack(postgres, tmp_path) as stack, stack.new_user() as user:
        rep = visit(stack=stack, user=user)
        page = rep.open()
        session_id = start_session(page)
        say(page, WORDS[0])
        everything_saved(page)
        functions, database_api = stack.parts["functions"], stack.parts["postgrest"]
        functions.kill()
        say(page, WORDS[1])
        expect(page.locator("#saving")).to_have_text(OFFLINE)
        functions.start()
        everything_saved(page)
        database_api.kill()
        say(page, *WORDS[2:4])
        expect(page.locator("#saving")).to_have_text(OFFLINE)
        press_end(page)
        expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
        database_api.start()
        page.get_by_role("button", name="Try now").click()
        page.wait_for_url("**/analytics/*")
        stack.grade(session_id)
        see_grade(page)
        assert rep.words(session_id) == heard(page)
        assert len(heard(page)) == 9


def test_the_tab_is_reloaded_with_lines_that_wait(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    mend = rep.server_is_away()
    say(page, *WORDS[1:3])
    expect(page.locator("#saving")).to_have_text(OFFLINE)
    said = heard(page)
    mend()
    page.reload()
    expect(page.locator("#session .line")).to_have_count(7)
    assert heard(page) == said
    everything_saved(page)
    say(page, WORDS[3])
    end_session(page)
    assert rep.words(session_id) == heard(page)
    assert heard(page)[:7] == said


def test_the_tab_is_closed_and_the_session_goes_on_the_next_day(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    cut_off(page)
    say(page, WORDS[1])
    expect(page.locator("#saving")).to_have_text(OFFLINE)
    said = heard(page)
    page.close()
    page = rep.open()
    expect(page.get_by_role("heading", name="You are still at Maria Lopez's door")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#session .line")).to_have_count(5)
    assert heard(page) == said
    say(page, WORDS[2])
    end_session(page)
    assert rep.words(session_id)[:5] == said
    assert len(rep.words(session_id)) == 7


def test_an_end_that_was_asked_for_is_carried_through_by_the_next_visit(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    cut_off(page)
    say(page, WORDS[1])
    said = heard(page)
    press_end(page)
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    page.close()
    assert rep.user.get(session_id)["status"] == "active"
    rep.open("/sessions")
    rep.open("/")
    rep.until(lambda: rep.user.get(session_id)["status"] == "completed")
    assert rep.words(session_id) == said


def test_a_closing_page_sends_its_last_lines(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    hang(page)
    say(page, WORDS[1])
    said = heard(page)
    page.goto("about:blank")
    rep.until(lambda: rep.words(session_id) == said)


def test_a_closing_page_ends_a_session_with_the_lines_of_an_earlier_page(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    cut_off(page)
    say(page, WORDS[1])
    said = heard(page)
    press_end(page)
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    hang(page)
    page.reload()
    rep.until(lambda: page.evaluate("window.stuck"))
    page.goto("about:blank")
    rep.until(lambda: rep.user.get(session_id)["status"] == "completed")
    assert rep.words(session_id) == said
    assert len(said) == 5


def test_a_closing_page_ends_a_session_with_the_lines_of_another_tab(visit: Callable[..., Visit]) -> None:
    rep = visit()
    one = rep.open()
    session_id = start_session(one)
    say(one, WORDS[0])
    everything_saved(one)
    two = rep.open()
    two.get_by_role("button", name="Go on").click()
    expect(two.locator("#session .line")).to_have_count(3)
    hang(one)
    hang(two)
    say(one, WORDS[1])
    said = heard(one)
    press_end(two)
    two.wait_for_function("""() => new Promise((resolve) => {
      indexedDB.open("training-sessions").onsuccess = ({ target: { result: database } }) => {
        database.transaction("sessions").objectStore("sessions").getAll().onsuccess = ({ target: { result: kept } }) => {
          database.close();
          resolve(kept.some(({ end }) => end));
        };
      };
    })""")
    two.goto("about:blank")
    rep.until(lambda: rep.user.get(session_id)["status"] == "completed")
    assert rep.words(session_id) == said
    assert len(said) == 5


def test_a_line_is_saved_before_it_is_answered(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    opening = heard(page)
    page.evaluate("() => { window.setTimeout = () => 0; }")  # The homeowner thinks for ever.
    blurt(page, *WORDS[:2])
    rep.until(lambda: rep.words(session_id) == [*opening, *WORDS[:2]])


def test_two_tabs_share_one_session(visit: Callable[..., Visit]) -> None:
    rep = visit()
    one = rep.open()
    session_id = start_session(one)
    say(one, WORDS[0])
    everything_saved(one)
    two = rep.open()
    two.get_by_role("button", name="Go on").click()
    expect(two.locator("#session .line")).to_have_count(3)
    for turn, (words_one, words_two) in enumerate([(WORDS[1], WORDS[2]), (WORDS[3], WORDS[4])], start=1):
        for page, words in ((one, words_one), (two, words_two)):
            blurt(page, words)
        for page in (one, two):
            expect(page.locator("#session .line")).to_have_count(3 + 4 * turn)
    everything_saved(one)
    everything_saved(two)
    assert heard(one) == heard(two) == rep.words(session_id)
    end_session(one)
    two.wait_for_url(f"**/analytics/{session_id}")
    assert rep.session_ids() == [session_id]
    assert len(rep.words(session_id)) == 11


def test_an_expired_sign_in_is_renewed_without_a_word(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit()
    fresh = rep.config["devUsers"]
    rep.config["devUsers"] = [{**fresh[0], "token": stack.keys.user_token(rep.user.id, seconds=-60)}]
    page = rep.open()
    expect(page.get_by_role("button", name="Knock on the door")).to_be_enabled()
    rep.config["devUsers"] = fresh
    session_id = start_session(page)
    say(page, WORDS[0])
    end_session(page)
    assert len(rep.words(session_id)) == 3


def test_an_expired_sign_in_that_cannot_be_renewed_is_told(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit()
    rep.config["devUsers"][0]["token"] = stack.keys.user_token(rep.user.id, seconds=-60)
    page = rep.open()
    knock(page)
    expect(page.get_by_role("heading", name="Your sign-in has expired")).to_be_visible()
    page = rep.open("/sessions")
    expect(page.get_by_role("heading", name="Your sign-in has expired")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in again")).to_be_visible()


def test_a_browser_that_stores_nothing_still_records_and_says_so(visit: Callable[..., Visit]) -> None:
    rep = visit()
    rep.context.add_init_script("""
      const refuse = { get() { throw new DOMException("", "SecurityError"); } };
      for (const name of ["indexedDB", "localStorage"]) Object.defineProperty(window, name, refuse);
    """)
    page = rep.open()
    expect(page.get_by_role("heading", name="This browser keeps nothing")).to_be_visible()
    knock(page)
    expect(page.locator("#session .line")).to_have_count(1)
    say(page, WORDS[0])
    end_session(page)
    [session_id] = rep.session_ids()
    assert rep.words(session_id) == heard(page)


def test_a_full_disk_in_mid_session_loses_no_line(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    fill_disk(page)
    say(page, *WORDS[1:3])
    expect(page.get_by_role("heading", name="This browser keeps nothing")).to_be_visible()
    end_session(page)
    assert rep.words(session_id) == heard(page)
    assert len(heard(page)) == 7


def test_a_disk_that_fails_under_several_writers_forgets_none_of_them(visit: Callable[..., Visit]) -> None:
    page = visit().open()
    page.evaluate("""async () => {
      const { Store } = await import("/parts/store.js");
      window.store = new Store({ name: "failing" });
      await store.run(async (tx) => tx.put("sessions", { id: 1, lastSequence: 0 }));
    }""")
    fill_disk(page)
    last = page.evaluate("""async () => {
      const next = async (tx) => {
        const { lastSequence } = await tx.get("sessions", 1);
        tx.put("sessions", { id: 1, lastSequence: lastSequence + 1 });
      };
      const soon = () => new Promise((go) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = go;
        port2.postMessage(0);
      });
      const runs = [];
      for (let count = 0; count < 40; count += 1) {
        runs.push(store.run(next));
        await soon();
      }
      await Promise.all(runs);
      return (await store.run((tx) => tx.get("sessions", 1))).lastSequence;
    }""")
    assert last == 40


@pytest.mark.parametrize("full_before_the_reload", [False, True])
def test_a_full_disk_loses_no_line_that_waited_before_a_reload(
    visit: Callable[..., Visit], full_before_the_reload: bool
) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    cut_off(page)
    say(page, WORDS[1])
    expect(page.locator("#saving")).to_have_text(OFFLINE)
    mend = rep.server_is_away(readable=True)
    if full_before_the_reload:
        fill_disk(page)
    page.reload()
    expect(page.locator("#session .line")).to_have_count(5)
    fill_disk(page)
    say(page, WORDS[2])
    expect(page.get_by_role("heading", name="This browser keeps nothing")).to_be_visible()
    said = heard(page)
    mend()
    end_session(page)
    assert rep.words(session_id) == said
    assert len(said) == 7


def test_one_users_outbox_is_never_sent_as_another(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    cut_off(page)
    say(page, WORDS[1])
    expect(page.locator("#saving")).to_have_text(OFFLINE)
    said = heard(page)
    page.close()
    mine = rep.config["devUsers"]
    with stack.new_user() as stranger:
        rep.config["devUsers"] = [{"name": "Sasha", "id": stranger.id, "token": stranger.token}]
        page = rep.open()
        expect(page.get_by_role("button", name="Knock on the door")).to_be_enabled()
        expect(page.get_by_text("You are still at")).to_have_count(0)
        page.close()
    assert len(rep.words(session_id)) == 3
    rep.config["devUsers"] = mine
    page = rep.open()
    page.get_by_role("button", name="Go on").click()
    rep.until(lambda: rep.words(session_id) == said)


def test_a_sandboxed_frame_records_without_locks_and_storage(visit: Callable[..., Visit]) -> None:
    """The frame's origin is opaque: the browser denies it Web Locks and IndexedDB."""
    rep = visit()
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Allow-Methods": "*",
    }
    frame = f"""<script type="module">
      import {{ createTrainingSessions }} from "{rep.url}/training-sessions.js";
      const sessions = createTrainingSessions({{ apiUrl: "{rep.url}/api/training-sessions", getToken: () => "{rep.user.token}" }});
      const locks = await navigator.locks.request("any", () => "granted").catch(({{ name }}) => name);
      await sessions.start({{ agentName: "Maria" }});
      await sessions.say({{ speaker: "user", text: "From a frame" }});
      const {{ id }} = await sessions.end();
      parent.postMessage({{ id, locks, persistent: sessions.persistent }}, "*");
    </script>"""

    def for_any_origin(route: Route) -> None:
        if route.request.method == "OPTIONS":
            return route.fulfill(status=204, headers=allowed)
        answer = route.fetch()
        return route.fulfill(response=answer, headers={**answer.headers, **allowed})

    rep.context.route(re.compile(r"/(training-sessions\.js|parts/|api/)"), for_any_origin)
    rep.context.route("**/frame.html", lambda route: route.fulfill(body=frame, content_type="text/html"))
    page = rep.open("/style.css")
    seen = page.evaluate("""() => new Promise((resolve) => {
      addEventListener("message", ({ data }) => resolve(data));
      const frame = document.createElement("iframe");
      frame.sandbox = "allow-scripts";
      frame.src = "/frame.html";
      document.body.append(frame);
    })""")
    assert (seen["locks"], seen["persistent"]) == ("SecurityError", False)
    assert rep.words(seen["id"]) == ["From a frame"]
    assert rep.user.get(seen["id"])["status"] in ("completed", "failed")


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Password").fill("right")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Knock on the door")).to_be_enabled()


def test_another_user_signs_in_in_another_tab(visit: Callable[..., Visit], user: User, other: User) -> None:
    """supabase-js shares the sign-in between tabs, so the first tab has the other user's token from then on."""
    rep = visit(config={"devUsers": None})

    def auth(route: Route) -> None:
        email = (route.request.post_data_json or {}).get("email")
        who = user if email == "sam@example.com" else other
        person = {"id": who.id, "aud": "authenticated", "role": "authenticated", "email": email}
        route.fulfill(json={
            "access_token": who.token, "refresh_token": "refresh", "token_type": "bearer", "expires_in": 3600, "user": person,
        })  # fmt: skip

    rep.context.route("**/auth/v1/**", auth)
    one = rep.open()
    sign_in(one, "sam")
    session_id = start_session(one)
    say(one, WORDS[0])
    everything_saved(one)
    mend = rep.server_is_away()
    say(one, WORDS[1])
    expect(one.locator("#saving")).to_have_text(OFFLINE)
    said = heard(one)

    two = rep.open()
    two.get_by_role("button", name="Sign out").click()
    sign_in(two, "sasha")
    mend()
    one.evaluate("dispatchEvent(new Event('online'))")
    expect(one.locator("#saving")).to_have_text("Signed out: 2 lines kept on this device")
    press_end(one)
    expect(one.get_by_role("heading", name="Not saved yet")).to_be_visible()
    start_session(two)
    say(two, WORDS[0])
    everything_saved(two)
    # The second try is heard of after all there is to hear of the first.
    two.evaluate("""() => {
      window.tries = 0;
      new BroadcastChannel("training-sessions").onmessage = ({ data }) => (window.tries += data.name === "saving");
    }""")
    for _ in range(2):
        one.get_by_role("button", name="Try now").click()
    rep.until(lambda: two.evaluate("window.tries") >= 2)
    expect(two.get_by_role("heading", name="Your sign-in has expired")).to_have_count(0)
    one.close()

    two.get_by_role("button", name="Sign out").click()
    sign_in(two, "sam")
    rep.until(lambda: rep.user.get(session_id)["status"] == "completed")
    assert rep.words(session_id) == said
