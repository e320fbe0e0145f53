"""docs/emulator.md and the tests name each other."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import Path

import pytest

from local_emulator.limits import Limits

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "emulator.md"
CERTAINTIES = ("documented", "reported", "inferred", "unknown", "not emulated")
TEST = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/.]+)\)")


@dataclass(frozen=True)
class Row:
    id: str
    behaviour: str
    rule: str
    certainty: str
    source: str
    tests: frozenset[tuple[str, str]]


def rows() -> Iterator[Row]:
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 6:
            tests = frozenset((path, name) for name, path in TEST.findall(cells[5]))
            yield Row(cells[0].strip("` "), *cells[1:5], tests)


ROWS = list(rows())


def marked_tests(path: Path) -> dict[str, list[str]]:
    """The tests of a file, with the rows that each is marked with."""
    functions = (node for node in ast.walk(ast.parse(path.read_text())) if hasattr(node, "decorator_list"))
    return {
        node.name: [
            decorator.args[0].value
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "row"
        ]
        for node in functions
        if node.name.startswith("test_")
    }


SUITE = {
    (str(path.relative_to(ROOT)), name): marks
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path != Path(__file__)
    for name, marks in marked_tests(path).items()
}


def test_every_row_has_an_id_of_its_own() -> None:
    assert len(ROWS) > 100
    assert len({row.id for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_complete_and_its_tests_exist(row: Row) -> None:
    assert row.behaviour and row.rule
    assert row.certainty.startswith(CERTAINTIES)
    if row.certainty.startswith(("documented", "reported")):
        assert row.source != "none", "what is known is known from somewhere"
    assert row.tests
    for path, name in row.tests:
        assert name in marked_tests(ROOT / path)


@pytest.mark.parametrize(("test", "marks"), SUITE.items(), ids=lambda value: value[1] if len(value) > 1 else "")
def test_an_assertion_of_the_suite_names_its_row(test: tuple[str, str], marks: list[str]) -> None:
    assert len(marks) == 1
    [row] = [row for row in ROWS if row.id == marks[0]]
    assert test in row.tests


def test_every_test_of_the_suite_that_a_row_names_is_marked_with_it() -> None:
    for row in ROWS:
        for test in row.tests:
            if test[0].startswith("tests/conformance/"):
                assert SUITE[test] == [row.id]


def test_every_source_is_a_link() -> None:
    text = PAGE.read_text()
    defined = dict(re.findall(r"^\[([^\]]+)\]: (https://\S+)$", text, re.MULTILINE))
    used = {name for row in ROWS for name in re.findall(r"\[([^\]]+)\]", row.source)}
    assert used == defined.keys()


def test_every_setting_that_the_page_names_exists() -> None:
    settings = {one.name for one in fields_of(Limits)}
    named = {word for row in ROWS for word in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row.rule)}
    questions = PAGE.read_text().partition("## What nobody")[2].partition("## What is not")[0]
    named |= set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", questions.replace("permessage-deflate", "")))
    assert named <= settings


def test_every_setting_is_honoured_somewhere() -> None:
    sources = [path for path in (ROOT / "local_emulator").rglob("*.py") if path.name != "limits.py"]
    text = "\n".join(path.read_text() for path in sources)
    assert [one.name for one in fields_of(Limits) if not re.search(rf"\.{one.name}\b", text)] == []
