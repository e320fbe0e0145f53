"""An item that was replaced or deleted, and every copy that was read, is let go."""

from __future__ import annotations

import gc
from typing import Any

from moto.dynamodb.models.dynamo_type import Item


def test_items_that_were_read_updated_and_deleted_leave_nothing_behind(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    before = _items()
    for number in range(20):
        key = {"id": {"S": str(number)}}
        dynamodb.put_item(TableName="t", Item=key)
        more = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
        dynamodb.update_item(TableName="t", Key=key, **more)
        dynamodb.scan(TableName="t")
    assert _items() == before + 20

    for number in range(20):
        dynamodb.delete_item(TableName="t", Key={"id": {"S": str(number)}})
    assert _items() == before


def _items() -> int:
    gc.collect()
    return sum(type(one) is Item for one in gc.get_objects())
