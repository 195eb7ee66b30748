"""A whole stack of its own in a folder of its own, for the instruments: it shares nothing with `./scripts/stack`."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psycopg

from .database import MIGRATIONS, set_authenticator_password
from .keys import Keys
from .ports import free_base
from .postgres import FAST_SETTINGS
from .process import Process, ProcessFailed
from .services import build
from .settings import PORTS, Settings

RESTART_SECONDS = 30.0

Environment = Mapping[str, str | None]


class TemporaryStack:
    """Context manager: PostgreSQL, PostgREST, gateway, both functions and the schedule, with logs in `folder`/logs.

    Its ports stay its own while a part is down, since they lie below those the system hands out. Without `durable`
    PostgreSQL does not wait for the disk. `functions_env` and `grader_env` are laid over the
    environment of the two targets; without `scheduled` nothing is graded until a caller asks the grader.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        scheduled: bool = True,
        schedule_seconds: float = 15.0,
        functions_env: Environment | None = None,
        grader_env: Environment | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        base = free_base(PORTS.values(), first=random.randrange(20_000, 30_000, 10))  # noqa: S311 - no secret
        self.settings = Settings(folder, base, Keys.generate(), *(secrets.token_urlsafe(18) for _ in range(3)))
        self.services = build(self.settings)
        no_outside: Environment = {"OPENAI_API_KEY": None, "ELEVENLABS_API_KEY": None, "PYTHON_DOTENV_DISABLED": "1"}
        self.services.functions.env |= {**no_outside, **(functions_env or {})}
        self.services.grader.env |= {**no_outside, **(grader_env or {})}
        self.services.schedule.extra_env["SCHEDULE_SECONDS"] = str(schedule_seconds)
        if not durable:
            self.services.postgres.settings |= FAST_SETTINGS
        self.parts: dict[str, Process] = {
            part.name: part for part in self.services.all() if scheduled or part is not self.services.schedule
        }

    @property
    def keys(self) -> Keys:
        return self.settings.keys

    @property
    def database_url(self) -> str:
        """The owner's, who is not a superuser."""
        return self.settings.database_url

    def url(self, part: str) -> str:
        return self.settings.url(part)

    def log_text(self) -> str:
        """The logs of all parts."""
        return "".join(file.read_text(errors="replace") for file in sorted(self.settings.folder.glob("logs/*.log")))

    def __enter__(self) -> Self:
        try:
            self.services.postgres.init().start()
            with psycopg.connect(self.database_url) as connection:
                for migration in sorted(MIGRATIONS.glob("*.sql")):
                    connection.execute(migration.read_bytes())
            set_authenticator_password(self.settings.admin_url, self.settings.authenticator_password)
            others = [part for part in self.parts.values() if part is not self.services.postgres]
            for part in others:
                part.launch()
            for part in others:
                part.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for part in reversed(self.parts.values()):
            part.stop()


def restart(part: Process, seconds: float = RESTART_SECONDS) -> None:
    """Launches a part that is down, again and again if need be: after a crash its port or PostgreSQL's shared memory
    may still be held for a moment. Raises ProcessFailed after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        part.launch()
        try:
            part.wait_ready()
            return
        except ProcessFailed:
            part.kill()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
