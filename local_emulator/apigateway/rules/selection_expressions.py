r"""Selection expressions of templates: the mapping template of a request or of an integration's response.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html.
Variables are `$request.body.a`, `$context.a`, `$stageVariables.a`, `$integration.response.statuscode` and the like,
also as `${…}` between static text; `\$` is a plain dollar sign, and `$default` alone is the key `$default`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local_emulator.apigateway.mapping.java_text import java_text

Path = tuple[str, ...]

_PATH = r"(?:request|context|stageVariables|integration)(?:\.[A-Za-z0-9_$-]+)+"
_PART = re.compile(rf"\\\$|\$\{{(?P<wrapped>{_PATH})\}}|\$(?P<plain>{_PATH})|(?P<text>[^$\\]+|\\)")


class InvalidTemplateSelectionError(ValueError):
    """A template selection expression cannot be evaluated; the message has its text."""


class TemplateSelection:
    """A template selection expression, parsed once. Raises InvalidTemplateSelectionError."""

    def __init__(self, expression: str) -> None:
        self._parts: list[str | Path] = ["$default"] if expression == "$default" else list(_parts(expression))

    def key(self, sources: Mapping[str, Any]) -> str:
        """Returns the key of the template; a variable without a value counts as "" (documented)."""
        return "".join(part if isinstance(part, str) else java_text(value_of(sources, part)) for part in self._parts)


def _parts(expression: str) -> list[str | Path]:
    parts: list[str | Path] = []
    position = 0
    while position < len(expression):
        found = _PART.match(expression, position)
        if found is None:
            raise InvalidTemplateSelectionError(
                f"{expression!r} cannot be read from {expression[position:]!r} on; it may have variables such as "
                "$request.body.a, $context.a, $stageVariables.a and $integration.response.statuscode"
            )
        variable = found["wrapped"] or found["plain"]
        parts.append(tuple(variable.split(".")) if variable else found["text"] or "$")
        position = found.end()
    return parts


def value_of(sources: Mapping[str, Any], path: Path) -> Any:
    """Returns the value at the path, None without one; names of headers have no case (RFC 9110, section 5.1)."""
    value: Any = sources
    caseless = False
    for name in path:
        if isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif not isinstance(value, Mapping):
            return None
        elif caseless:
            value = next((item for key, item in value.items() if key.lower() == name.lower()), None)
        else:
            value = value.get(name)
        caseless = name in ("header", "multivalueheader")
    return value
