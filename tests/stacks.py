"""A whole stack over a copy of the migrated database, for the tests' own use."""

import uuid
from collections.abc import Mapping
from pathlib import Path

import psycopg

from run.local.database import configure_voice
from run.local.functions import Functions
from run.local.gateway import Gateway
from run.local.keys import Keys
from run.local.ports import free_port
from run.local.postgres import Postgres
from run.local.postgrest import Postgrest
from support import MIGRATIONS, Database, Stack

WEBHOOK_SECRET = "wsec_of_the_tests"


def make_template(server: Postgres) -> None:
    """The migrated database that others are copies of."""
    url = server.create_database("template_training")
    with psycopg.connect(url) as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_bytes())


class running_stack:
    """Context manager: a stack of its own over a copy of the template, logs below `folder`. For tests that kill parts of it.

    `grader_env` and `functions_env` are laid over the environment of the two targets.
    """

    def __init__(
        self,
        postgres: Postgres,
        folder: Path,
        *,
        grader_env: dict[str, str] | None = None,
        functions_env: Mapping[str, str | None] | None = None,
        name: str | None = None,
    ) -> None:
        self._postgres = postgres
        self._folder = folder
        self._grader_env = grader_env or {}
        self._functions_env = functions_env or {}
        self._name = name or f"stack_{uuid.uuid4().hex}"

    def __enter__(self) -> Stack:
        keys = Keys.generate()
        url = self._postgres.create_database(self._name, template="template_training")
        login = self._postgres.url(self._name, user="authenticator")
        ports = {name: free_port() for name in ("gateway", "postgrest", "functions", "grader")}
        gateway_url = f"http://127.0.0.1:{ports['gateway']}"
        env: dict[str, str | None] = {
            "SUPABASE_URL": gateway_url,
            "SUPABASE_PUBLISHABLE_KEY": keys.publishable,
            "ALLOWED_ORIGINS": "https://app.example.com",
            "OPENAI_API_KEY": None,
            "ELEVENLABS_API_KEY": None,
            "ELEVENLABS_WEBHOOK_SECRET": None,
            "PYTHON_DOTENV_DISABLED": "1",
        }
        grader = {
            **env,
            "SUPABASE_SECRET_KEY": keys.secret,
            "GRADER_SECRET": "grader-secret-of-the-tests",
            **self._grader_env,
        }
        functions = {**env, "ELEVENLABS_WEBHOOK_SECRET": WEBHOOK_SECRET, **self._functions_env}
        configure_voice(url, functions["ELEVENLABS_WEBHOOK_SECRET"] or "")
        self._parts = [
            Postgrest(login, ports["postgrest"], keys.jwks(), log=self._folder / "postgrest.log"),
            Gateway(
                ports["gateway"], ports["postgrest"], ports["functions"], ports["grader"], keys,
                runtime=self._folder / "gateway", log=self._folder / "gateway.log",
            ),
            Functions("training_sessions", ports["functions"], functions, log=self._folder / "functions.log"),
            Functions("grade_sessions", ports["grader"], grader, name="grader", log=self._folder / "grader.log"),
        ]  # fmt: skip
        for part in self._parts:
            part.launch()
        try:
            for part in self._parts:
                part.wait_ready()
        except BaseException:
            self._stop()
            raise
        return Stack(
            keys=keys,
            database=Database(url),
            gateway_url=gateway_url,
            functions_url=f"http://127.0.0.1:{ports['functions']}",
            grader_url=f"http://127.0.0.1:{ports['grader']}",
            grader_secret=str(grader["GRADER_SECRET"]),
            parts={part.name: part for part in self._parts},
            logs=self._folder,
        )

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._postgres.drop_database(self._name)

    def _stop(self) -> None:
        for part in reversed(self._parts):
            part.stop()
