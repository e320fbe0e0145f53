"""The test vectors of rules that several languages implement (tests/vectors)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "tests" / "vectors" / "rules.json"
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))


def ids(rule: str) -> list[tuple[str, bool]]:
    """Returns the ids of a list with their validity."""
    return [(case["id"] * case.get("times", 1), case["valid"]) for case in VECTORS[rule]]
