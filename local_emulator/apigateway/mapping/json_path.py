"""The definite part of JSONPath: names, `['name']` and `[0]`.

Source: Jayway JsonPath 2.0.0 and a newer one, where both agree. Other paths are refused: their results depend on the
version that AWS runs, which is unknown.
"""

from __future__ import annotations

import re
from typing import Any, Final

from local_emulator.apigateway.mapping.errors import MappingError

ABSENT: Final = object()

_STEP = re.compile(
    r"""\.?(?:\[\s*'(?P<single>[^'\\]*)'\s*\]|\[\s*"(?P<double>[^"\\]*)"\s*\]|\[\s*(?P<index>\d{1,9})\s*\])"""
    r"""|\.(?P<name>[^.\[\]()*?:,@'"\s$]+)"""
)


def steps_of(path: str) -> list[str | int]:
    """Returns the names and indices of a path; a path without `$` begins at the root. Raises MappingError."""
    text = path.strip()
    rest = text[1:] if text.startswith("$") else f".{text}"
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        found = _STEP.match(rest, position)
        if found is None:
            raise MappingError(
                f"the JSONPath {path[:100]!r} is not supported from {rest[position:][:40]!r} on; "
                "supported are .name, ['name'] and [0]"
            )
        index, names = found["index"], (found["single"], found["double"], found["name"])
        steps.append(int(index) if index is not None else next(name for name in names if name is not None))
        position = found.end()
    return steps


def value_at(value: Any, path: str) -> Any:
    """Returns the value at a path, ABSENT without one. Raises MappingError."""
    for step in steps_of(path):
        if isinstance(step, str):
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else ABSENT
        if value is ABSENT:
            break
    return value
