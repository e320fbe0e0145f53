"""Every example of a message in the documents is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.contract import SCHEMAS, breaches, validator

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "clients").glob("*/README.md"))]
# Fields that tell what an example is meant to be, and its schema.
KINDS = {"action": "client-message.json", "received": "push-answer.json", "userId": "update.json"}
KINDS |= {"disconnect": "disconnect-request.json", "updates": "push-event.json"}
REFUSED = {"7"}  # an action that docs/lifecycle.md shows being refused


def examples(text: str) -> list[Any]:
    """Every JSON object in a text that can be read as one, and says what it is."""
    found, start = [], text.find("{")
    while start >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(text, start)
        except ValueError:
            value, end = None, start + 1
        if isinstance(value, dict) and (value.keys() & KINDS.keys() or value.get("type") in known_types()):
            found.append(value)
        start = text.find("{", end)
    return found


def known_types() -> set[str]:
    return set(SCHEMAS["server-message.json"]["definitions"])


EXAMPLES = [(path, one) for path in DOCUMENTS for one in examples(path.read_text(encoding="utf-8"))]


def test_there_are_examples_of_every_kind() -> None:
    shown = [one for _, one in EXAMPLES]

    assert len(shown) > 70
    assert {one["type"] for one in shown if "type" in one} >= {"welcome", "snapshot", "status", "error", "disconnect"}
    assert all(any(kind in one for one in shown) for kind in ("action", "received", "updates", "disconnect"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_example_keeps_to_the_contract(path: Path) -> None:
    broken = {json.dumps(one): problems(one) for where, one in EXAMPLES if where == path and problems(one)}

    assert broken == {}


def problems(example: dict[str, Any]) -> list[str]:
    if "type" in example:
        return breaches(example)
    if str(example.get("action")) in REFUSED:
        return []
    kind = next(schema for field, schema in KINDS.items() if field in example)
    return [error.message for error in validator(kind).iter_errors(example)]


def test_the_example_of_an_update_is_one() -> None:
    update = json.loads((ROOT / "examples" / "update.json").read_text(encoding="utf-8"))

    assert validator("update.json").is_valid(update)
