"""The servers of one stack, built from its settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .binaries import postgres_bin_dir
from .functions import Functions
from .gateway import Gateway
from .postgres import Postgres
from .postgrest import Postgrest
from .process import Process
from .settings import Settings


class Schedule(Process):
    """The grader's schedule and listener, see `schedule.py`."""

    name = "schedule"

    def __init__(self, settings: Settings, *, log: Path | None = None) -> None:
        super().__init__(log=log)
        self.settings = settings

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "run.local.schedule"]

    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.settings.database_url,
            "GRADER_URL": self.settings.url("grader"),
            "GRADER_SECRET": self.settings.grader_secret,
        }

    def ready(self) -> bool:
        return not self.exited()


@dataclass
class Services:
    """One of each, in the order they depend on one another."""

    postgres: Postgres
    functions: Functions
    grader: Functions
    postgrest: Postgrest
    gateway: Gateway
    schedule: Schedule

    def all(self) -> list[Process]:
        """In starting order; stop in the reverse."""
        return [self.postgres, self.functions, self.grader, self.postgrest, self.gateway, self.schedule]


def build(settings: Settings) -> Services:
    """The servers of `settings`, none of them running yet."""
    postgres = Postgres(
        postgres_bin_dir(),
        settings.data_dir,
        settings.port("postgres"),
        password=settings.postgres_password,
        log=settings.log("postgres"),
    )
    own = (settings.url("gateway"), f"http://localhost:{settings.port('gateway')}")
    origins = (*own, os.environ.get("ALLOWED_ORIGINS"))
    common = {
        "SUPABASE_URL": settings.url("gateway"),
        "SUPABASE_PUBLISHABLE_KEY": settings.keys.publishable,
        "ALLOWED_ORIGINS": ",".join(filter(None, origins)),
    }
    return Services(
        postgres=postgres,
        functions=Functions(
            "training_sessions",
            settings.port("functions"),
            # Straight to PostgREST: the callers' own tokens need no gateway. What users reach gets no secret.
            common
            | {
                "SUPABASE_REST_URL": settings.url("postgrest"),
                "SUPABASE_SECRET_KEY": None,
                "GRADER_SECRET": None,
                "ELEVENLABS_WEBHOOK_SECRET": settings.elevenlabs_webhook_secret,
            },
            log=settings.log("functions"),
        ),
        grader=Functions(
            "grade_sessions",
            settings.port("grader"),
            # Through the gateway, which turns the secret key into its role as a hosted project does.
            common
            | {
                "SUPABASE_REST_URL": None,
                "SUPABASE_SECRET_KEY": settings.keys.secret,
                "GRADER_SECRET": settings.grader_secret,
            },
            name="grader",
            log=settings.log("grader"),
        ),
        postgrest=Postgrest(
            postgres.url(user="authenticator", password=settings.authenticator_password),
            settings.port("postgrest"),
            settings.keys.jwks(),
            admin_port=settings.port("postgrest admin"),
            log=settings.log("postgrest"),
        ),
        gateway=Gateway(
            settings.port("gateway"),
            settings.port("postgrest"),
            settings.port("functions"),
            settings.port("grader"),
            settings.keys,
            runtime=settings.folder / "gateway",
            log=settings.log("gateway"),
        ),
        schedule=Schedule(settings, log=settings.log("schedule")),
    )
