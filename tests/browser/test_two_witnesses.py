"""A browser that is killed in mid-session loses nothing that the voice provider heard: by its hook, or by polling where the hook is lost."""

import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from run.local.postgres import Postgres
from stacks import WEBHOOK_SECRET, running_stack
from standins.elevenlabs import API_KEY, ElevenLabsStandIn, agent_says, rep_says
from standins.elevenlabs_hook import conversation, deliver, post_call

from .conftest import CHROMIUM, Visit
from .rep import everything_saved, heard

SPOKEN = [
    ("agent", "Hello? Who is it?"),
    ("user", "Good evening, I am Sam. Have you seen ants lately?"),
    ("agent", "A few. It sounds expensive, though."),
    ("user", "I understand, the first visit is half price. Shall we do Tuesday or Thursday?"),
    ("agent", "Thursday works for me."),
]
"""Three lines reach the page; then the browser is killed, and the provider hears the rest."""


def kill(mark: str) -> None:
    """SIGKILL to the browser that was started with this mark on its command line, and to its children."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in process.read_text(errors="replace"):
                os.kill(int(process.parent.name), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue


@pytest.mark.parametrize("hook_is_lost", [False, True], ids=["by the hook", "by polling"])
def test_a_browser_killed_in_mid_session_loses_nothing_the_provider_heard(
    browser: Browser,
    visit: Callable[..., Visit],
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
    hook_is_lost: bool,
) -> None:
    script = [agent_says(SPOKEN[0][1], 1), rep_says(SPOKEN[1][1], 2), agent_says(SPOKEN[2][1], 3)]
    mark = f"--user-agent-of-the-tests={uuid.uuid4().hex}"
    microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    mortal = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", mark, *microphone])
    with ElevenLabsStandIn(script=script) as elevenlabs:
        env = {"ELEVENLABS_API_KEY": API_KEY, "ELEVENLABS_BASE_URL": elevenlabs.url}
        with (
            running_stack(postgres, tmp_path_factory.mktemp("killed"), functions_env=env, grader_env=env) as stack,
            stack.new_user() as user,
        ):
            config = {"voice": {"agents": {"maria": "agent_maria"}}}
            doomed = Visit(mortal, stack, user, config, bypass_csp=True, permissions=["microphone"])
            page = doomed.open()
            page.get_by_role("radio", name="Maria Lopez").check(force=True)
            page.get_by_role("button", name="Knock on the door").click()
            expect(page.locator("#session .line")).to_have_count(3)
            everything_saved(page)
            [session_id] = doomed.session_ids()
            kill(mark)

            [conversation_id] = elevenlabs.conversations
            elevenlabs.records[conversation_id] = conversation(conversation_id, SPOKEN, seconds=42)
            if hook_is_lost:
                stack.database.sql(
                    "update public.training_sessions set last_activity_at = now() - interval '2 minutes'"
                )
                stack.database.sql("update training.voice_conversations set poll_after = now()")
            else:
                event = post_call(elevenlabs.records[conversation_id])
                assert deliver(f"{stack.gateway_url}/api/hooks/elevenlabs", event, WEBHOOK_SECRET).status_code == 200
            stack.grade()
            stack.grade()

            session = user.get(session_id)
            assert [(line["speaker"], line["text"]) for line in session["transcript"]] == SPOKEN
            assert (session["status"], session["duration_seconds"], session["grading"]["state"]) == (
                "completed",
                42,
                "graded",
            )
            assert session["voice"]["recovered_lines"] == 2
            again = visit(stack=stack, user=user, config=config)
            result = again.open(f"/analytics/{session_id}")
            expect(result.locator("#transcript .line")).to_have_count(5)
            assert heard(result) == [words for _, words in SPOKEN]
            expect(result.locator("#transcript .line[data-source=provider]")).to_have_count(2)
            expect(result.locator("#transcript .origin").first).to_contain_text("voice service's record")
            expect(result.locator("#meta")).to_contain_text("2 lines recovered")
