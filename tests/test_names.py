"""One name, one thing: the classes of the product."""

import ast
from collections import defaultdict

from support import ROOT


def test_no_two_classes_of_the_product_have_one_name() -> None:
    places = defaultdict(list)
    for folder in ("functions", "scripts/lib"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
