"""docs/security.md promises nothing that no test holds."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" | ")[1][:60])
def test_every_threat_has_a_test_that_exists(row: str) -> None:
    named = TEST.findall(row)

    assert named
    assert [(test, path) for test, path in named if test not in names_in(path)] == []
