"""docs/clients.md tells the versions that its programs run with."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^### (.+?)\n\n(.*?)\n\n```", PAGE, re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\| \[(.+?)\]\((#\S+)\) \| (.+?) \|", PAGE, re.MULTILINE)


def test_every_client_of_the_table_has_the_version_of_its_program() -> None:
    pinned = set(re.findall(r"(?:==|@)(\d[\d.]*\d)", "".join(text for _, text in SECTIONS)))
    told = {version for _, _, versions in ROWS for version in re.findall(r"\d[\d.]*\d", versions)}
    assert pinned and pinned <= told


def test_every_program_is_of_a_client_in_the_table() -> None:
    anchors = {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name, _ in SECTIONS}
    assert anchors == {anchor.removeprefix("#") for _, anchor, _ in ROWS}
