"""The operators of mapping templates, as Velocity 1.7 computes them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from local_emulator.apigateway.mapping.budget import Budget
from local_emulator.apigateway.mapping.errors import MappingLimitError
from local_emulator.apigateway.mapping.java_text import JavaChar

MAX_BITS = 4096
"""Maximum size of a number."""


def is_text(value: Any) -> bool:
    """Returns True for a text; a character is none for Java."""
    return isinstance(value, str) and not isinstance(value, JavaChar)


def is_number(value: Any) -> bool:
    """Returns True for a number; a boolean is none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def compare(left: Any, right: Any) -> int:
    """Returns -1, 0 or 1 for two numbers; NaN equals nothing and is after all."""
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        left, right = Decimal(left), Decimal(right)
    return int(left > right) - int(left < right)


def equal(budget: Budget, left: Any, right: Any) -> bool:
    """Returns the result of Java's `equals`: of one kind, and the same content."""
    budget.spend()
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(budget, left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(equal(budget, *pair) for pair in zip(left, right, strict=True))
    if isinstance(left, str) and isinstance(right, str):
        return isinstance(left, JavaChar) == isinstance(right, JavaChar) and left == right
    return type(left) is type(right) and bool(left == right)


def same(budget: Budget, left: Any, right: Any) -> bool:
    """Returns the result of `==`: numbers by value, other things of two kinds by their texts."""
    if is_number(left) and is_number(right):
        return compare(left, right) == 0
    if left is None or right is None:
        return left is right
    if _kind(left) is _kind(right):
        return equal(budget, left, right)
    return budget.text(left) == budget.text(right)


def _kind(value: Any) -> type:
    for kind in (JavaChar, str, bool, dict, tuple):
        if isinstance(value, kind):
            return kind
    return list if isinstance(value, list) else type(value)


def ordered(operator: str, left: Any, right: Any) -> bool:
    """Returns the result of `<`, `<=`, `>`, `>=`: False unless both are numbers."""
    if not is_number(left) or not is_number(right):
        return False
    order = compare(left, right)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def computed(budget: Budget, operator: str, left: Any, right: Any) -> Any:
    """Returns the result of arithmetic, None without one; `+` also joins texts. Raises MappingLimitError."""
    if operator == "+" and (is_text(left) or is_text(right)):
        text = budget.text(left) + budget.text(right)
        budget.spend_text(len(text))
        return text
    if not is_number(left) or not is_number(right):
        return None
    if isinstance(left, float) or isinstance(right, float):
        return _of_floats(operator, float(left), float(right))
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        raise MappingLimitError("arithmetic with decimals of more than 18 characters is not supported")
    return _bounded(_of_integers(operator, left, right))


def _of_integers(operator: str, left: int, right: int) -> int | None:
    if operator in "/%":
        if right == 0:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    return {"+": left + right, "-": left - right, "*": left * right}[operator]


def _of_floats(operator: str, left: float, right: float) -> float | None:
    if operator in "/%" and right == 0:
        return None
    if operator == "%":
        return math.fmod(left, right) if math.isfinite(left) else math.nan
    try:
        return {"+": float.__add__, "-": float.__sub__, "*": float.__mul__, "/": float.__truediv__}[operator](
            left, right
        )
    except OverflowError:
        return math.inf


def _bounded(value: int | None) -> int | None:
    if value is not None and value.bit_length() > MAX_BITS:
        raise MappingLimitError("a number has too many digits")
    return value
