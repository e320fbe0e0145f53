"""The leaves of an event: each scalar value with the path of keys that leads to it. Pure.

Source: the README of AWS's Event Ruler (github.com/aws/event-ruler), "Matching JSON arrays".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

from local_emulator.event_patterns.json_text import NumberText

MAX_NUMBER_CHARACTERS = 1_000
MAX_WHOLE = 2**53


class Literal(Enum):
    """The values of JSON that equal only themselves; in Python, True equals 1."""

    NULL = auto()
    TRUE = auto()
    FALSE = auto()


Value = str | float | NumberText | Literal
Places = tuple[tuple[int, int], ...]
"""The elements of lists that a leaf belongs to: the number of each list, and the index in it."""
Leaves = dict[str, list[tuple[Value, Places]]]


def leaves_of(event: Any) -> Leaves:
    """Returns the leaves of a JSON value by path, the keys joined by dots.

    A list gives a leaf for each element; empty objects and empty lists give none.
    """
    found: Leaves = {}
    lists = 0
    waiting: list[tuple[str | None, Any, Places]] = [(None, event, ())]
    while waiting:
        path, value, places = waiting.pop()
        if isinstance(value, Mapping):
            for key, item in value.items():
                at = key if path is None else f"{path}.{key}"
                if isinstance(item, str):
                    found.setdefault(at, []).append((item, places))
                else:
                    waiting.append((at, item, places))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            waiting += [(path, item, (*places, (lists, index))) for index, item in enumerate(value)]
            lists += 1
        elif path is not None:
            found.setdefault(path, []).append((leaf_value(value), places))
    return found


def leaf_value(value: Any) -> Value:
    """Returns a scalar of JSON in the form in which two equal values of JSON are equal."""
    if isinstance(value, str):
        return value
    if value is None:
        return Literal.NULL
    if isinstance(value, bool):
        return Literal.TRUE if value else Literal.FALSE
    if isinstance(value, int) and -MAX_WHOLE <= value <= MAX_WHOLE:
        return float(value)
    return number_value(value.text if isinstance(value, NumberText) else str(value))


def number_value(text: str) -> float | NumberText:
    """Returns a number as a double, or its text if a double does not keep all of its digits.

    A number with too many digits equals only the same text, and no comparison of numbers matches it.
    """
    try:
        exact, number = Decimal(text), float(text)
    except (InvalidOperation, ValueError):
        return NumberText(text)
    if len(text) > MAX_NUMBER_CHARACTERS or not math.isfinite(number) or Decimal(repr(number)) != exact:
        return NumberText(text)
    return number
