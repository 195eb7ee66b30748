"""Each place that lists the categories lists all of them: a new category is not forgotten anywhere.

`grading.rubric.CATEGORIES`, read from rubric.json, is the one list. SQL columns, the OpenAPI document, the pages and the
scripts spell the names out, so this test compares each of them with the list and names the place that differs.
"""

import re
from collections.abc import Iterator, Sequence

from grading.rubric import CATEGORIES
from support import ROOT

FOLDERS = ("functions", "sql", "scripts", "web", "supabase/functions", "supabase/tests")
KINDS = {".py", ".sql", ".json", ".js", ".ts", ".html", ".css"}
ABOUT_SOME = ("functions/grading/model/prompt.py",)
"""The prompt's facts are of three categories. It takes the list of all from the rubric."""
MOST_MISSING = 1
"""A text that names all categories but one forgot it; a text that names one or two is about these."""


def places() -> Iterator[tuple[str, str]]:
    """Every function of the SQL files and every other source file, by name, with its text."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            name = str(file.relative_to(ROOT))
            if file.suffix not in KINDS or "node_modules" in file.parts or name in ABOUT_SOME:
                continue
            text = file.read_text(encoding="utf-8")
            if file.suffix != ".sql":
                yield name, text
                continue
            for statement in re.split(r"(?m)^(?=create )", text):
                yield f"{name}: {' '.join(statement.split()[:4])}", statement


def forgotten(categories: Sequence[str]) -> dict[str, set[str]]:
    """Place -> the categories that it does not name, of each place that names all the others."""
    found = {}
    for place, text in places():
        named = {name for name in categories if re.search(rf"(?<![a-z_]){name}(?:_score|Score)?(?![a-z_])", text)}
        known = [name for name in categories if name in CATEGORIES]
        if len(named & set(known)) >= len(known) - MOST_MISSING > 0 and named != set(categories):
            found[place] = set(categories) - named
    return found


def test_every_place_names_every_category() -> None:
    assert forgotten(CATEGORIES) == {}


def test_a_fifth_category_is_missed_by_name_in_each_place() -> None:
    missed = forgotten([*CATEGORIES, "pacing"])
    assert all("pacing" in names for names in missed.values())
    files = {place.partition(":")[0] for place in missed}
    expected = {
        "functions/api/openapi.json",
        "functions/grading/rubric.json",
        "functions/grading/heuristic/grader.py",
        "sql/10_tables.sql",
        "web/database.types.ts",
    }
    assert expected <= files
    assert any("create function training.list_sessions" in place for place in missed)
