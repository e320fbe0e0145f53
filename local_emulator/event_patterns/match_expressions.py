"""The test of one field of a pattern: plain values and match expressions. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_emulator.event_patterns.anything_but import anything_but_test
from local_emulator.event_patterns.cidr import cidr_test
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import Fields, NumberText
from local_emulator.event_patterns.leaves import Value, leaf_value
from local_emulator.event_patterns.numeric import TOO_MANY, numeric_test
from local_emulator.event_patterns.text_tests import (
    Test,
    equals_ignore_case_test,
    prefix_ignore_case_test,
    prefix_test,
    suffix_ignore_case_test,
    suffix_test,
    wildcard_test,
)

ONE_KEY = "Only one key allowed in match expression"


@dataclass(frozen=True, slots=True)
class FieldTest:
    """The values that a field may have; `absent` is True if it may also be missing."""

    values: frozenset[Value]
    tests: tuple[Test, ...] = ()
    absent: bool = False

    def accepts(self, value: Value) -> bool:
        return value in self.values or any(test(value) for test in self.tests)


def field_test(alternatives: list[Any]) -> FieldTest:
    """Returns the test of a field's list. Raises InvalidPatternError."""
    if not alternatives:
        raise InvalidPatternError("Empty arrays are not allowed")
    values: set[Value] = set()
    tests: list[Test] = []
    absent = False
    for one in alternatives:
        if isinstance(one, list):
            raise InvalidPatternError("Match value must be String, number, true, false, or null")
        if not isinstance(one, Fields):
            values |= _plain_values(one)
        elif (test := _expression(one)) is None:
            absent = True
        else:
            tests.append(test)
    return FieldTest(frozenset(values), tuple(tests), absent)


def _plain_values(value: Any) -> set[Value]:
    """A number equals others by value and by text: the only equality that too many digits leave."""
    return {leaf_value(value), value} if isinstance(value, NumberText) else {leaf_value(value)}


def _expression(fields: Fields) -> Test | None:
    """Returns the test of `{matcher: operand}`, None for `{"exists": false}`."""
    if not fields:
        raise InvalidPatternError("Match expression name not found")
    (name, operand), *more = fields
    if name not in MATCHERS:
        raise InvalidPatternError(f"Unrecognized match type {name}")
    test = MATCHERS[name](operand)
    if more:
        raise InvalidPatternError(TOO_MANY if name in ("numeric", "anything-but") else ONE_KEY)
    return test


def _of_text(name: str, make: Callable[[str], Test]) -> Callable[[Any], Test]:
    def read(operand: Any) -> Test:
        if not isinstance(operand, str):
            raise InvalidPatternError(f"{name} match pattern must be a string")
        return make(operand)

    return read


def _of_text_or_case(name: str, make: Callable[[str], Test], ignoring_case: Callable[[str], Test]) -> Any:
    def read(operand: Any) -> Test:
        if not isinstance(operand, Fields):
            return _of_text(name, make)(operand)
        if not operand:
            raise InvalidPatternError(f"{name.capitalize()} expression name not found")
        if operand[0][0] != "equals-ignore-case":
            raise InvalidPatternError(f"Unsupported {name} pattern: {operand[0][0]}")
        if len(operand) > 1:
            raise InvalidPatternError(ONE_KEY)
        return _of_text("equals-ignore-case", ignoring_case)(operand[0][1])

    return read


def _exists(operand: Any) -> Test | None:
    if not isinstance(operand, bool):
        raise InvalidPatternError("exists match pattern must be either true or false.")
    return (lambda value: True) if operand else None


MATCHERS: dict[str, Callable[[Any], Test | None]] = {
    "exactly": _of_text("exact", lambda text: lambda value: value == text),
    "prefix": _of_text_or_case("prefix", prefix_test, prefix_ignore_case_test),
    "suffix": _of_text_or_case("suffix", suffix_test, suffix_ignore_case_test),
    "equals-ignore-case": _of_text("equals-ignore-case", equals_ignore_case_test),
    "wildcard": _of_text("wildcard", wildcard_test),
    "anything-but": anything_but_test,
    "numeric": numeric_test,
    "cidr": cidr_test,
    "exists": _exists,
}
