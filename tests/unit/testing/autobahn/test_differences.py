"""The table of known differences from RFC 6455."""

import re

from testing.autobahn.differences import DIFFERENCES
from testing.running import ROOT


def test_each_difference_names_a_row_of_the_page_of_evidence() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs/emulator.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert {difference.row for difference in DIFFERENCES} <= set(rows)


def test_each_difference_closes_with_the_code_of_its_row() -> None:
    text = (ROOT / "docs/emulator.md").read_text(encoding="utf-8")

    for difference in DIFFERENCES:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{difference.row}` |"))
        assert f"`{difference.close_code}`" in row
