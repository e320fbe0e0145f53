from __future__ import annotations

import json
from typing import Any

import pytest

from local_emulator.event_patterns.filter_policy import Scope, combinations, parse_filter_policy
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import read_pattern


def _attributes(**given: tuple[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: {"Type": kind, "Value": value} for name, (kind, value) in given.items()}


@pytest.mark.parametrize(
    ("policy", "attributes", "matches"),
    [
        ({"k": ["v"]}, _attributes(k=("String", "v")), True),
        ({"k": ["v"]}, {}, False),
        ({"k": [{"exists": False}]}, {}, True),
        ({"k": [5]}, _attributes(k=("Number", "5.0")), True),
        ({"k": [{"numeric": [">", 5]}]}, _attributes(k=("Number", 6)), True),
        ({"k": ["5"]}, _attributes(k=("Number", "5")), False),
        ({"k": ["b"]}, _attributes(k=("String.Array", '["a", "b"]')), True),
        ({"k": [{"prefix": "b"}]}, _attributes(k=("String.Array", '["a", "bc"]')), True),
        ({"k": [{"anything-but": ["a"]}]}, _attributes(k=("String.Array", '["a", "b"]')), True),
        ({"k": [{"anything-but": ["a", "b"]}]}, _attributes(k=("String.Array", '["a", "b"]')), False),
        ({"k": [{"exists": True}]}, _attributes(k=("Binary", b"x")), False),
        ({"$or": [{"k": ["a"]}, {"j": ["b"]}]}, _attributes(j=("String", "b")), True),
    ],
)
def test_attributes_are_matched_by_their_types(policy: object, attributes: Any, matches: bool) -> None:
    assert parse_filter_policy(json.dumps(policy)).matches("body", attributes) == matches


@pytest.mark.parametrize(
    ("policy", "body", "matches"),
    [
        ({"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 3}, {"b": 2, "c": 2}]}, False),
        ({"a": {"b": [1]}}, {"a": [[{"b": 1}]]}, True),
        ({"a.b": [1]}, {"a": {"b": 1}}, True),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.9"}, True),
        ({"a": [None]}, {"a": [None]}, True),
        ({"a": [{"anything-but": ["x"]}]}, {"a": ["x", "y"]}, True),
        ({"a": [1]}, [{"a": 1}], False),
    ],
)
def test_a_body_is_matched_as_an_event_is(policy: object, body: object, matches: bool) -> None:
    assert parse_filter_policy(json.dumps(policy), "MessageBody").matches(json.dumps(body), {}) == matches


def test_a_body_that_is_no_json_does_not_match() -> None:
    assert not parse_filter_policy('{"a":[{"exists":false}]}', "MessageBody").matches("text", {})


@pytest.mark.parametrize(
    ("policy", "scope", "reason"),
    [
        ({"a": {"b": [1]}}, "MessageAttributes", "does not support nested filter policy"),
        ({"$or": [{"a": {"b": [1]}}, {"c": [1]}]}, "MessageAttributes", "does not support nested filter policy"),
        ({f"k{n}": [1] for n in range(6)}, "MessageAttributes", "more than 5 keys"),
        ({"k": list(range(151))}, "MessageAttributes", "too complex"),
        ({"$or": [{"a": list(range(80))}, {"b": list(range(80))}]}, "MessageBody", "too complex"),
        ({"k": [{"anything-but": {"suffix": "x"}}]}, "MessageAttributes", "Unsupported anything-but pattern: suffix"),
        ({"k": [{"anything-but": {"exists": True}}]}, "MessageAttributes", "Unsupported anything-but pattern: exists"),
        ({"k": [{"numeric": ["=", 1e10]}]}, "MessageAttributes", "between -1e9 and 1e9"),
        ({"k": [1.123456]}, "MessageAttributes", "between -1e9 and 1e9"),
        ({"k": []}, "MessageBody", "Empty arrays are not allowed"),
        ({"k": [{"contains": "x"}]}, "MessageBody", "Unrecognized match type contains"),
        ([], "MessageBody", "Filter is not an object"),
    ],
)
def test_a_policy_that_sns_refuses_is_refused(policy: object, scope: Scope, reason: str) -> None:
    with pytest.raises(InvalidPatternError, match=reason):
        parse_filter_policy(json.dumps(policy), scope)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"a": [1, 2], "b": [1, 2, 3]}, 6),
        ({"a": {"b": [1, 2], "c": [1]}}, 2 * 2 * 2),
        ({"a": {"b": {"c": [1, 2]}}, "d": [1]}, 2 * 3),
        ({"a": [1, 2], "$or": [{"b": [1]}, {"c": [1, 2], "d": [1, 2]}]}, 2 * (1 + 4)),
    ],
)
def test_combinations_are_counted_with_depth_and_branches(policy: object, expected: int) -> None:
    assert combinations(read_pattern(json.dumps(policy))) == expected
