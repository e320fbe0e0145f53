"""Reads JSON without the loss of digits of numbers or of repeated keys. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_PLAIN_DIGITS = 15
"""A whole number with so many digits is the same as a double."""


@dataclass(frozen=True, slots=True)
class NumberText:
    """A number as it is written: a double may not keep all of its digits."""

    text: str


class Fields(tuple[tuple[str, Any], ...]):
    """The fields of an object in their order; a key may occur twice."""

    __slots__ = ()


def read_event(text: str | bytes) -> Any:
    """Returns the value of a JSON text, with long numbers as NumberText. Raises ValueError."""
    return _load(text, parse_int=_whole_number, parse_float=NumberText)


def read_pattern(text: str) -> Any:
    """Returns the value of a JSON text, with objects as Fields and numbers as NumberText. Raises ValueError."""
    return _load(text, parse_int=NumberText, parse_float=NumberText, object_pairs_hook=Fields)


def _load(text: str | bytes, **hooks: Any) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, **hooks)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _whole_number(text: str) -> int | NumberText:
    return int(text) if len(text) <= MAX_PLAIN_DIGITS else NumberText(text)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
