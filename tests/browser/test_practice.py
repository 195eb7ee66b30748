"""The main job on the real pages: start, practise, end, see the grade."""

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Route, WebSocket, expect
from rich.console import Console

from run.demo import show
from run.local.postgres import Postgres
from stacks import running_stack
from standins.elevenlabs import API_KEY, ElevenLabsStandIn, agent_says, interrupted, rep_says
from support import Stack

from .conftest import DESKTOP, PHONE, Visit
from .rep import WORDS, blurt, end_session, everything_saved, heard, press_end, say, see_grade, start_session

SHIFTS = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""

LAST_MESSAGES = """
const deliver = (socket, message) => socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
const close = WebSocket.prototype.close;
WebSocket.prototype.close = function (...reason) {
  deliver(this, %s);
  window.deliverLate = () => deliver(this, %s);
  return close.apply(this, reason);
};
"""


@pytest.fixture
def by_voice(
    visit: Callable[..., Visit], postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[list[Any]], tuple[Visit, ElevenLabsStandIn]]]:
    """A visit with a (fake) microphone, to a stack whose homeowner speaks this script: the real voice SDK, against a stand-in of the service."""
    with ExitStack() as opened:

        def begin(script: list[Any]) -> tuple[Visit, ElevenLabsStandIn]:
            elevenlabs = opened.enter_context(ElevenLabsStandIn(script=script))
            env = {"ELEVENLABS_API_KEY": API_KEY, "ELEVENLABS_BASE_URL": elevenlabs.url}
            stack = opened.enter_context(running_stack(postgres, tmp_path_factory.mktemp("voice"), functions_env=env))
            user = opened.enter_context(stack.new_user())
            # The stand-in is not among the addresses that pages may reach.
            config = {"voice": {"agents": {"maria": "agent_maria"}}}
            rep = visit(stack=stack, user=user, config=config, bypass_csp=True, permissions=["microphone"])
            return rep, elevenlabs

        yield begin


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_session_of_twelve_lines_is_graded_without_a_reload(
    visit: Callable[..., Visit], stack: Stack, size: dict[str, int]
) -> None:
    rep = visit(viewport=size)
    rep.context.add_init_script(SHIFTS)
    page = rep.open()
    session_id = start_session(page)
    say(page, *WORDS)
    everything_saved(page)
    said = heard(page)
    assert len(said) == 13
    end_session(page)

    expect(page.get_by_role("heading", name="Waiting for the grader")).to_be_visible()
    assert heard(page) == said
    page.evaluate("window.stillHere = true")
    stack.grade(session_id)
    see_grade(page)
    expect(page.locator(".overall-number")).to_contain_text(str(rep.user.get(session_id)["overall_score"]))
    for category in ("Rapport", "Discovery", "Objection handling", "Closing"):
        expect(page.get_by_role("heading", name=category)).to_be_visible()
    expect(page.get_by_text("Graded by fixed rules over the words")).to_be_visible()
    assert page.evaluate("window.stillHere") is True
    assert page.evaluate("window.shifted ?? 0") < 0.02
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert rep.words(session_id) == said


def test_a_quote_jumps_to_its_line(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit(viewport=PHONE, reduced_motion="reduce")
    page = rep.open()
    session_id = start_session(page)
    say(page, *WORDS[:2])
    end_session(page)
    stack.grade(session_id)
    see_grade(page)
    quote = page.locator(".quote").first
    sequence = quote.get_attribute("data-line")
    quote.click()
    line = page.locator(f"#line-{sequence}")
    expect(line).to_be_in_viewport()
    expect(line).to_be_focused()
    assert page.url.endswith(f"/analytics/{session_id}#line-{sequence}")


def test_the_link_to_a_line_shows_that_line(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit(viewport=PHONE, reduced_motion="reduce")
    session_id = rep.user.start("Maria Lopez")
    rep.user.say(session_id, *({"speaker": "user", "text": f"Line {n}?", "sequence": n} for n in range(1, 60)))
    rep.user.end(session_id)
    stack.grade(session_id)
    expect(rep.open(f"/analytics/{session_id}#line-50").locator("#line-50")).to_be_in_viewport()


def test_a_double_click_starts_one_session_and_ends_it_once(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    knock = page.get_by_role("button", name="Knock on the door")
    expect(knock).to_be_enabled()
    knock.dblclick()
    expect(page.locator("#session .line")).to_have_count(1)
    say(page, "Hello!")
    say(page, "How are you?")
    page.locator("#end").dblclick()
    page.wait_for_url("**/analytics/*")
    [session_id] = rep.session_ids()
    assert rep.user.get(session_id)["status"] == "completed"
    assert len(rep.words(session_id)) == 5


def test_an_end_after_a_few_lines_is_asked_for_once(visit: Callable[..., Visit]) -> None:
    page = visit().open()
    start_session(page)
    page.get_by_role("button", name="End and grade").click()
    expect(page.get_by_role("heading", name="End already?")).to_be_visible()
    page.get_by_role("button", name="Keep talking").click()
    expect(page.get_by_label("What you say")).to_be_focused()
    page.get_by_role("button", name="End and grade").click()
    page.get_by_role("button", name="End anyway").click()
    page.wait_for_url("**/analytics/*")


def test_three_lines_without_a_question_bring_a_hint_that_can_be_switched_off(visit: Callable[..., Visit]) -> None:
    page = visit().open()
    start_session(page)
    hint = page.locator("#hint")
    say(page, "I am Sam.", "We treat ants.")
    expect(hint).to_be_hidden()
    say(page, "We are good.")
    expect(hint).to_have_text("Hint: Ask what they have seen, and where.")
    page.get_by_label("Hints").uncheck()
    expect(hint).to_be_hidden()
    page.get_by_label("Hints").check()
    say(page, "Have you seen any ants?")
    expect(hint).to_be_hidden()


def test_lines_typed_just_before_the_end_belong_to_the_transcript(visit: Callable[..., Visit]) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    [opening] = heard(page)
    blurt(page, *WORDS[:3])
    end_session(page)
    # The answer under way is heard out, and the two that were still to come are not waited for.
    words = rep.words(session_id)
    assert words[:4] == [opening, *WORDS[:3]]
    assert len(words) == 5
    assert heard(page) == words


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_device_clock_measures_right(visit: Callable[..., Visit], hours: int) -> None:
    rep = visit()
    rep.context.add_init_script(f"const now = Date.now.bind(Date); Date.now = () => now() + {hours} * 3_600_000;")
    page = rep.open()
    begun = time.monotonic()
    session_id = start_session(page)
    say(page, WORDS[0])
    expect(page.get_by_role("timer")).to_have_text(re.compile("00:0[1-9]"))
    end_session(page)
    assert 1 <= rep.user.get(session_id)["duration_seconds"] <= time.monotonic() - begun + 1


@pytest.mark.parametrize("hours", [0, 1])
def test_a_session_that_goes_on_after_a_break_is_measured_by_the_server(
    visit: Callable[..., Visit], stack: Stack, hours: int
) -> None:
    rep = visit()
    rep.context.add_init_script(f"const now = Date.now.bind(Date); Date.now = () => now() + {hours} * 3_600_000;")
    page = rep.open()
    session_id = start_session(page)
    say(page, WORDS[0])
    everything_saved(page)
    # The session began 20 minutes ago, and the last line is 5 minutes old.
    stack.database.sql(
        "update public.training_sessions set started_at = now() - interval '20 minutes',"
        " last_activity_at = now() - interval '5 minutes' where id = %s",
        session_id,
    )
    page.reload()
    expect(page.get_by_role("timer")).to_have_text(re.compile("15:.."))
    end_session(page)
    assert 1200 <= rep.user.get(session_id)["duration_seconds"] <= 1260


def test_a_session_works_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    page = visit().open()
    expect(page.get_by_role("button", name="Knock on the door")).to_be_enabled()
    page.get_by_role("radio", name="Maria").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Knock on the door")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Walter Boone")).to_be_visible()
    expect(page.get_by_label("What you say")).to_be_focused()
    expect(page.locator("#session .line")).to_have_count(1)
    page.keyboard.type("Good evening, I'm Sam")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("from Cedar Home Care.")
    page.keyboard.press("Enter")
    expect(page.locator("#session .line")).to_have_count(3)
    assert heard(page)[1] == "Good evening, I'm Sam\nfrom Cedar Home Care."
    page.get_by_role("button", name="End and grade").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Keep talking").press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/analytics/*")


def test_a_spoken_session_is_recorded_with_its_interruptions(
    by_voice: Callable[[list[Any]], tuple[Visit, ElevenLabsStandIn]],
) -> None:
    whole = "I would have to ask my husband about that."
    script = [
        agent_says("Hello? Who is there?", 1),
        agent_says("Hello? Who is there?", 1),
        rep_says("Good evening, I'm Sam.", 2),
        agent_says(whole, 3),
        interrupted(whole, "I would have to...", 3),
        rep_says("Of course.", 4),
    ]
    rep, elevenlabs = by_voice(script)
    page = rep.open()
    page.get_by_role("button", name="Knock on the door").click()
    expect(page.locator("#session .line")).to_have_count(4)
    everything_saved(page)
    expect(page.locator(".voice-status")).to_have_text("Listening to you.")
    page.get_by_role("button", name="Mute").click()
    end_session(page)
    [session_id] = rep.session_ids()
    assert rep.words(session_id) == [
        "Hello? Who is there?", "Good evening, I'm Sam.", "I would have to...", "Of course.",
    ]  # fmt: skip
    assert rep.user.get(session_id)["conversation_id"] == elevenlabs.conversations[0]


def test_words_spoken_before_the_hang_up_belong_to_the_transcript(
    by_voice: Callable[[list[Any]], tuple[Visit, ElevenLabsStandIn]],
) -> None:
    """And what comes after it, too late for the transcript, is told."""
    rep, _ = by_voice([agent_says("Hello?", 1)])
    rep.context.add_init_script(LAST_MESSAGES % (json.dumps(rep_says("Monday?", 2)), json.dumps(agent_says("Yes.", 3))))
    page = rep.open()
    page.get_by_role("button", name="Knock on the door").click()
    expect(page.locator("#session .line")).to_have_count(1)
    everything_saved(page)
    mend = rep.server_is_away()
    press_end(page)
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    page.evaluate("window.deliverLate()")
    expect(page.get_by_role("heading", name="A line could not be recorded")).to_be_visible()
    mend()
    page.get_by_role("button", name="Try now").click()
    page.wait_for_url("**/analytics/*")
    [session_id] = rep.session_ids()
    assert rep.words(session_id) == ["Hello?", "Monday?"]


def test_the_voice_is_hung_up_when_the_rep_left_while_it_connected(visit: Callable[..., Visit]) -> None:
    with ElevenLabsStandIn(script=[agent_says("Hello?", 1)]) as elevenlabs:
        rep = visit(config={"voice": {"agents": {"maria": "agent_maria"}}}, bypass_csp=True, permissions=["microphone"])
        page = rep.open()
        asked: list[Route] = []
        lines: list[WebSocket] = []
        page.route("**/voice-token", lambda route: asked.append(route))
        page.on("websocket", lambda line: lines.append(line))
        page.get_by_role("button", name="Knock on the door").click()
        rep.until(lambda: bool(asked))
        rep.server_is_away()
        press_end(page)
        expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
        address = elevenlabs.url.replace("http", "ws") + "/v1/convai/conversation?conversation_signature=cvtkn_standin"
        asked[0].fulfill(json={"signed_url": address})
        rep.until(lambda: bool(lines) and lines[0].is_closed())


def test_where_the_model_does_not_answer_the_script_plays_the_homeowner(visit: Callable[..., Visit]) -> None:
    page = visit(config={"homeowner": "model"}).open()  # the stack has no key
    start_session(page)
    say(page, "Hi, I'm Sam with Juniper Pest Control.", "Have you seen any ants?")
    expect(page.locator("#session .line").last).to_contain_text("Ants, mostly.")


def test_without_voice_a_session_is_typed(visit: Callable[..., Visit]) -> None:
    page = visit(config={"voice": {"agents": {"maria": "agent_maria"}}}).open()
    page.get_by_role("button", name="Knock on the door").click()
    expect(page.get_by_text("Voice is not set up here, so this practice is typed.")).to_be_visible()
    expect(page.locator("#session .line")).to_have_count(1)
    say(page, "Hello!")


def test_two_tabs_of_a_session_have_one_homeowner(visit: Callable[..., Visit]) -> None:
    """The second tab opens between the rep's line and the answer. It waits for the first tab's turn, and then says nothing."""
    rep = visit(config={"homeowner": "model"})
    first = rep.open()
    session_id = start_session(first)
    everything_saved(first)
    held: list[Route] = []
    rep.context.route("**/homeowner-turn", lambda route: held.append(route))
    blurt(first, WORDS[0])
    rep.until(lambda: bool(held))
    everything_saved(first)
    second = rep.open(f"/?session={session_id}")
    expect(second.locator("#session .line")).to_have_count(2)
    waits = "async () => (await navigator.locks.query()).pending.some(({ name }) => name.includes('homeowner'))"
    rep.until(lambda: bool(second.evaluate(waits)))
    held[0].fulfill(json={"text": "Go on, then.", "over": False})
    expect(second.locator("#session .line")).to_have_count(3)
    rep.context.unroute("**/homeowner-turn")
    say(second, WORDS[1])
    everything_saved(second)
    assert rep.words(session_id)[1:4] == [WORDS[0], "Go on, then.", WORDS[1]]
    assert len(rep.words(session_id)) == 5


def test_the_demo_prints_the_next_step_of_the_page(visit: Callable[..., Visit], stack: Stack) -> None:
    rep = visit()
    page = rep.open()
    session_id = start_session(page)
    say(page, *WORDS[:3])
    end_session(page)
    stack.grade(session_id)
    see_grade(page)
    console = Console(record=True, width=10_000, file=io.StringIO())
    show.grade(console, rep.user.get(session_id), {})
    [printed] = [line for line in console.export_text().splitlines() if line.startswith("Next step")]
    step = page.locator(".next-step")
    shown = f"{step.locator('h2').inner_text()} {step.locator('p').last.inner_text()}"
    assert printed.split() == ["Next", "step", *shown.split()]
