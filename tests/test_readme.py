"""The README's quick start works as it stands, against the running stack."""

import os
import re
import subprocess
from pathlib import Path

from support import ROOT, Stack, User

README = (ROOT / "README.md").read_text()
STACK_COMMANDS = "./scripts/stack up --detach"


def block(language: str, words: str) -> str:
    [found] = [each for each in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if words in each]
    return str(found)


def test_the_calls_over_http_run_as_they_stand(stack: Stack, user: User, tmp_path: Path) -> None:
    stack_line, calls = block("bash", STACK_COMMANDS).split("\n", 1)
    assert stack_line.startswith(STACK_COMMANDS)
    grader = f"curl -s -X POST -H 'X-Grader-Secret: {stack.grader_secret}' {stack.grader_url} -o grader.json\n"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", calls.replace("until call", f"{grader}until call")],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": os.environ["PATH"], "TOKEN": user.token, "API_URL": f"{stack.gateway_url}/api/training-sessions"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for shown in ('"redirect_to":', '"line_count":3', '"overall_score":', '"next_before":'):
        assert shown in done.stdout.replace(" ", ""), done.stdout
    assert user.call("GET").json()["sessions"] == []


def test_the_calls_with_supabase_js_run_as_they_stand(stack: Stack, user: User, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    program = block("js", "createClient(process.env").replace("let session\n", "await wake()\nlet session\n")
    wake = (
        f"const wake = () => fetch('{stack.grader_url}', {{ method: 'POST', "
        f"headers: {{ 'X-Grader-Secret': '{stack.grader_secret}' }} }})\n"
    )
    (tmp_path / "quick.mjs").write_text(
        program + wake.replace("const wake = () =>", "async function wake() { return") + "}\n"
    )
    done = subprocess.run(
        ["node", "--experimental-websocket", "quick.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        env={
            "PATH": os.environ["PATH"], "TOKEN": user.token, "SUPABASE_URL": stack.gateway_url,
            "SUPABASE_PUBLISHABLE_KEY": stack.keys.publishable, "NODE_NO_WARNINGS": "1",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.match(r"\d+ \[", done.stdout), done.stdout
