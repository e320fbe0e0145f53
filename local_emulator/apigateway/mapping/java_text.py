"""Writes values as Java does: maps as `{a=1}`, lists as `[1, 2]`, doubles as `1.0E7`, lists of `$input.path` as JSON.

Source: recorded results of API Gateway (docs/adr/0088) and a run of Velocity 1.7 with json-smart 2.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local_emulator.apigateway.mapping.errors import MappingLimitError

MAX_DEPTH = 100
"""Maximum depth of a value that is written: a map can be put into itself."""


class JsonList(list[Any]):
    """A list of a parsed body: it prints as JSON, where a list of the template prints as Java's."""


def java_text(value: Any) -> str:
    """Returns the text that Java prints for the value, "" for None. Raises MappingLimitError."""
    return "" if value is None else _java(value, 0)


def json_text(value: Any) -> str:
    """Returns compact JSON as json-smart writes it: U+2000 to U+20FF escaped. Raises MappingLimitError."""
    return _json(value, 0)


def _java(value: Any, depth: int) -> str:
    if isinstance(value, JsonList):
        return _json(value, depth)
    if isinstance(value, dict):
        _check(depth)
        members = (f"{_java(key, depth)}={_java(item, depth + 1)}" for key, item in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        _check(depth)
        return f"[{', '.join(_java(item, depth + 1) for item in value)}]"
    if isinstance(value, tuple):
        return "=".join(_java(item, depth + 1) for item in value)
    return value if isinstance(value, str) else _scalar(value)


def _json(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return f'"{_ESCAPED.sub(_escape, value)}"'
    if isinstance(value, dict):
        _check(depth)
        members = (f"{_json(_java(key, depth), depth)}:{_json(item, depth + 1)}" for key, item in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        _check(depth)
        return f"[{','.join(_json(item, depth + 1) for item in value)}]"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return _scalar(value)


def _check(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MappingLimitError(f"a value is nested more than {MAX_DEPTH} deep")


def _scalar(value: Any) -> str:
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise MappingLimitError(f"a {type(value).__name__} has no text")


def _integer(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        raise MappingLimitError("a number has too many digits") from None


def java_double(value: float) -> str:
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
    (float, java_double),
    (Decimal, str),
)
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2000-\u20ff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"
