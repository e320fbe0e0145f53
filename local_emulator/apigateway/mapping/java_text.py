"""Writes values as Java does: maps as `{a=1}`, lists as `[1, 2]`, doubles as `1.0E7`, lists of `$input.path` as JSON.

Source: recorded results of API Gateway (ADR 92) and a run of Velocity 1.7 with json-smart 2.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from local_emulator.apigateway.mapping.errors import MappingError, MappingLimitError

MAX_DEPTH = 100
"""Maximum depth of a value that is written: a map can be put into itself."""


class JsonList(list[Any]):
    """A list of a parsed body: it prints as JSON, where a list of the template prints as Java's."""


class JavaSet(list[Any]):
    """The keys, values or entries of the map `owner`."""

    def __init__(self, items: Iterable[Any], owner: dict[Any, Any]) -> None:
        super().__init__(items)
        self.owner = owner


class JavaArray(list[Any]):
    """The result of `split`, an array: its text in Java is an address."""


class JavaChar(str):
    """A character, which is no text for Java's operators."""


class TextWriter:
    """Writes values. It calls `spend` for each piece; `spend` raises MappingLimitError beyond a bound."""

    def __init__(self, spend: Callable[[int], None]) -> None:
        self._spend = spend

    def java(self, value: Any, depth: int = 0) -> str:
        """Returns the text that Java prints for a value, "" for None at the top. Raises MappingError."""
        if value is None and not depth:
            return ""
        if isinstance(value, JsonList):
            return self.json(value, depth)
        if isinstance(value, JavaArray):
            raise MappingError("an array has no text; join or read its items")
        if isinstance(value, dict):
            members = (f"{self.java(key, depth + 1)}={self.java(item, depth + 1)}" for key, item in value.items())
            return f"{{{self._joined(', ', members, depth)}}}"
        if isinstance(value, list):
            return f"[{self._joined(', ', (self.java(item, depth + 1) for item in value), depth)}]"
        if isinstance(value, tuple):
            return "=".join(self.java(item, depth + 1) for item in value)
        return self._charged(value if isinstance(value, str) else _scalar(value))

    def json(self, value: Any, depth: int = 0) -> str:
        """Returns compact JSON as json-smart writes it: U+2000 to U+20FF escaped. Raises MappingError."""
        if isinstance(value, str):
            return self._charged(f'"{_ESCAPED.sub(_escape, value)}"')
        if isinstance(value, dict):
            members = (
                f"{self.json(self.java(key, depth + 1), depth + 1)}:{self.json(item, depth + 1)}"
                for key, item in value.items()
            )
            return f"{{{self._joined(',', members, depth)}}}"
        if isinstance(value, list):
            return f"[{self._joined(',', (self.json(item, depth + 1) for item in value), depth)}]"
        if isinstance(value, float) and not math.isfinite(value):
            return "null"
        return self._charged(_scalar(value))

    def _joined(self, separator: str, members: Iterable[str], depth: int) -> str:
        if depth > MAX_DEPTH:
            raise MappingLimitError(f"a value is nested more than {MAX_DEPTH} deep")
        return self._charged(separator.join(members))

    def _charged(self, text: str) -> str:
        self._spend(1 + len(text) // 256)
        return text


def java_text(value: Any) -> str:
    """Returns the text that Java prints for a value without cycles, "" for None."""
    return TextWriter(lambda steps: None).java(value)


def _scalar(value: Any) -> str:
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise MappingError("an object of the gateway has no text")


def _integer(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        raise MappingLimitError("a number has too many digits") from None


def _double(value: float) -> str:
    """Returns `1.0`, `1.0E7`, `1.0E-4`, `NaN`, `Infinity` as Double.toString."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    minus = "-" if sign else ""
    if value == 0:
        return f"{minus}0.0"
    if not -2 <= point <= 7:
        return f"{minus}{text[0]}.{text[1:] or '0'}E{point - 1}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    text = text.ljust(point, "0")
    return f"{minus}{text[:point]}.{text[point:] or '0'}"


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: "null"),
    (bool, lambda value: "true" if value else "false"),
    (int, _integer),
    (float, _double),
    (Decimal, str),
)
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2000-\u20ff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"
