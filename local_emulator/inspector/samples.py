"""Sample events of functions, which a project keeps beside its template.

- `events/*.json`: for every function; `sam init` puts its samples there.
- `events/{LogicalId}/*.json`: for one function.
- `events/{LogicalId}.schema.json`: the JSON Schema of its event, of which the inspector makes a form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_FILES = 100
MAX_BYTES = 256 * 1024
SCHEMA = ".schema.json"


def samples(template: Path, function: str) -> list[dict[str, Any]]:
    """Returns {"name", "event"} each, or {"name", "problem"} for a file that is not JSON; the function's own first."""
    folder = template.parent / "events"
    files = [*_files(folder / function), *_files(folder)][:MAX_FILES]
    return [_sample(file) for file in files]


def schema(template: Path, function: str) -> Any:
    """Returns the JSON Schema of a function's event, None if none can be read."""
    file = template.parent / "events" / f"{function}{SCHEMA}"
    try:
        return json.loads(_read(file)) if file.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None


def _files(folder: Path) -> Iterator[Path]:
    found = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return (file for file in found if not file.name.endswith(SCHEMA))


def _sample(file: Path) -> dict[str, Any]:
    try:
        return {"name": file.stem, "event": json.loads(_read(file))}
    except (OSError, ValueError, RecursionError) as problem:
        return {"name": file.stem, "problem": str(problem)}


def _read(file: Path) -> str:
    """Raises OSError, ValueError."""
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"has more than {MAX_BYTES} bytes")
    return file.read_text(encoding="utf-8")
