"""The matcher `numeric`: an equal number, or a range. Pure."""

from __future__ import annotations

import math
from typing import Any

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import NumberText
from local_emulator.event_patterns.leaves import Value, number_value
from local_emulator.event_patterns.text_tests import Test

LOWER, UPPER = (">", ">="), ("<", "<=")
TOO_MANY = "Too many elements in numeric expression"


def comparable_number(number: NumberText) -> float:
    """Returns the number as a double. Raises InvalidPatternError if that would lose digits."""
    value = number_value(number.text)
    if isinstance(value, NumberText):
        raise InvalidPatternError(f"Cannot compare number : {number.text}")
    return value


def numeric_test(operand: Any) -> Test:
    """Returns the test of `[operator, number]` or `[lower operator, number, upper operator, number]`.

    Raises InvalidPatternError.
    """
    if not isinstance(operand, list):
        raise InvalidPatternError("Value of numeric must be an array.")
    if not operand or not isinstance(operand[0], str):
        raise InvalidPatternError(f"Invalid member in numeric match: {_shown(operand)}")
    operator, *rest = operand
    if operator not in ("=", *LOWER, *UPPER):
        raise InvalidPatternError(f"Unrecognized numeric range operator: {operator}")
    if not rest or not isinstance(rest[0], NumberText):
        name = "equals" if operator == "=" else operator
        raise InvalidPatternError(f"Value of {name} must be numeric")
    bound = comparable_number(rest[0])
    if operator == "=":
        _end(rest)
        return lambda value: value == bound
    if operator in UPPER:
        _end(rest)
        return _range_test(-math.inf, True, bound, operator == "<")
    if len(rest) == 1:
        return _range_test(bound, operator == ">", math.inf, True)
    top, open_top = _upper_bound(rest[1:])
    if not bound < top:
        raise InvalidPatternError("Bottom must be less than top")
    return _range_test(bound, operator == ">", top, open_top)


def _upper_bound(rest: list[Any]) -> tuple[float, bool]:
    operator = rest[0]
    if not isinstance(operator, str):
        raise InvalidPatternError(f"Bad value in numeric range: {_shown(rest)}")
    if operator not in UPPER:
        raise InvalidPatternError(f"Bad numeric range operator: {operator}")
    if len(rest) < 2 or not isinstance(rest[1], NumberText):
        raise InvalidPatternError(f"Value of {operator} must be numeric")
    if len(rest) > 2:
        raise InvalidPatternError("Too many terms in numeric range expression")
    return comparable_number(rest[1]), operator == "<"


def _end(rest: list[Any]) -> None:
    if len(rest) > 1:
        raise InvalidPatternError(TOO_MANY)


def _range_test(bottom: float, open_bottom: bool, top: float, open_top: bool) -> Test:
    def matches(value: Value) -> bool:
        if not isinstance(value, float):
            return False
        above = value > bottom if open_bottom else value >= bottom
        return above and (value < top if open_top else value <= top)

    return matches


def _shown(operand: list[Any]) -> str:
    first = operand[0] if operand else "]"
    return first.text if isinstance(first, NumberText) else str(first)
