"""docs/asyncapi.yaml is AsyncAPI, and names every message of the contract.

The schema beside this file is AsyncAPI's own for 3.0.0 (package @asyncapi/specs 6.11.1, Apache License 2.0). What it
cannot see, that references lead somewhere, is tested here; @asyncapi/parser 3.6.6 finds no fault with the document.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from domain.action import NAMES
from testing.contract import DOCS, SCHEMAS, SERVER

OURS = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
THEIRS = json.loads(gzip.decompress((Path(__file__).parent / "asyncapi-3.0.0.schema.json.gz").read_bytes()))


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from references(inner)


def looked_up(reference: str) -> Any:
    """What a reference leads to, within the document or a schema beside it. Raises KeyError if there is nothing."""
    file, _, pointer = reference.partition("#")
    found = SCHEMAS[file.removeprefix("schemas/")] if file else OURS
    for name in pointer.split("/")[1:]:
        found = found[name.replace("~1", "/").replace("~0", "~")]
    return found


def test_it_is_valid_asyncapi() -> None:
    assert [error.message for error in Draft7Validator(THEIRS).iter_errors(OURS)] == []


def test_a_document_that_is_none_is_told_from_it() -> None:
    assert not Draft7Validator(THEIRS).is_valid(OURS | {"operations": {"x": {"action": "sing"}}})
    assert not Draft7Validator(THEIRS).is_valid({name: part for name, part in OURS.items() if name != "info"})


def test_every_reference_leads_somewhere() -> None:
    everything = [*references(OURS), *(one for name, schema in SCHEMAS.items() for one in at(name, references(schema)))]

    assert len(everything) > 80 and all(looked_up(one) for one in everything)


def at(name: str, found: Iterator[str]) -> Iterator[str]:
    return (f"{name}{one}" if one.startswith("#") else one for one in found)


def test_every_message_of_the_contract_is_in_it() -> None:
    spoken = {f"client.{name}" for name in NAMES} | {f"server.{name}" for name in SERVER}

    assert set(OURS["components"]["messages"]) == spoken | {"push.event", "push.answer"}
    assert set(OURS["channels"]["uploads"]["messages"]) == spoken
    assert {name for name in OURS["operations"] if name not in ("tell", "push")} == NAMES


def test_every_schema_is_one() -> None:
    for schema in SCHEMAS.values():
        Draft7Validator.check_schema(schema)
