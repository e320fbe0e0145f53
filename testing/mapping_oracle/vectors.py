"""The vectors of mapping templates: a template, its body and its variables, and what Velocity makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "tests" / "vectors" / "mapping_templates.json"


class Vectors(dict[str, Any]):
    """`vars` and `body` of all cases, and `cases`: each has `template`, and `out` or `error`.

    A case with a body of its own has `body`. `refused` marks what is refused here although API Gateway renders it.
    """

    def filled(self, case: dict[str, Any]) -> dict[str, Any]:
        """Returns a case with template, body and variables."""
        return {"template": case["template"], "body": case.get("body", self["body"]), "vars": self["vars"]}


def read_vectors() -> Vectors:
    """Returns the vectors of the file."""
    return Vectors(json.loads(FILE.read_text(encoding="utf-8")))


def write_vectors(vectors: Vectors) -> None:
    """Writes the vectors with one case a line."""
    head = {name: value for name, value in vectors.items() if name != "cases"}
    lines = ",\n".join(f"    {json.dumps(case, ensure_ascii=False)}" for case in vectors["cases"])
    text = json.dumps(head, ensure_ascii=False, indent=2)[:-2]
    FILE.write_text(f'{text},\n  "cases": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
