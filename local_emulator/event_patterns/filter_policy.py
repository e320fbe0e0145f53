"""The filter policies of SNS subscriptions. Pure.

Source: SNS Developer Guide, sns-message-filtering, sns-subscription-filter-policies and message-filtering-scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import Fields, NumberText, read_event, read_pattern
from local_emulator.event_patterns.pattern import EventPattern, is_or, parse_pattern

Scope = Literal["MessageAttributes", "MessageBody"]
SCOPES: tuple[Scope, ...] = ("MessageAttributes", "MessageBody")
MAX_KEYS = 5
MAX_COMBINATIONS = 150
MAX_NUMBER = 1e9
MAX_DECIMALS = 5


@dataclass(frozen=True, slots=True)
class FilterPolicy:
    """The policy of a subscription, and the part of a message that it looks at."""

    pattern: EventPattern
    scope: Scope

    def matches(self, message: str, attributes: Mapping[str, Mapping[str, Any]]) -> bool:
        """Returns True if the subscription gets the message; attributes have a Type and a Value."""
        if self.scope == "MessageAttributes":
            return self.pattern.matches(dict(_attribute_values(attributes)))
        try:
            body = read_event(message)
        except ValueError:
            return False
        return isinstance(body, dict) and self.pattern.matches(body)


def parse_filter_policy(text: str, scope: Scope = "MessageAttributes") -> FilterPolicy:
    """Returns a policy. Raises InvalidPatternError, whose reason is SNS's."""
    try:
        fields = read_pattern(text)
    except ValueError:
        raise InvalidPatternError("FilterPolicy: failed to parse JSON.") from None
    if isinstance(fields, Fields) and scope == "MessageAttributes":
        _refuse_nested(fields)
    try:
        pattern = parse_pattern(text)
    except InvalidPatternError as problem:
        raise InvalidPatternError(f"FilterPolicy: {problem.reason}") from None
    _check_operands(fields)
    if _keys(fields) > MAX_KEYS:
        raise InvalidPatternError(f"FilterPolicy: Filter policy can not have more than {MAX_KEYS} keys")
    if combinations(fields) > MAX_COMBINATIONS:
        raise InvalidPatternError("FilterPolicy: Filter policy is too complex")
    return FilterPolicy(pattern, scope)


def combinations(fields: Fields, depth: int = 1) -> int:
    """Returns the number of values that SNS counts.

    Documented: the numbers of values are multiplied, each with the depth of its key. `$or` counts the sum of its
    branches.
    """
    return prod(_counted(key, value, depth) for key, value in fields)


def _counted(key: str, value: Any, depth: int) -> int:
    if isinstance(value, Fields):
        return combinations(value, depth + 1)
    if key == "$or" and is_or(value):
        return sum(combinations(branch, depth) for branch in value)
    return len(value) * depth


def _keys(fields: Fields) -> int:
    """Documented: of nested keys, the parents alone count. Those of `$or` count in their branches."""
    return sum(sum(map(_keys, value)) if key == "$or" and is_or(value) else 1 for key, value in fields)


def _refuse_nested(fields: Fields) -> None:
    for key, value in fields:
        branches = value if key == "$or" and is_or(value) else ()
        if isinstance(value, Fields):
            raise InvalidPatternError("Filter policy scope MessageAttributes does not support nested filter policy")
        for branch in branches:
            _refuse_nested(branch)


def _check_operands(value: Any) -> None:
    """Refuses what EventBridge takes and SNS does not: `anything-but` with a suffix, and numbers beyond its range."""
    if isinstance(value, NumberText):
        _check_number(value)
    elif isinstance(value, Fields):
        for key, item in value:
            if (
                key == "anything-but"
                and isinstance(item, Fields)
                and item[0][0] not in ("prefix", "equals-ignore-case", "wildcard")
            ):
                raise InvalidPatternError(f"FilterPolicy: Unsupported anything-but pattern: {item[0][0]}")
            _check_operands(item)
    elif isinstance(value, list):
        for item in value:
            _check_operands(item)


def _check_number(number: NumberText) -> None:
    mantissa = number.text.lower().partition("e")[0]
    if abs(float(number.text)) > MAX_NUMBER or len(mantissa.partition(".")[2]) > MAX_DECIMALS:
        raise InvalidPatternError(f"FilterPolicy: Numeric values must be between -1e9 and 1e9: {number.text}")


def _attribute_values(attributes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Documented: text, number, or each element of a String.Array; a binary attribute is ignored."""
    for name, attribute in attributes.items():
        kind, value = attribute["Type"], attribute["Value"]
        if kind.startswith("String.Array"):
            yield name, _elements(value)
        elif kind.startswith("Number"):
            yield name, NumberText(str(value))
        elif kind.startswith("String"):
            yield name, value


def _elements(text: str) -> Any:
    try:
        value = read_event(text)
    except ValueError:
        return text
    return value if isinstance(value, list) else text
