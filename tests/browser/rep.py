"""What a rep does on the pages, in the words of the tests."""

import re

from playwright.sync_api import Page, expect

WORDS = [
    "Good evening! My name is Sam, I'm with Cedar Home Care.",
    "Have you noticed any ants lately?",
    "How long has that been going on?",
    "We treat the outside only, once every two months.",
    "I understand, it is safe for the kids and stays outside the house.",
    "It is $39 a month, and the first visit is half price.",
]


def start_session(page: Page, name: str = "Maria Lopez") -> int:
    """Chooses a homeowner, knocks, waits for their first words; the session's id."""
    page.get_by_role("radio", name=re.compile(name)).check(force=True)
    page.get_by_role("button", name="Knock on the door").click()
    expect(page.locator("#session")).to_be_visible()
    expect(page.locator("#session .line")).to_have_count(1)
    session_id = page.evaluate("Number(sessionStorage.getItem('training-sessions:current'))")
    assert isinstance(session_id, int)
    return session_id


def blurt(page: Page, *words: str) -> None:
    """Says each line without waiting for an answer."""
    for text in words:
        page.get_by_label("What you say").fill(text)
        page.get_by_label("What you say").press("Enter")


def say(page: Page, *words: str) -> None:
    """Says each, and waits for the homeowner's answer."""
    for text in words:
        before = page.locator("#session .line").count()
        blurt(page, text)
        expect(page.locator("#session .line")).to_have_count(before + 2)


def heard(page: Page) -> list[str]:
    """The lines as the page shows them."""
    return page.locator(".script .words").all_text_contents()


def cut_off(page: Page) -> None:
    """From here on nothing leaves this page, not even while it closes."""
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('cut off')); }")


def hang(page: Page) -> None:
    """From here on, also after a reload, what this page writes is stuck on its way, but for what a closing page sends."""
    script = """() => {
      const send = window.fetch;
      window.fetch = (url, options) => {
        if (options?.keepalive || (options?.method ?? "GET") === "GET") return send(url, options);
        window.stuck = true;
        return new Promise(() => {});
      };
    }"""
    page.evaluate(script)
    page.add_init_script(f"({script})()")


def fill_disk(page: Page) -> None:
    """From here on, also after a reload."""
    script = """() => {
      IDBObjectStore.prototype.put = function () { throw new DOMException("", "QuotaExceededError"); };
    }"""
    page.evaluate(script)
    page.add_init_script(f"({script})()")


def everything_saved(page: Page) -> None:
    expect(page.locator("#saving")).to_have_text("Saved")
    expect(page.locator(".line[data-waiting]")).to_have_count(0)


def press_end(page: Page) -> None:
    """Ends the session on the page, also where the page asks once because fewer than four lines were said."""
    page.get_by_role("button", name="End and grade").click()
    if page.locator("#early").is_visible():
        page.get_by_role("button", name="End anyway").click()


def end_session(page: Page) -> None:
    press_end(page)
    page.wait_for_url("**/analytics/*")
    expect(page.locator("#transcript .line").first).to_be_visible()


def see_grade(page: Page) -> None:
    """Waits for the grade on an open analytics page."""
    expect(page.get_by_text("virtual earnings")).to_be_visible()
