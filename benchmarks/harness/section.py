"""Generated parts of documents: what stands between a pair of markers belongs to the script that they name."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def write_section(document: str, name: str, text: str) -> None:
    """Replace one part of docs/`document`. Raises ValueError if its markers are not there once."""
    path = DOCS / document
    before = path.read_text(encoding="utf-8")
    after, replaced = _pattern(name).subn(lambda marks: f"{marks[1]}\n{text.strip()}\n\n{marks[3]}", before)
    if replaced != 1:
        raise ValueError(f"{document} has no part named {name}, or several")
    path.write_text(after, encoding="utf-8")


def read_section(document: str, name: str) -> str:
    """What stands there now. Raises ValueError if there is no such part."""
    found = _pattern(name).search((DOCS / document).read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{document} has no part named {name}")
    return found[2].strip()


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; every column but the first is aligned to the right."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _pattern(name: str) -> re.Pattern[str]:
    """Two markers alone on their lines: `<!-- name: how it is made -->` and `<!-- end of name -->`."""
    opening, closing = rf"<!-- {re.escape(name)}: [^>]*-->\n", rf"<!-- end of {re.escape(name)} -->"
    return re.compile(rf"({opening})(.*?)({closing})", re.DOTALL)
