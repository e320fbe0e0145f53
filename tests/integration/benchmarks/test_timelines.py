"""docs/lifecycle.md says what the functions do."""

import re

import pytest

from benchmarks.harness.section import DOCS, read_section
from benchmarks.simulation.timelines import TIMELINES, disconnects, timeline
from domain.disconnect import DISCONNECTS


@pytest.mark.parametrize("name", TIMELINES)
def test_each_timeline_of_the_document_is_what_happens(name: str) -> None:
    assert read_section("lifecycle.md", name) == timeline(name), "out of date: run `make timelines`"


def test_the_table_of_reasons_is_the_protocols() -> None:
    assert read_section("lifecycle.md", "disconnects") == disconnects(), "out of date: run `make timelines`"


def test_the_diagram_names_every_reason_that_ends_a_connection_with_a_row() -> None:
    document = (DOCS / "lifecycle.md").read_text(encoding="utf-8")
    [diagram] = re.findall(r"```mermaid\n(.*?)```", document, re.DOTALL)
    without_row_or_unused = {"unknown_connection", "internal"}
    assert {reason for reason in DISCONNECTS if reason not in diagram} == without_row_or_unused


def test_every_picture_of_the_documents_is_there() -> None:
    for document in DOCS.glob("*.md"):
        for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / path).is_file(), f"{document.name}: {path}"
