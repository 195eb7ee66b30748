"""Real parts for every test: one PostgreSQL for the run, a fresh copy of the migrated database for each test that asks for
one, and one whole stack (PostgREST, functions, grader, gateway) for the tests over HTTP, whose users are new in each test."""

import json
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

from run.local.binaries import postgres_bin_dir
from run.local.ports import free_port
from run.local.postgres import Postgres
from stacks import make_template, running_stack
from support import FUZZ_EXAMPLES, ROOT, Database, Stack, User

settings.register_profile("fuzz", max_examples=FUZZ_EXAMPLES or 100, derandomize=not FUZZ_EXAMPLES, deadline=None)
settings.load_profile("fuzz")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One PostgreSQL server, with the migrated database `template_training` to copy."""
    folder = tmp_path_factory.mktemp("postgres")
    with Postgres(postgres_bin_dir(), folder / "data", free_port(), durable=False).init() as server:
        make_template(server)
        yield server


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
    """A second user."""
    with stack.new_user() as user:
        yield user


@pytest.fixture(scope="session")
def openapi() -> dict[str, object]:
    """The OpenAPI document as it is in the repository."""
    document: dict[str, object] = json.loads((ROOT / "functions" / "api" / "openapi.json").read_text())
    return document
