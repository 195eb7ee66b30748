"""Grader processes that start at once, to be killed: a parent that has everything imported and forks one per line of input.

Each child drains over and over. Settings come from the environment, the pid of each child goes to stdout, what the
children log to stderr.
"""

import asyncio
import os
import signal
import sys

import openai.resources.responses  # noqa: F401 - half the SDK: the first call would load it within its deadline

import grading.model.grader  # noqa: F401
from config import GraderSettings
from worker.drain import Worker
from worker.queue import Queue

PAUSE_SECONDS = 0.05


async def grade_for_ever() -> None:
    settings = GraderSettings.from_env(os.environ)
    worker = Worker(Queue(settings.rest_url, settings.secret_key), settings)
    while True:
        await worker.drain()
        await asyncio.sleep(PAUSE_SECONDS)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed need no burial
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            os.dup2(2, 1)
            asyncio.run(grade_for_ever())
        print(child, flush=True)


if __name__ == "__main__":
    main()
