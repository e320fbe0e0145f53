"""The matcher `anything-but`: every leaf but those of given values. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import Fields, NumberText
from local_emulator.event_patterns.leaves import Value
from local_emulator.event_patterns.numeric import comparable_number
from local_emulator.event_patterns.text_tests import (
    Test,
    equals_ignore_case_test,
    prefix_test,
    suffix_test,
    wildcard_test,
)

NO_VALUES = "Inside anything but list, start|null|boolean is not supported."
MIXED = "Inside anything but list, either all values are number or string, mixed type is not supported"
NO_TEXT = "prefix/suffix match pattern must be a string"
# The tests of an object, each with AWS's reason for an operand that is no text.
TESTS: dict[str, tuple[Callable[[str], Test], str]] = {
    "equals-ignore-case": (
        equals_ignore_case_test,
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    ),
    "prefix": (prefix_test, NO_TEXT),
    "suffix": (suffix_test, NO_TEXT),
    "wildcard": (wildcard_test, "wildcard match pattern must be a string"),
}


def anything_but_test(operand: Any) -> Test:
    """Returns the test for a text, a number, a list of one kind, or an object with one matcher of texts.

    Raises InvalidPatternError.
    """
    if isinstance(operand, Fields):
        return _but_texts(operand)
    if not isinstance(operand, list | str | NumberText):
        raise InvalidPatternError("Value of anything-but must be an array or single string/number value.")
    excluded = _values(operand if isinstance(operand, list) else [operand])
    return lambda value: value not in excluded


def _values(operands: list[Any]) -> frozenset[Value]:
    if not all(isinstance(one, str | NumberText) for one in operands):
        raise InvalidPatternError(NO_VALUES)
    if len({type(one) for one in operands}) != 1:
        raise InvalidPatternError(MIXED)
    return frozenset(comparable_number(one) if isinstance(one, NumberText) else one for one in operands)


def _but_texts(operand: Fields) -> Test:
    if not operand:
        raise InvalidPatternError("Anything-But expression name not found")
    (name, texts), *more = operand
    if name not in TESTS:
        raise InvalidPatternError(f"Unsupported anything-but pattern: {name}")
    make, reason = TESTS[name]
    texts = texts if isinstance(texts, list) else [texts]
    if not all(isinstance(text, str) for text in texts):
        raise InvalidPatternError(reason)
    if name in ("prefix", "suffix") and "" in texts:
        raise InvalidPatternError("Null prefix/suffix not allowed")
    tests = tuple(make(text) for text in texts)
    if more:
        raise InvalidPatternError("Only one key allowed in match expression")
    if not tests:
        raise InvalidPatternError("Empty arrays are not allowed")
    return lambda value: not any(test(value) for test in tests)
