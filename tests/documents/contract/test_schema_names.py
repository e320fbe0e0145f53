"""Generators of code name types by the titles of the schemas, and find schemas by their `$id`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from testing.contract import DOCS, SCHEMAS


def test_each_schema_has_its_file_name_as_id() -> None:
    assert {name: schema.get("$id") for name, schema in SCHEMAS.items()} == {name: name for name in SCHEMAS}


def test_no_two_schemas_have_the_same_title() -> None:
    titles = Counter(title for schema in SCHEMAS.values() for title in _titles(schema))
    assert [title for title, count in titles.items() if count > 1] == []


def test_the_messages_of_the_document_have_names_of_their_own_and_it_stays_at_3_0_0() -> None:
    document = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
    names = [message["name"] for message in document["components"]["messages"].values()]
    assert len(set(names)) == len(names)
    assert document["asyncapi"] == "3.0.0"


def _titles(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            yield schema["title"]
        for value in schema.values():
            yield from _titles(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _titles(value)
