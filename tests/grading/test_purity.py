"""Grading does no I/O and reads no clock, environment or randomness. Only three modules of grading/model are excepted.

The same holds for what reconciles a provider's record: all of voice/ but its providers' modules and the hook's token.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import grading
import voice

PACKAGE = Path(grading.__file__).parent
PURE = {
    *("bisect", "collections", "contextlib", "dataclasses", "datetime", "difflib", "functools", "hashlib", "itertools"),
    *("json", "math", "re", "statistics", "typing", "unicodedata"),
}
# rubric.py and linear.py read the data beside them; judgement.py declares the shape of the model's answer.
ALSO = {"rubric.py": {"pathlib"}, "linear.py": {"pathlib"}, "judgement.py": {"pydantic"}}
FORBIDDEN_NAMES = {"open", "eval", "exec", "compile", "input", "print", "__import__", "globals", "breakpoint", "hash"}
CLOCKS = {"now", "utcnow", "today"}
IO = {"server.py", "grader.py", "breaker.py"}
"""Of grading/model: the call to the model's server, its deadline, and the clock of the circuit breaker."""
VOICE = Path(voice.__file__).parent
OUTSIDE = {"elevenlabs.py", "provider.py", "providers.py", "token.py"}
"""Of voice: the provider's wire, and the hook's token."""
SOURCES = sorted(
    [
        *(path for path in PACKAGE.rglob("*.py") if not (path.parent.name == "model" and path.name in IO)),
        *(path for path in VOICE.glob("*.py") if path.name not in OUTSIDE),
    ]
)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "grading" if node.level else (node.module or "").partition(".")[0]


def impurities(source: str, name: str = "any.py") -> set[str]:
    tree = ast.parse(source)
    strange = set(imported(tree)) - PURE - {"grading", "voice"} - ALSO.get(name, set())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & FORBIDDEN_NAMES
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & CLOCKS
    return strange | names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_module_of_grading_reaches_outside(path: Path) -> None:
    assert impurities(path.read_text(encoding="utf-8"), path.name) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from time import time",
        "import random as r",
        "def f():\n    import socket",
        "open('x')",
        "import pathlib",
        "from datetime import datetime\ndatetime.now()",
    ],
)
def test_the_check_sees_what_reaches_outside(source: str) -> None:
    assert impurities(source)


def test_the_check_looks_at_every_module() -> None:
    assert {
        "rubric.py",
        "grader.py",
        "listen.py",
        "features.py",
        "check.py",
        "prompt.py",
        "alignment.py",
        "words.py",
        "reconciliation.py",
    } <= {path.name for path in SOURCES}
