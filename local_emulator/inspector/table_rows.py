"""The rows of the template's tables: in pages, and those of a connection."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import Binary, TypeDeserializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.aws.dynamodb_faults import SPARED
from local_emulator.deployment import Deployment, Resource
from local_emulator.redaction import redacted_value

PAGE = 50
MAX_KEYS = 100  # of one BatchGetItem (DynamoDB API reference)
# A real server that is away must not keep a page waiting for long.
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}, user_agent_extra=SPARED)

# What a table that cannot be read raises.
READ_ERRORS = (BotoCoreError, ClientError)

Row = dict[str, Any]


class TableRows:
    """Reads DynamoDB as functions see it, moto's or a real server, without injected faults.

    Every method blocks, so call it in a thread. Raises READ_ERRORS.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._tables = deployment.tables
        self._region = deployment.region
        self._client: Any = None

    def tables(self) -> list[dict[str, Any]]:
        return [
            {"logicalId": name, "name": table.name, "keys": _key_names(table), "items": self._count(table)}
            for name, table in self._tables.items()
        ]

    def page(self, logical_id: str, start: str | None, partition: str = "") -> tuple[list[Row], str | None]:
        """Returns one page of rows, and the start of the next; `partition` is the value of a hash key, as text.

        Raises KeyError for an unknown table, ValueError for an invalid start.
        """
        table = self._tables[logical_id]
        asked: dict[str, Any] = {"TableName": table.name, "Limit": PAGE}
        if start:
            asked["ExclusiveStartKey"] = json.loads(base64.urlsafe_b64decode(start))
        if partition:
            asked |= _of_partition(table, partition)
        answer = self._dynamodb().query(**asked) if partition else self._dynamodb().scan(**asked)
        last = answer.get("LastEvaluatedKey")
        more = base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None
        return [plain_row(item) for item in answer["Items"]], more

    def of_connections(self, connections: Iterable[WebSocketConnection]) -> dict[str, list[Row]]:
        """Returns by connection id the rows with its key: each as {"table", "keys", "row"}."""
        found: dict[str, list[Row]] = {}
        shown = list(connections)[:MAX_KEYS]
        for logical_id, table in self._tables.items():
            keys = {one.id: key for one in shown if (key := connection_key(table, one)) is not None}
            for connection_id, row in self._get(table, keys).items():
                found.setdefault(connection_id, []).append({"table": logical_id, "keys": _all_keys(table), "row": row})
        return found

    def _get(self, table: Resource, keys: Mapping[str, Row]) -> dict[str, Row]:
        if not keys:
            return {}
        answer = self._dynamodb().batch_get_item(RequestItems={table.name: {"Keys": list(keys.values())}})
        names = _key_names(table)
        by_key = {_identity(item, names): plain_row(item) for item in answer["Responses"].get(table.name, ())}
        return {one: by_key[_identity(key, names)] for one, key in keys.items() if _identity(key, names) in by_key}

    def _count(self, table: Resource) -> int:
        """Returns the number of items; a real DynamoDB updates it every six hours."""
        return int(self._dynamodb().describe_table(TableName=table.name)["Table"]["ItemCount"])

    def _dynamodb(self) -> Any:
        if self._client is None:
            self._client = boto3.client("dynamodb", region_name=self._region, config=CLIENT_CONFIG)
        return self._client


def connection_key(table: Resource, connection: WebSocketConnection) -> Row | None:
    """Returns the key of a connection's row in a table; None if the table has keys of another kind.

    One key is named after the connection, as in `connectionId`, `connection_id` or `connection`. A second key must have
    a value from the authorizer: its context's, or the principal for a name with "user".
    """
    names, values = _key_names(table), {}
    if not any(_is_of_connection(name) for name in names):
        return None
    for name in names:
        value = connection.id if _is_of_connection(name) else _of_authorizer(name, connection.authorizer)
        if value is None or _type_of(table, name) != "S":
            return None
        values[name] = {"S": value}
    return values


def plain_row(item: Mapping[str, Any]) -> Row:
    """Returns a row as JSON: numbers as numbers, bytes in base64, sets as lists; secrets hidden."""
    row: Row = redacted_value({name: _plain(_DESERIALIZER.deserialize(value)) for name, value in item.items()})
    return row


_DESERIALIZER = TypeDeserializer()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, Binary):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, set):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _is_of_connection(name: str) -> bool:
    return name.lower().replace("_", "").replace("-", "") in ("connectionid", "connection", "id", "wsconnectionid")


def _of_authorizer(name: str, authorizer: Mapping[str, str] | None) -> str | None:
    known = authorizer or {}
    value = known.get(name, known.get("principalId") if "user" in name.lower() else None)
    return None if value is None else str(value)


def _key_names(table: Resource) -> list[str]:
    return [key["AttributeName"] for key in table.properties.get("KeySchema", ())]


def _all_keys(table: Resource) -> list[str]:
    """Returns the keys of the table and of its indexes."""
    indexes = table.properties.get("GlobalSecondaryIndexes", ())
    of_indexes = [key["AttributeName"] for index in indexes for key in index["KeySchema"]]
    return [*dict.fromkeys([*_key_names(table), *of_indexes])]


def _type_of(table: Resource, name: str) -> str | None:
    defined = table.properties.get("AttributeDefinitions", ())
    return next((one["AttributeType"] for one in defined if one["AttributeName"] == name), None)


def _of_partition(table: Resource, value: str) -> dict[str, Any]:
    name = _key_names(table)[0]
    return {
        "KeyConditionExpression": "#partition = :value",
        "ExpressionAttributeNames": {"#partition": name},
        "ExpressionAttributeValues": {":value": {_type_of(table, name) or "S": value}},
    }


def _identity(item: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(json.dumps(item.get(name), sort_keys=True, default=str) for name in names)
