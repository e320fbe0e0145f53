"""Which results of a function are proxy results."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.proxy_result import KEYS, InvalidProxyResultError, read_proxy_result

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def read(result: Any, *, strict: bool = True) -> tuple[dict[str, Any], int]:
    return read_proxy_result(result, extra_keys_are_malformed=strict)


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"statusCode": 200}, 200),
        ({"statusCode": "201", "body": "x"}, 201),
        ({"statusCode": 599, "headers": {}, "multiValueHeaders": {"a": ["b"]}, "isBase64Encoded": False}, 599),
        # Go's APIGatewayProxyResponse writes every member.
        ({"statusCode": 200, "headers": None, "multiValueHeaders": None, "body": None}, 200),
    ],
)
def test_a_proxy_result_has_a_status(result: dict[str, Any], status: int) -> None:
    assert read(result) == (result, status)


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (None, "null"),
        ("text", "not a JSON object"),
        ([{"statusCode": 200}], "not a JSON object"),
        ({}, "no statusCode"),
        ({"statusCode": None}, "no statusCode"),
        ({"statusCode": True}, "statusCode true"),
        ({"statusCode": "2000"}, "statusCode 2000"),
        ({"statusCode": 99}, "statusCode 99"),
        ({"statusCode": 200.0}, "statusCode 200.0"),
        ({"statusCode": 200, "body": {"a": 1}}, "body"),
        ({"statusCode": 200, "body": 7}, "body"),
        ({"statusCode": 200, "headers": ["a"]}, "headers"),
        ({"statusCode": 200, "headers": "a: b"}, "headers"),
        ({"statusCode": 200, "multiValueHeaders": "a"}, "multiValueHeaders"),
        ({"statusCode": 200, "ConnectionId": "x", "Data": "y"}, "ConnectionId, Data"),
        ({"statusCode": 200, "statuscode": 200}, "statuscode"),
        ({"statusCode": 200, "cookies": []}, "cookies"),
    ],
)
def test_any_other_result_is_malformed_and_the_part_is_named(result: Any, named: str) -> None:
    with pytest.raises(InvalidProxyResultError, match="Malformed Lambda proxy response: ") as malformed:
        read(result)
    assert named in str(malformed.value)


def test_other_keys_can_be_allowed() -> None:
    assert read({"statusCode": 200, "more": 1}, strict=False)[1] == 200


@given(JSON)
def test_every_result_is_read_or_refused_with_one_line(result: Any) -> None:
    try:
        _, status = read(result)
    except InvalidProxyResultError as malformed:
        assert str(malformed).isprintable() and len(str(malformed)) < 2_000
    else:
        assert 100 <= status <= 599 and result.keys() <= set(KEYS)
