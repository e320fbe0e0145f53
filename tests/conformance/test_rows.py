"""docs/emulator.md and the tests name each other."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import fields as fields_of
from functools import cache
from pathlib import Path

from local_emulator.apigateway.rules.limits import GatewayLimits

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "emulator.md"
CERTAINTIES = ("measured (", "documented", "reported", "inferred", "unknown", "not emulated")
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


@cache
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


def test_every_row_says_what_the_emulator_does_and_by_which_rule() -> None:
    assert [row.id for row in ROWS if not (row.behaviour and row.rule)] == []


def test_every_row_is_certain_to_a_known_degree_and_what_is_known_has_a_source() -> None:
    assert [row.id for row in ROWS if not row.certainty.startswith(CERTAINTIES)] == []
    known = [row for row in ROWS if row.certainty.startswith(("documented", "reported"))]
    assert [row.id for row in known if row.source == "none"] == []


def test_every_row_names_tests_that_exist() -> None:
    assert [row.id for row in ROWS if not row.tests] == []
    named = [(row.id, path, name) for row in ROWS for path, name in row.tests]
    assert [one for one in named if one[2] not in marked_tests(ROOT / one[1])] == []


def test_every_assertion_of_the_suite_is_marked_with_the_one_row_that_names_it() -> None:
    naming = {test: [row.id for row in ROWS if test in row.tests] for test in SUITE}
    assert {test: marks for test, marks in SUITE.items() if len(marks) != 1 or marks[0] not in naming[test]} == {}


def test_every_test_of_the_suite_that_a_row_names_is_marked_with_it() -> None:
    named = [(row.id, test) for row in ROWS for test in row.tests if test[0].startswith("tests/conformance/")]
    assert [(row, test) for row, test in named if SUITE.get(test) != [row]] == []


def test_every_source_is_a_link() -> None:
    text = PAGE.read_text()
    defined = dict(re.findall(r"^\[([^\]]+)\]: (https://\S+)$", text, re.MULTILINE))
    used = {name for row in ROWS for name in re.findall(r"\[([^\]]+)\]", row.source)}
    assert used == defined.keys()


def test_every_setting_that_the_page_names_exists() -> None:
    settings = {one.name for one in fields_of(GatewayLimits)}
    named = {word for row in ROWS for word in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row.rule)}
    questions = PAGE.read_text().partition("## What nobody")[2].partition("## What is not")[0]
    named |= set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", questions.replace("permessage-deflate", "")))
    assert named <= settings


def test_every_setting_is_honoured_somewhere() -> None:
    sources = [path for path in (ROOT / "local_emulator").rglob("*.py") if path.name != "limits.py"]
    text = "\n".join(path.read_text() for path in sources)
    assert [one.name for one in fields_of(GatewayLimits) if not re.search(rf"\.{one.name}\b", text)] == []
