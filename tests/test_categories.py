"""Every list of the categories names all of them, so a new category is not forgotten in one.

`grading.rubric.CATEGORIES`, read from rubric.json, is the one list. SQL columns, the OpenAPI document, the pages and the
scripts spell the names out. A list is a run of at least three names with little text between them; a text about one or two
categories is not a list, and this test does not see it.
"""

import re
from collections.abc import Iterator, Sequence

from grading.rubric import CATEGORIES
from support import ROOT

FOLDERS = ("functions", "sql", "scripts", "web", "supabase/functions", "supabase/seed.sql", "supabase/tests")
KINDS = {".py", ".sql", ".json", ".js", ".ts", ".html", ".css"}
NOT_LISTS = ("functions/grading/rubric.json", "functions/grading/model/prompt.py")
"""rubric.json is the one list. The prompt's facts are of three categories; it takes the list of all from the rubric."""
BETWEEN = 150
"""The most characters between two names of one list."""


def sources() -> Iterator[tuple[str, str]]:
    """Every source file that may list the categories: its path and text."""
    for folder in FOLDERS:
        for file in sorted([ROOT / folder, *(ROOT / folder).rglob("*")]):
            name = str(file.relative_to(ROOT))
            if file.is_file() and file.suffix in KINDS and "node_modules" not in file.parts and name not in NOT_LISTS:
                yield name, file.read_text(encoding="utf-8")


def lists(text: str, categories: Sequence[str]) -> Iterator[tuple[int, set[str]]]:
    """The lists of categories in a text: the line each begins in, and the names in it."""
    run: list[re.Match[str]] = []
    names = rf"(?<![a-zA-Z_])({'|'.join(categories)})(?:_score|Score)?(?![a-z_])"
    for found in [*re.finditer(names, text), None]:
        if run and (found is None or found.start() - run[-1].end() > BETWEEN):
            named = {match[1] for match in run}
            if len(named) >= 3:
                yield text.count("\n", 0, run[0].start()) + 1, named
            run = []
        if found:
            run.append(found)


def forgotten(categories: Sequence[str]) -> dict[str, set[str]]:
    """ "file:line" -> the categories that the list there does not name."""
    return {
        f"{file}:{line}": set(categories) - named
        for file, text in sources()
        for line, named in lists(text, categories)
        if named != set(categories)
    }


def test_every_list_names_every_category() -> None:
    assert forgotten(CATEGORIES) == {}


def test_the_overall_score_is_the_mean_of_all_categories() -> None:
    (divisor,) = re.findall(
        r"round\(\([a-z_+ ]+\) / (\d+)\.0\)", (ROOT / "sql/10_tables.sql").read_text(encoding="utf-8")
    )
    assert int(divisor) == len(CATEGORIES)


def test_a_fifth_category_is_missed_by_name_in_each_list() -> None:
    missed = forgotten([*CATEGORIES, "pacing"])
    assert all(names == {"pacing"} for names in missed.values())
    count: dict[str, int] = {}
    for place in missed:
        file = place.partition(":")[0]
        count[file] = count.get(file, 0) + 1
    assert len(missed) > 40
    assert count["functions/api/openapi.json"] > 5
    assert count["sql/10_tables.sql"] > 2
    assert {"sql/40_sessions.sql", "sql/52_saving.sql", "supabase/seed.sql"} <= set(count)
