"""Converts scalars as CloudFormation does."""

from __future__ import annotations

import math
from typing import Any


def as_text(value: Any) -> str | None:
    """Returns a scalar as CloudFormation writes it into a string property; None for other values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None


def as_integer(value: Any) -> int | None:
    """Returns a whole number, given as number or text; None for other values."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


def as_number(value: Any) -> float | None:
    """Returns a finite number, given as number or text; None for other values."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_flag(value: Any) -> bool | None:
    """Returns a boolean, given as boolean or as the text `true` or `false`; None for other values."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
