"""The paths that EventBridge takes for InputPath and InputPathsMap. Pure.

Source: EventBridge User Guide, eb-transform-target-input: not all of JSONPath.
"""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"\.(?P<key>[A-Za-z0-9_-]+)|\[(?P<index>[0-9]{1,6})\]|\['(?P<quoted>[^']+)'\]|(?P<all>\.\*|\[\*\])")
MISSING: Any = object()
"""The value of a path that leads nowhere."""


class InvalidPathError(ValueError):
    """EventBridge would refuse a path."""


def parse_path(text: str) -> tuple[str | int | None, ...]:
    """Returns the steps of a path: a key, an index, or None for each element. Raises InvalidPathError."""
    steps: list[str | int | None] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            break
        at = found.end()
        key = found["key"] or found["quoted"]
        steps.append(int(found["index"]) if found["index"] else key)
    if not text.startswith("$") or at < len(text):
        raise InvalidPathError(f"{text} is no JSON path that EventBridge takes")
    return tuple(steps)


def value_at(event: Any, path: str) -> Any:
    """Returns the value that a path leads to, a list for a path with `*`, or MISSING. Raises InvalidPathError."""
    found, many = [event], False
    for step in parse_path(path):
        many = many or step is None
        found = [item for value in found for item in _next(value, step)]
    if many:
        return found
    return found[0] if found else MISSING


def _next(value: Any, step: str | int | None) -> list[Any]:
    if step is None:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
