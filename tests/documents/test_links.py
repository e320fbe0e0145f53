"""Links between the documents lead to files and headings that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from testing.running import ROOT

FOLDERS = ("docs", "clients", "local_emulator", "tests")
DOCUMENTS = [
    path
    for path in sorted({*ROOT.glob("*.md"), *(path for one in FOLDERS for path in (ROOT / one).rglob("*.md"))})
    if "node_modules" not in path.parts
]
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)")


def text_of(path: Path) -> str:
    """Returns a document without blocks of code."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Returns the anchors that GitHub makes of the headings: lower case, without punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    broken = []
    for target, anchor in LINK.findall(text_of(path)):
        file = (path.parent / target).resolve() if target else path
        if "://" not in target and (not file.exists() or (anchor and anchor not in anchors(file))):
            broken.append(f"{target}#{anchor}")
    return broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_to_a_file_and_a_heading(path: Path) -> None:
    assert broken_links(path) == []


def test_documents_have_links_with_anchors() -> None:
    assert sum(bool(anchor) for path in DOCUMENTS for _, anchor in LINK.findall(text_of(path))) > 10


def test_every_document_is_two_links_from_the_readme_at_most() -> None:
    reached = {ROOT / "README.md"}
    for _ in range(2):
        reached |= {(page.parent / target).resolve() for page in reached for target, _ in LINK.findall(text_of(page))}
        reached = {path for path in reached if path.suffix == ".md" and path.is_file()}

    assert [path for path in DOCUMENTS if path not in reached] == []


def test_the_readme_links_every_page() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    pages |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "clients").glob("*/README.md")}
    linked = {target for target, _ in LINK.findall(text_of(ROOT / "README.md"))}

    assert len(pages) > 20
    assert pages - linked == set()
