"""Uses moto's own objects as requests do, on a table of its own, and fails unless they do what DynamoDB does."""

from __future__ import annotations

import inspect
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoResult

REGION, ACCOUNT, NAME = "us-east-1", "000000000000", "probe"
INDEX = {
    "IndexName": "by-lane",
    "KeySchema": [{"AttributeName": "lane", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


class ProbeError(Exception):
    """moto does something else than DynamoDB."""


def probe() -> None:
    """Writes, updates, queries and deletes items. Raises ProbeError, or whatever moto fails with."""
    schema = [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("owner", "id", "lane")]
    backend = DynamoDBBackend(REGION, ACCOUNT)
    # moto makes tables so, too.
    table = Table(NAME, ACCOUNT, REGION, schema, types, global_indexes=[INDEX])  # type: ignore[abstract]
    backend.tables[NAME] = table
    first, second, other = (_item(owner, name) for owner, name in (("ann", "1"), ("ann", "2"), ("bob", "1")))
    for item in (first, second, other):
        backend.put_item(NAME, {**item, "lane": {"S": "a"}})
    _update(backend, first)
    _expect([_plain(one) for one in _query(backend, "ann")], [first, second])
    _expect([_plain(one) for one in _query(backend, None, index_name="by-lane")], [first])
    _expect(_query(backend, None, index_name="by-lane")[0].to_json()["Attributes"]["writes"], {"N": "2"})
    backend.delete_item(NAME, first)
    _expect(_query(backend, None, index_name="by-lane"), [])
    _expect(len(list(table.all_items())), 2)
    _expect([*inspect.signature(DynamoResult.execute_result).parameters], ["self", "context"])


def _item(owner: str, name: str) -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": name}}


def _update(backend: DynamoDBBackend, key: dict[str, Any]) -> None:
    backend.update_item(
        NAME,
        key,
        update_expression="SET lane = :b, writes = if_not_exists(writes, :one) + :one",
        condition_expression="lane = :a",
        expression_attribute_names={},
        expression_attribute_values={":a": {"S": "a"}, ":b": {"S": "b"}, ":one": {"N": "1"}},
    )


def _query(backend: DynamoDBBackend, owner: str | None, **more: Any) -> list[Any]:
    """The items of an owner, or those in lane b."""
    key = {"S": owner} if owner else None
    condition = ("owner", {"S": owner}) if owner else ("lane", {"S": "b"})
    start: Any = None
    found, _, _ = backend.query(NAME, key, None, [], 100, start, True, None, hash_key_conditions=[condition], **more)
    return found


def _plain(item: Any) -> dict[str, Any]:
    attributes = item.to_json()["Attributes"]
    return {name: attributes[name] for name in ("owner", "id")}


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise ProbeError(f"it answers {found}, not {expected}")
