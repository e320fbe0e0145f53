"""docs/faults.md says what the code does: every kind with its aims and fields, and examples that are right."""

import re
from dataclasses import dataclass

from local_emulator.faults.kinds import COMMON_FIELDS, KINDS
from local_emulator.faults.parsing import read_fault, read_fault_line
from testing.running import ROOT

DOCUMENT = (ROOT / "docs" / "faults.md").read_text()


@dataclass(frozen=True)
class Row:
    kind: str
    aims: str
    fields: str
    example: str


def _rows() -> dict[str, Row]:
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in DOCUMENT.splitlines() if line.startswith("|")]
    rows = [Row(line[0].strip("`"), line[2], line[3], line[4].strip("`")) for line in cells if len(line) == 5]
    return {row.kind: row for row in rows if row.kind in KINDS}


def test_every_kind_has_a_row() -> None:
    assert list(_rows()) == list(KINDS)


def test_every_row_tells_the_kinds_own_aims_and_fields() -> None:
    told = {name: (row.aims.split(", "), tuple(re.findall(r"`(\w+)`", row.fields))) for name, row in _rows().items()}
    assert told == {name: (list(kind.aims), kind.fields) for name, kind in KINDS.items()}


def test_every_example_can_be_switched_on() -> None:
    assert {name: read_fault(read_fault_line(row.example)).kind for name, row in _rows().items()} == {
        name: name for name in KINDS
    }


def test_the_common_fields_are_explained() -> None:
    for name in COMMON_FIELDS:
        assert f"| `{name}` |" in DOCUMENT
