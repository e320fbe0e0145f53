"""An event pattern: reads its text, and says which events match. Pure.

Sources: EventBridge User Guide, eb-create-pattern and eb-create-pattern-operators; AWS's Event Ruler
(github.com/aws/event-ruler), README and behaviour.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local_emulator.event_patterns.elements import have_common_elements
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import Fields, read_pattern
from local_emulator.event_patterns.leaves import Leaves, leaves_of
from local_emulator.event_patterns.match_expressions import MATCHERS, FieldTest, field_test

OR = "$or"
MAX_ALTERNATIVES = 1_000
"""Maximum number of combinations of `$or` (EventBridge User Guide, eb-create-pattern-operators)."""
# Names that make a list of objects under $or a plain field: matchers, operators, and names kept for later matchers.
RESERVED = frozenset(
    {*MATCHERS, "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after"}
    | {"date-on-or-after", "date-before", "date-on-or-before", "in-date-range"}
    | {"ip-address-in-range", "ip-address-not-in-range"}
)

Tests = dict[str, FieldTest]


@dataclass(frozen=True, slots=True)
class EventPattern:
    """The alternatives of a pattern, of which one must match; each has its fields in the order of their paths."""

    alternatives: tuple[tuple[tuple[str, FieldTest], ...], ...]

    def matches(self, event: Any) -> bool:
        """Returns True if the event, a value of JSON, matches."""
        return self.matches_leaves(leaves_of(event))

    def matches_leaves(self, leaves: Leaves) -> bool:
        return any(_all_match(fields, leaves) for fields in self.alternatives)


def parse_pattern(pattern: str | dict[str, Any]) -> EventPattern:
    """Returns the pattern of a JSON text or object. Raises InvalidPatternError."""
    try:
        fields = read_pattern(pattern if isinstance(pattern, str) else json.dumps(pattern))
    except ValueError:
        raise InvalidPatternError("Filter is not valid JSON") from None
    if not isinstance(fields, Fields):
        raise InvalidPatternError("Filter is not an object")
    return EventPattern(tuple(tuple(sorted(tests.items())) for tests in _with_fields([{}], "", fields)))


def _with_fields(alternatives: list[Tests], path: str, fields: Fields) -> list[Tests]:
    """Adds the fields of an object below `path` to each alternative; of a repeated path, the last counts."""
    if not fields:
        raise InvalidPatternError("Empty objects are not allowed")
    for key, value in fields:
        at = f"{path}.{key}" if path else key
        if isinstance(value, Fields):
            alternatives = _with_fields(alternatives, at, value)
        elif key == OR and is_or(value):
            alternatives = _with_branches(alternatives, path, value)
        elif isinstance(value, list):
            test = field_test(value)
            alternatives = [tests | {at: test} for tests in alternatives]
        else:
            raise InvalidPatternError(f'"{key}" must be an object or an array')
    return alternatives


def is_or(value: Any) -> bool:
    """Returns True for two or more objects without reserved names; else `$or` is a field like others."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(one, Fields) for one in value):
        return False
    return not any(_has_reserved(branch) for branch in value)


def _has_reserved(fields: Fields) -> bool:
    return any(key in RESERVED or (isinstance(value, Fields) and _has_reserved(value)) for key, value in fields)


def _with_branches(alternatives: list[Tests], path: str, branches: list[Fields]) -> list[Tests]:
    if len(alternatives) * len(branches) > MAX_ALTERNATIVES:
        raise InvalidPatternError(f"Rule is too complex: $or has more than {MAX_ALTERNATIVES} combinations")
    return [tests for branch in branches for tests in _with_fields(alternatives, path, branch)]


def _all_match(fields: tuple[tuple[str, FieldTest], ...], leaves: Leaves) -> bool:
    """Looks at each field by itself first: most patterns fail there, and most events have no lists."""
    in_lists = False
    for path, test in fields:
        found = leaves.get(path)
        if found is None:
            if not test.absent:
                return False
            continue
        if len(found) > 1 or found[0][1]:
            in_lists = True
            if not test.absent and not any(test.accepts(value) for value, _ in found):
                return False
        elif not test.accepts(found[0][0]):
            return False
    return not in_lists or have_common_elements(fields, leaves)
