"""An item may have 400 KB, however it came to them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

KEY = {"id": {"S": "k"}}
PART = {"S": "x" * 100_000}


@pytest.fixture
def table(dynamodb: Any) -> Any:
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def test_an_item_that_is_too_large_is_refused(table: Any) -> None:
    with pytest.raises(ClientError, match="Item size has exceeded the maximum allowed size"):
        table.put_item(TableName="t", Item=KEY | {f"part{number}": PART for number in range(5)})


def test_an_item_that_grows_too_large_is_refused(table: Any) -> None:
    for number in range(4):
        _set(table, f"part{number}")
    with pytest.raises(ClientError, match="Item size to update has exceeded the maximum allowed size"):
        _set(table, "part4")


def test_what_was_replaced_or_removed_does_not_count(table: Any) -> None:
    for number in range(12):
        _set(table, f"part{number % 3}")
    table.update_item(TableName="t", Key=KEY, UpdateExpression="REMOVE part0, part1")
    for number in range(12):
        _set(table, f"other{number % 2}")
    assert set(table.get_item(TableName="t", Key=KEY)["Item"]) == {"id", "part2", "other0", "other1"}


def _set(dynamodb: Any, name: str) -> None:
    values = {":part": PART}
    dynamodb.update_item(
        TableName="t", Key=KEY, UpdateExpression=f"SET {name} = :part", ExpressionAttributeValues=values
    )
