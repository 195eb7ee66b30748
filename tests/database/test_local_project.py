"""What the local project has in common with a hosted one: its seed, and the rule of the extension safeupdate."""

import re

import pytest

from run.local.database import seed
from support import ROOT, Database

STATEMENT = re.compile(
    r"(?:^|[;(\n]|\bthen|\bloop|\belse|\bbegin)\s*(update\s+(?!of\b|skip\b)\S+|delete\s+from\s+\S+)([^;]*)"
)


def test_the_seed_gives_the_demo_user_one_graded_session_and_can_be_repeated(database: Database) -> None:
    for _ in range(2):
        seed(database.url)
    assert database.sql("select user_id::text, graded_by, overall_score > 0 from public.training_sessions") == [
        ("d0000000-0000-4000-8000-000000000001", "heuristic", True)
    ]


@pytest.mark.parametrize("file", sorted(file.name for file in (ROOT / "sql").glob("*.sql")))
def test_every_update_and_delete_has_a_where_as_safeupdate_demands(file: str) -> None:
    text = re.sub(r"--.*", "", (ROOT / "sql" / file).read_text())
    bare = [found[0] for found in STATEMENT.findall(text) if "where" not in found[1] and "set" in found[0] + found[1]]
    bare += [found[0] for found in STATEMENT.findall(text) if found[0].startswith("delete") and "where" not in found[1]]
    assert bare == []
