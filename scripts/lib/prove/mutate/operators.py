"""The faults: each replaces one piece of one line. Comments, docstrings and blank lines are left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Rule = tuple[str, str]
"""A pattern and its replacement."""

SQL: list[Rule] = [
    (r" <= ", " < "),
    (r" < ", " <= "),
    (r" >= ", " > "),
    (r" > ", " >= "),
    (r" and ", " or "),
    (r" is distinct from ", " is not distinct from "),
    (r"\bif not found\b", "if found"),
    (r"\bfor update( of \w+)?( skip locked)?", ""),
    (r"\bfor update( of \w+)? skip locked", "for update"),
    (r"\w+\.?user_id = (v_caller|p_user_id|\(select auth\.uid\(\)\))", "true"),
    (r"^\s*perform training\.(fail|fail_field|session_not_found)\(.*\);$", "null;"),
    (r" \+ 1\b", ""),
    (r" - 1\b", ""),
    (r"\bon conflict do nothing\b", ""),
    (r"\border by (.*?) desc\b", r"order by \1"),
]
PYTHON: list[Rule] = [
    (r" <= ", " < "),
    (r" < ", " <= "),
    (r" >= ", " > "),
    (r" > ", " >= "),
    (r" == ", " != "),
    (r" and ", " or "),
    (r" or ", " and "),
    (r" not in ", " in "),
    (r"\bif not ", "if "),
    (r"\breturn True\b", "return False"),
    (r"\breturn False\b", "return True"),
    (r" \+ 1\b", ""),
    (r" - 1\b", ""),
    (r"\bcontinue$", "break"),
    (r"^(\s*)raise (?!$).*$", r"\1pass"),
]
JAVASCRIPT: list[Rule] = [
    (r" <= ", " < "),
    (r" < ", " <= "),
    (r" >= ", " > "),
    (r" > ", " >= "),
    (r" === ", " !== "),
    (r" !== ", " === "),
    (r" && ", " || "),
    (r" \|\| ", " && "),
    (r"\bif \(!", "if ("),
    (r" \+ 1\b", ""),
    (r" - 1\b", ""),
    (r"\bawait ", ""),
    (r"^(\s*)throw .*;$", r"\1;"),
]
RULES = {".sql": SQL, ".py": PYTHON, ".js": JAVASCRIPT}
COMMENT = {".sql": "--", ".py": "#", ".js": "//"}


@dataclass(frozen=True)
class Mutant:
    """One fault: line `number` (from 1) of `file` reads `after` instead of `before`."""

    file: Path
    number: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}\n  - {self.before.strip()}\n  + {self.after.strip()}"


def mutants(root: Path, file: Path) -> Iterator[Mutant]:
    """Every fault of the rules in one file; `file` is relative to `root`."""
    quoted = False
    for number, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        opens = file.suffix == ".py" and text.count('"""') == 1
        if quoted or opens:
            quoted ^= opens
            continue
        if text.startswith((COMMENT[file.suffix], '"""', "*", "/*", "import ", "from ")) or "comment on" in text:
            continue
        code = line.split(f" {COMMENT[file.suffix]} ")[0]
        for pattern, replacement in RULES[file.suffix]:
            for found in re.finditer(pattern, code):
                if file.suffix == ".sql" and code[: found.start()].count("'") % 2:
                    continue  # within a text
                changed = code[: found.start()] + found.expand(replacement) + code[found.end() :]
                if changed != code:
                    yield Mutant(file, number, line, changed)
