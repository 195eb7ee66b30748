"""A stack of the attackers' own, with two people in it whose words no other user may see."""

from collections.abc import Iterator

import pytest

from attack.field import Field
from run.local.temporary import TemporaryStack


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """The whole stack, shared by the attacks; what they say in it is grepped for at the end."""
    folder = tmp_path_factory.mktemp("attack")
    with TemporaryStack(folder, durable=False, scheduled=False) as stack, Field(stack) as field:
        yield field
