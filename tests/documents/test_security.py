"""docs/security.md promises nothing that no test holds."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| [STRIDE] \| ", line)]
TEST = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/.]+)\)")


@cache
def names_in(path: str) -> set[str]:
    tree = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_kind_of_threat_is_thought_of() -> None:
    assert {row[2] for row in ROWS} == set("STRIDE")
    assert len(ROWS) > 30


def test_every_threat_has_a_test() -> None:
    assert [row for row in ROWS if not TEST.search(row)] == []


def test_every_test_of_a_threat_exists() -> None:
    named = [(row.split(" | ")[1], test, path) for row in ROWS for test, path in TEST.findall(row)]

    assert [one for one in named if one[1] not in names_in(one[2])] == []
