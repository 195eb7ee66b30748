"""Real parts for every test: one PostgreSQL for the run, a fresh copy of the migrated database for each test that asks for
one, and one whole stack (PostgREST, functions, grader, gateway) for the tests over HTTP, whose users are new in each test."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from local.binaries import postgres_bin_dir
from local.database import create_authenticator
from local.functions import Functions
from local.gateway import Gateway
from local.keys import Keys
from local.ports import free_port
from local.postgres import Postgres
from local.postgrest import Postgrest
from support import MIGRATIONS, ROOT, Database, Stack, User

AUTHENTICATOR_PASSWORD = "authenticator-of-the-tests"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One PostgreSQL server, with the migrated database `template_training` to copy."""
    folder = tmp_path_factory.mktemp("postgres")
    with Postgres(postgres_bin_dir(), folder / "data", free_port(), durable=False).init() as server:
        make_template(server)
        yield server


def make_template(server: Postgres) -> None:
    """The migrated database that others are copies of, and PostgREST's login."""
    url = server.create_database("template_training")
    with psycopg.connect(url) as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_bytes())
    create_authenticator(url, AUTHENTICATOR_PASSWORD)


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    """A migrated database of the test's own."""
    name = f"test_{uuid.uuid4().hex}"
    yield Database(postgres.create_database(name, template="template_training"))
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def stack(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack without a model and without a schedule: nothing is graded unless a test asks for it."""
    with running_stack(postgres, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def user(stack: Stack) -> Iterator[User]:
    """A person who is new to the running stack."""
    with stack.new_user() as user:
        yield user


@pytest.fixture
def other(stack: Stack) -> Iterator[User]:
    """Somebody else."""
    with stack.new_user() as user:
        yield user


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
        functions_env: dict[str, str] | None = None,
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
        login = self._postgres.url(self._name, user="authenticator", password=AUTHENTICATOR_PASSWORD)
        ports = {name: free_port() for name in ("gateway", "postgrest", "functions", "grader")}
        gateway_url = f"http://127.0.0.1:{ports['gateway']}"
        env: dict[str, str | None] = {
            "SUPABASE_URL": gateway_url,
            "SUPABASE_PUBLISHABLE_KEY": keys.publishable,
            "ALLOWED_ORIGINS": "https://app.example.com",
            "OPENAI_API_KEY": None,
            "ELEVENLABS_API_KEY": None,
        }
        grader = {
            **env,
            "SUPABASE_SECRET_KEY": keys.secret,
            "GRADER_SECRET": "grader-secret-of-the-tests",
            **self._grader_env,
        }
        self._parts = [
            Postgrest(login, ports["postgrest"], keys.jwt_secret, log=self._folder / "postgrest.log"),
            Gateway(
                ports["gateway"], ports["postgrest"], ports["functions"], ports["grader"], keys,
                runtime=self._folder / "gateway", log=self._folder / "gateway.log",
            ),
            Functions(
                "training_sessions", ports["functions"], {**env, **self._functions_env}, log=self._folder / "functions.log"
            ),
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
            postgrest_url=f"http://127.0.0.1:{ports['postgrest']}",
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


@pytest.fixture(scope="session")
def openapi() -> dict[str, object]:
    """The OpenAPI document as it is in the repository."""
    document: dict[str, object] = json.loads((ROOT / "functions" / "api" / "openapi.json").read_text())
    return document
