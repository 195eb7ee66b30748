"""Every page in every state: reachable, readable, safe, light. What people see when there is nothing, or when it fails."""

import gzip
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Response, Route, expect

from support import Stack, User

from .conftest import DESKTOP, PHONE, Visit
from .rep import WORDS, say, see_grade, start_session

AXE = Path(__file__).parent.parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
SCRIPT_BUDGET = 200_000  # bytes as a web server sends them (gzip), the voice SDK left out
HOSTILE = [
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    "👩‍👧‍👦 ants 🐜🐜",
    "مرحبا، هل لديك نمل في المطبخ؟",
    "a" * 4_000,
    "{{constructor.constructor('return 1')()}} ${1} %s \\u0000 </p>",
]


def graded_session(stack: Stack, user: User, agent_name: str = "Maria Lopez", words: list[str] = WORDS) -> int:
    session_id = user.start(agent_name)
    user.say(session_id, *({"speaker": "user", "text": text, "sequence": n} for n, text in enumerate(words, 1)))
    user.end(session_id)
    stack.grade(session_id)
    return session_id


def ready(page: Page) -> None:
    """The page has what it waited for."""
    expect(page.locator(".bone")).to_have_count(0)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def violations(page: Page) -> list[str]:
    """What axe-core finds, all of its rules for WCAG 2 A and AA and best practice."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_violation(
    visit: Callable[..., Visit], stack: Stack, user: User, theme: str, size: dict[str, int]
) -> None:
    rep = visit(color_scheme=theme, viewport=size, reduced_motion="reduce")
    page = rep.open("/sessions")
    expect(page.get_by_role("heading", name="No practice yet")).to_be_visible()
    assert violations(page) == []

    graded = [graded_session(stack, user), graded_session(stack, user, "Dale Hutchins")]
    unscored = user.start()
    user.end(unscored)
    waiting = user.start()
    user.end(waiting, transcript_lines=[{"speaker": "user", "text": "Hello?", "sequence": 1}])

    page.goto(rep.url)
    expect(page.get_by_role("button", name="Knock on the door")).to_be_enabled()
    assert violations(page) == []
    start_session(page)
    say(page, WORDS[0])
    assert violations(page) == []
    for path, seen in (
        (f"/analytics/{graded[0]}", "How this was graded"),
        (f"/analytics/{waiting}", "Waiting for the grader"),
        (f"/analytics/{unscored}", "Nothing to grade"),
        (f"/analytics/{rep.session_ids()[-1]}", "This session is still open"),
        ("/analytics/999999999", "No such session"),
        ("/nowhere", "No door at this address"),
        ("/sessions", "History"),
    ):
        page.goto(rep.url + path)
        expect(page.get_by_role("heading", name=seen)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
    page.get_by_text("Show as a table").click()
    page.locator(".menu summary").first.click()
    assert violations(page) == []
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_a_hostile_transcript_shows_as_text(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    session_id = graded_session(stack, user, "<b>Maria</b>", HOSTILE)
    rep = visit(viewport=PHONE)
    page = rep.open(f"/analytics/{session_id}")
    see_grade(page)
    assert page.locator(".words").all_text_contents() == HOSTILE
    assert page.locator("main script, main img, main b").count() == 0
    assert page.title() == "<b>Maria</b> · Doorstep"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(rep.url + "/sessions")
    expect(page.locator(".row-name")).to_have_text("<b>Maria</b>")


def test_hostile_words_can_be_said(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, *HOSTILE)
    assert page.locator("#session .line-mine .words").all_text_contents() == HOSTILE
    expect(page.locator("#saving")).to_have_text("Saved")
    assert rep.words(session_id)[1::2] == HOSTILE


@pytest.mark.parametrize(
    ("path", "most_requests"), [("/", 48), ("/sessions", 30), ("/analytics/{id}", 35)], ids=["trainer", "sessions", "analytics"]
)  # fmt: skip
def test_a_page_is_light(visit: Callable[..., Visit], stack: Stack, user: User, path: str, most_requests: int) -> None:
    path = path.format(id=graded_session(stack, user))
    rep = visit()
    scripts: dict[str, int] = {}
    everything: list[str] = []

    def weigh(response: Response) -> None:
        everything.append(response.url)
        if response.request.resource_type == "script":
            scripts[response.url] = len(gzip.compress(response.body(), 6))

    rep.context.on("response", weigh)
    page = rep.open(path)
    page.wait_for_load_state("networkidle")
    ready(page)
    assert scripts
    assert sum(scripts.values()) < SCRIPT_BUDGET, scripts
    assert all(url.startswith(rep.url) for url in everything), "a page loads from its own origin only"
    assert len(everything) <= most_requests, everything


def test_no_secret_is_in_a_page(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit()
    texts: list[str] = []
    rep.context.on("response", lambda response: texts.append(response.text()) if response.ok else None)
    for path in ("/", "/sessions", "/analytics/1"):
        rep.open(path).wait_for_load_state("networkidle")
    assert len(texts) > 10
    for secret in (
        stack.keys.secret,
        stack.keys.jwt_secret,
        stack.grader_secret,
        stack.keys.role_token("service_role"),
    ):
        assert not any(secret in text for text in texts)


def test_an_old_link_leads_to_its_session(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    session_id, old = graded_session(stack, user), str(uuid.uuid4())
    stack.database.sql("update public.training_sessions set legacy_id = %s where id = %s", old, session_id)
    rep = visit()
    page = rep.open(f"/analytics/{old}")
    see_grade(page)
    assert page.url == f"{rep.url}/analytics/{session_id}"


def test_the_history_pages_filters_and_deletes(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    for number in range(21):
        user.start("Walter Boone" if number else "Maria Lopez")
    newest = graded_session(stack, user)
    rep = visit()
    page = rep.open("/sessions")
    rows = page.locator(".row-link")
    expect(rows).to_have_count(20)
    page.get_by_role("button", name="Show older sessions").click()
    expect(rows).to_have_count(22)
    expect(rows.nth(20)).to_be_focused()
    expect(page.get_by_role("button", name="Show older sessions")).to_have_count(0)

    page.get_by_label("Homeowner").select_option("Maria Lopez")
    expect(rows).to_have_count(2)
    menu = page.locator(".menu summary", has=page.locator("span")).first
    menu.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete …").first).to_be_hidden()
    expect(menu).to_be_focused()
    for answer, left in (("Keep it", 2), ("Delete for good", 1)):
        menu.click()
        page.get_by_role("button", name="Delete …").first.click()
        page.get_by_role("button", name=answer).click()
        expect(rows).to_have_count(left)
    expect(rows).to_have_count(1)
    assert newest not in rep.session_ids()


@pytest.mark.parametrize("late", ["answer", "failure"])
def test_a_late_answer_to_another_choice_is_not_shown(visit: Callable[..., Visit], user: User, late: str) -> None:
    for number in range(22):
        user.start("Walter Boone" if number else "Maria Lopez")
    rep = visit()
    page = rep.open("/sessions")
    rows = page.locator(".row-name")
    expect(rows).to_have_count(20)
    held: list[Route] = []
    page.route("**/api/training-sessions**", lambda route: held.append(route))
    page.get_by_role("button", name="Show older sessions").click()
    page.get_by_label("Homeowner").select_option("Walter Boone")
    rep.until(lambda: len(held) == 2)
    page.get_by_label("Homeowner").select_option("")
    rep.until(lambda: len(held) == 3)
    expect(page.get_by_role("alert")).to_have_count(0)
    held.pop().continue_()
    expect(page.get_by_role("button", name="Show older sessions")).to_be_enabled()
    for route in held:
        route.continue_() if late == "answer" else route.abort("connectionfailed")
    page.wait_for_load_state("networkidle")
    expect(rows).to_have_count(20)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.unroute_all()
    page.get_by_role("button", name="Show older sessions").click()
    expect(rows).to_have_count(22)


def test_a_choice_that_fails_leaves_no_pages_of_the_one_before(visit: Callable[..., Visit], user: User) -> None:
    for number in range(21):
        user.start("Walter Boone" if number else "Maria Lopez")
    rep = visit()
    page = rep.open("/sessions")
    older = page.get_by_role("button", name="Show older sessions")
    older.click()
    expect(page.locator(".row-name")).to_have_count(21)
    page.get_by_label("Homeowner").select_option("Walter Boone")
    expect(page.locator(".row-name")).to_have_count(20)
    page.get_by_label("Homeowner").select_option("")
    expect(older).to_be_visible()
    mend = rep.server_is_away()
    page.get_by_label("Homeowner").select_option("Maria Lopez")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    expect(older).to_have_count(0)
    mend()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".row-name")).to_have_text(["Maria Lopez"])


def test_progress_shows_all_scores_of_graded_sessions_only(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    rep = visit()
    graded_session(stack, user)
    page = rep.open("/sessions")
    expect(page.get_by_text("Two make a line, as in this sample.")).to_be_visible()
    graded_session(stack, user, words=["Buy it.", "Sign here."])
    user.end(user.start("Without words"))
    page.reload()
    page.get_by_text("Show as a table").click()
    rows = [row.split("|") for row in page.locator("table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(2, 7).map(cell => cell.textContent).join('|'))")]  # fmt: skip
    assert [list(map(int, row)) for row in rows] == scores(stack, user)
    for title in ("Overall", "Rapport", "Discovery", "Objection handling", "Closing"):
        expect(page.get_by_role("img", name=re.compile(f"{title} over 2 sessions"))).to_be_visible()
    expect(page.locator(".trend-line")).to_have_count(5)
    expect(page.locator(".row-meta", has_text="nothing was said, not scored")).to_have_count(1)


def scores(stack: Stack, user: User) -> list[list[int]]:
    """Of the user's graded sessions, oldest first: overall and the four."""
    return stack.database.sql(
        """select array[overall_score, rapport_score, discovery_score, objection_handling_score, closing_score]
             from public.training_sessions where user_id = %s and graded_at is not null order by id""",
        user.id,
    )


def test_a_line_breaks_at_another_rubric_and_a_doubted_grade_is_a_hollow_point(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    ids = [graded_session(stack, user) for _ in range(4)]
    change = "update public.training_sessions set rubric_version = %s, confidence = %s where id = %s"
    for session_id, (rubric, confidence) in zip(
        ids, [("1", "high"), ("1", "low"), ("2", "high"), ("2", "high")], strict=True
    ):
        stack.database.sql(change, rubric, confidence, session_id)
    page = visit().open("/sessions")
    overall = page.locator(".trend").first
    expect(overall.locator(".trend-line")).to_have_count(2)
    expect(overall.locator(".trend-break")).to_have_count(1)
    expect(overall.locator(".trend-unsure")).to_have_count(1)
    expect(page.locator(".row-meta", has_text="low confidence")).to_have_count(1)
    points = overall.locator("circle").evaluate_all("points => points.map(point => Number(point.getAttribute('cy')))")
    drawn = [round(100 * (1 - (y - 10) / 100)) for y in points]
    assert drawn == [row[0] for row in scores(stack, user)]


def test_the_figures_are_the_servers(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    graded_session(stack, user)
    stack.database.sql("update public.training_sessions set confidence = 'high' where user_id = %s", user.id)
    page = visit(timezone_id="America/Los_Angeles").open("/sessions")
    best = scores(stack, user)[0][0]
    expect(page.locator(".figure").nth(1)).to_have_text(f"Best{best}of 100")
    expect(page.locator(".figure").nth(2)).to_have_text("Streak1day")


def test_an_open_session_is_continued(visit: Callable[..., Visit], user: User) -> None:
    session_id = user.start("Walter Boone")
    user.say(session_id, {"speaker": "agent", "text": "Yes?", "sequence": 1})
    page = visit().open("/sessions")
    page.get_by_role("link", name=re.compile("Continue with Walter Boone")).click()
    expect(page.get_by_role("heading", name="Walter Boone")).to_be_visible()
    expect(page.locator("#session .line")).to_have_count(1)


def test_a_rep_who_left_before_the_answer_gets_it_on_return(visit: Callable[..., Visit], user: User) -> None:
    session_id = user.start("Walter Boone")
    user.say(session_id, {"speaker": "agent", "text": "Yes?", "sequence": 1})
    user.say(session_id, {"speaker": "user", "text": "Do you see any wasps?", "sequence": 2})
    page = visit().open(f"/?session={session_id}")
    expect(page.locator("#session .line").nth(2)).to_contain_text("wasp nest")


def test_a_row_of_an_open_session_keeps_its_name_readable_on_a_phone(visit: Callable[..., Visit], user: User) -> None:
    user.start("Walter Boone")
    page = visit(viewport=PHONE).open("/sessions")
    expect(page.locator(".row-name")).to_have_text("Walter Boone")
    lines = "name => { const all = new Range(); all.selectNodeContents(name); return all.getClientRects().length; }"
    assert page.locator(".row-name").evaluate(lines) == 1


REMARK = {
    "sequence": 4, "category": "objection_handling", "what": "You passed over the children.",
    "why": "They are what she cares about.", "say_instead": "It is dry before they are home. Does that settle it?",
}  # fmt: skip


def test_a_grade_says_what_to_do_next(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    before, session_id = graded_session(stack, user), graded_session(stack, user)
    score = "update public.training_sessions set objection_handling_score = %s, discovery_score = 80, closing_score = 80, rapport_score = %s where id = %s"
    stack.database.sql(score, 70, 80, before)
    stack.database.sql(score, 20, 100, session_id)
    page = visit(reduced_motion="reduce").open(f"/analytics/{session_id}")
    see_grade(page)
    expect(page.get_by_role("heading", name="Answer the objection on the table.")).to_be_visible()
    expect(page.locator(".since")).to_contain_text("−8 on your last session with Maria")
    expect(page.locator(".delta")).to_have_text(["+20", "same", "−50", "same"])
    expect(page.locator(".tip")).to_have_count(1)  # the one category below 75
    expect(page.get_by_role("heading", name="How you spoke")).to_be_visible()
    expect(page.locator(".provenance")).to_contain_text("confidence")
    page.get_by_role("link", name="Practise it with Maria").click()
    expect(page.locator(".aim")).to_contain_text("Say the concern back in their words")
    expect(page.get_by_role("radio", name=re.compile("Maria Lopez"))).to_be_checked()


def test_a_grade_in_an_unknown_language_is_called_a_guess(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    words = ["Merhaba, ben Ali, size daha hızlı internet satıyorum.", "Daha hızlı internet ister misiniz acaba efendim"]
    page = visit().open(f"/analytics/{graded_session(stack, user, words=words)}")
    expect(page.get_by_role("heading", name="This grade is a guess.")).to_be_visible()
    expect(page.get_by_text("It does not know this transcript's language.").first).to_be_visible()
    expect(page.get_by_text("Next time:")).to_have_count(0)
    expect(page.locator(".tag")).to_have_count(0)


def test_a_session_of_a_second_has_no_duration(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    """Twelve lines in a second are a script's. Nothing is said rather than "0 s"."""
    session_id = graded_session(stack, user)
    page = visit().open(f"/analytics/{session_id}")
    expect(page.locator("#meta")).to_contain_text(" lines")
    expect(page.locator("#meta")).not_to_contain_text(re.compile(r"\b\d+\s(s|min)\b"))
    page = visit().open("/sessions")
    expect(page.locator(".row-meta")).to_contain_text(" lines")
    expect(page.locator(".row-meta")).not_to_contain_text(re.compile(r"\b\d+\s(s|min)\b"))


def test_a_weak_line_comes_with_a_better_one_and_filters_find_it(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    session_id = graded_session(stack, user)
    rep = visit(reduced_motion="reduce")

    def with_remark(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "remarks": [REMARK]})

    rep.context.route(f"**/api/training-sessions/{session_id}", with_remark)
    page = rep.open(f"/analytics/{session_id}")
    moment = page.locator(".moment")
    expect(moment).to_contain_text(WORDS[3])
    expect(moment.locator(".moment-better")).to_contain_text("Does that settle it?")
    page.get_by_role("button", name=re.compile("^Objection handling")).click()
    expect(page.locator("#line-4")).to_be_visible()
    expect(page.locator("#line-1")).to_be_hidden()
    page.locator('.quote[data-line="1"]').first.click()
    expect(page.locator("#line-1")).to_be_focused()


def test_a_printed_result_has_no_controls_and_the_whole_transcript(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    page = visit().open(f"/analytics/{graded_session(stack, user)}")
    see_grade(page)
    page.emulate_media(media="print")
    for selector in ("nav", ".user", ".line-filters", ".actions"):
        for element in page.locator(selector).all():
            expect(element).to_be_hidden()
    expect(page.locator("#transcript .line").last).to_be_visible()
    assert page.locator("#scroll").evaluate("box => box.scrollHeight - box.clientHeight") <= 0


def test_a_session_without_a_word_is_explained_and_is_not_a_zero(visit: Callable[..., Visit], user: User) -> None:
    session_id = user.start()
    user.end(session_id)
    page = visit().open(f"/analytics/{session_id}")
    expect(page.get_by_role("heading", name="Nothing to grade")).to_be_visible()
    expect(page.get_by_text("That is not a zero")).to_be_visible()
    expect(page.get_by_text("Nothing was said.")).to_be_visible()


def test_a_session_that_no_grader_finished_is_not_called_empty(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    session_id = user.start("Maria Lopez")
    user.end(session_id, transcript_lines=[{"speaker": "user", "text": WORDS[0], "sequence": 1}])
    with stack.database.grader() as grader:
        for hour in range(9):  # Each finds that the one before it has vanished, and the last gives up.
            grader.call(
                "select set_config('training.now', (clock_timestamp() + make_interval(hours => %(hour)s))::text, false)",
                {"hour": hour},
            )
            grader.rpc("claim_training_sessions", max_count=1, lease_seconds=60, session_id=session_id)
    page = visit().open("/sessions")
    expect(page.locator(".row-meta")).to_contain_text("could not be graded")
    expect(page.locator(".row-meta")).not_to_contain_text("no conversation")
    page.locator(".row-link").click()
    expect(page.get_by_role("heading", name="Could not be graded")).to_be_visible()
    expect(page.get_by_text("That is not a zero")).to_be_visible()
    expect(page.locator(".words")).to_have_text(WORDS[0])
    user.call("DELETE", f"/{session_id}")  # and with it what ./scripts/health would report


def test_another_users_session_looks_like_a_missing_one(visit: Callable[..., Visit], stack: Stack, other: User) -> None:
    page = visit().open(f"/analytics/{graded_session(stack, other)}")
    expect(page.get_by_role("heading", name="No such session")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.get_by_role("link", name="Your sessions").last).to_be_visible()
    assert WORDS[0] not in page.content()


def test_an_unknown_address_is_a_page_and_stays_json_for_programs(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit()
    page = rep.context.new_page()
    answer = page.goto(rep.url + "/nowhere/at-all")
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Your sessions").click()
    expect(page.get_by_role("heading", name="No practice yet")).to_be_visible()
    for path, accept in (("/nowhere", "application/json"), ("/api/nowhere", "text/html")):
        assert httpx.get(stack.gateway_url + path, headers={"Accept": accept}).json()["code"] == "not_found"


def test_a_link_without_an_id_leads_to_the_sessions(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open("/analytics/")
    page.wait_for_url(f"{rep.url}/sessions")
    expect(page.get_by_role("heading", name="No practice yet")).to_be_visible()


@pytest.mark.parametrize("mangled", ["%E0%A4", "12x", "not a session"])
def test_a_mangled_link_shows_no_session(visit: Callable[..., Visit], mangled: str) -> None:
    page = visit().open(f"/analytics/{mangled}")
    expect(page.get_by_role("heading", name="No such session")).to_be_visible()


def test_a_session_shows_its_grade_while_it_is_graded_again(
    visit: Callable[..., Visit], stack: Stack, user: User
) -> None:
    session_id = graded_session(stack, user)
    stack.database.sql("select training.regrade(array[%s]::bigint[], null, null, false)", session_id)
    rep = visit()
    page = rep.open("/sessions")
    expect(page.get_by_text("being graded again")).to_be_visible()
    page.goto(f"{rep.url}/analytics/{session_id}")
    expect(page.get_by_text("This session is being graded again.")).to_be_visible()
    expect(page.get_by_role("heading", name="How this was graded")).to_be_visible()
    stack.grade(session_id)
    expect(page.get_by_text("This session is being graded again.")).to_have_count(0)


def test_an_unreachable_server_is_told_and_tried_again(visit: Callable[..., Visit], stack: Stack, user: User) -> None:
    session_id = graded_session(stack, user)
    rep = visit()
    mend = rep.server_is_away()
    history, result = rep.open("/sessions"), rep.open(f"/analytics/{session_id}")
    expect(history.get_by_role("heading", name="No connection")).to_be_visible()
    expect(result.get_by_role("heading", name="No connection")).to_be_visible()
    mend()
    history.get_by_role("button", name="Try again").click()
    expect(history.locator(".row-link")).to_have_count(1)
    see_grade(result)
    expect(result.get_by_role("heading", name="No connection")).to_have_count(0)


def test_a_slow_server_is_told(visit: Callable[..., Visit]) -> None:
    rep = visit()
    held: list[Any] = []
    rep.context.route("**/api/training-sessions**", lambda route: held.append(route))
    page = rep.open("/sessions")
    expect(page.locator(".bone").first).to_be_visible()
    expect(page.get_by_role("heading", name="Still loading")).to_be_visible(timeout=10_000)
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading", name="No practice yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Still loading")).to_have_count(0)


def test_the_developers_switch_changes_the_user(visit: Callable[..., Visit], stack: Stack, other: User) -> None:
    rep = visit()
    rep.config["devUsers"].append({"name": "Sasha", "id": other.id, "token": other.token})
    page = rep.open()
    page.get_by_label("Signed in as").select_option("Sasha")
    expect(page.get_by_label("Signed in as").locator("option:checked")).to_have_text("Sasha")
    start_session(page)
    assert stack.database.sql("select count(*) from public.training_sessions where user_id = %s", other.id) == [1]


def test_a_forgotten_password_is_replaced_by_the_link_of_a_mail(visit: Callable[..., Visit], user: User) -> None:
    """Supabase Auth is not part of the local stack: its answers are given here in its wire format."""
    rep = visit(config={"devUsers": None})
    person = {"id": user.id, "aud": "authenticated", "role": "authenticated", "email": "sam@example.com"}
    asked: list[Any] = []

    def auth(route: Route) -> None:
        if route.request.method in ("POST", "PUT"):
            asked.append(route.request.post_data_json)
        route.fulfill(json={} if "recover" in route.request.url else person)

    rep.context.route("**/auth/v1/recover**", auth)
    rep.context.route("**/auth/v1/user**", auth)
    page = rep.open()
    page.get_by_label("Email").fill("sam@example.com")
    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_text("the link lets you choose a new password")).to_be_visible()
    assert asked[0]["email"] == "sam@example.com"
    mailed = f"/#access_token={user.token}&refresh_token=r&expires_in=3600&token_type=bearer&type=recovery"
    page = rep.open(mailed)
    page.get_by_label("New password").fill("a new password")
    assert violations(page) == []
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("button", name="Knock on the door")).to_be_visible()
    assert asked[-1]["password"] == "a new password"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_offline_notice_is_in_sight_wherever_the_page_is_scrolled(
    visit: Callable[..., Visit], size: dict[str, int]
) -> None:
    rep = visit(viewport=size)
    page = rep.open()
    expect(page.get_by_role("button", name="Knock on the door")).to_be_enabled()
    page.evaluate("window.scrollTo(0, 500)")
    rep.context.set_offline(True)
    heading = page.get_by_text("You are offline")
    expect(heading).to_be_in_viewport()
    on_top = "e => { const { x, y } = e.getBoundingClientRect(); return e.contains(document.elementFromPoint(x + 2, y + 2)); }"
    assert heading.evaluate(on_top)
    rep.context.set_offline(False)
    expect(heading).to_have_count(0)


def test_on_a_hosted_project_people_sign_in(visit: Callable[..., Visit], user: User) -> None:
    """Supabase Auth is not part of the local stack: its two answers are given here in its wire format."""
    rep = visit(config={"devUsers": None})
    person = {"id": user.id, "aud": "authenticated", "role": "authenticated", "email": "sam@example.com"}
    session = {
        "access_token": user.token, "refresh_token": "refresh", "token_type": "bearer", "expires_in": 3600, "user": person,
    }  # fmt: skip
    tried: list[str] = []

    def auth(route: Any) -> None:
        tried.append(route.request.post_data_json["password"])
        if tried[-1] == "right":
            route.fulfill(json=session)
        else:
            route.fulfill(
                status=400, json={"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}
            )

    rep.context.route("**/auth/v1/token**", auth)
    page = rep.open("/sessions")
    page.get_by_label("Email").fill("sam@example.com")
    assert violations(page) == []
    for password in ("wrong", "right"):
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if password == "wrong":
            expect(page.get_by_text("Email and password do not fit together.")).to_be_visible()
            expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
            expect(page.get_by_role("link", name="Practise")).to_have_count(0)  # hidden until a person is signed in
    expect(page.get_by_role("heading", name="No practice yet")).to_be_visible()
    expect(page.get_by_text("sam@example.com")).to_be_visible()
    assert tried == ["wrong", "right"]
    rep.open("/")
