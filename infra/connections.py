"""The Connections table: one row per open connection, under its user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.connection import CLOSE_RETRY_MS, Connection
from infra.items import from_item, to_item, to_value

COLUMNS = {
    "userId": "user_id",
    "connectionId": "connection_id",
    "connectedAt": "connected_at",
    "lastSeenAt": "last_seen_at",
    "lastActiveAt": "last_active_at",
    "tokenExpiresAt": "token_expires_at",
    "dueAt": "due_at",
    "expiresAt": "expires_at",
    "clientId": "client_id",
    "userAgent": "user_agent",
    "pingedAt": "pinged_at",
    "unansweredPings": "unanswered_pings",
    "warnedAt": "warned_at",
    "syncedAt": "synced_at",
    "closing": "closing",
}


class ConnectionStore:
    """Reads and writes the rows; `dynamodb` is a botocore DynamoDB client. Times are epoch milliseconds."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add(self, connection: Connection) -> None:
        row = {column: getattr(connection, name) for column, name in COLUMNS.items()}
        row = {column: value for column, value in row.items() if value is not None}
        self._dynamodb.put_item(TableName=self._table, Item=to_item({**row, "dueShard": connection.due_shard}))

    def remove(self, user_id: str, connection_id: str) -> None:
        """Forget a connection; that it is not there is no error, since a row may be removed from several sides."""
        self._dynamodb.delete_item(TableName=self._table, Key=_key(user_id, connection_id))

    def of_user(self, user_id: str, now: int) -> list[Connection]:
        """Every connection of a user, read consistently; rows past their TTL do not count, deleted or not."""
        return [one for one in self._query(user_id) if one.expires_at * 1000 > now]

    def touch(
        self,
        user_id: str,
        connection_id: str,
        now: int,
        *,
        active: bool,
        syncs: bool = False,
        client_id: str | None = None,
    ) -> Connection | None:
        """Record a sign of life, in the one write that a client's message costs; answers the row as it was before.

        A late message must not resurrect what was given up: a row that is gone is not brought back (None), and one
        that is closing stays as it is and is answered so (`closing` says why): nothing more may be sent to it.
        """
        changes: dict[str, Any] = {"lastSeenAt": now}
        if active:
            changes["lastActiveAt"] = now
        if syncs:
            changes["syncedAt"] = now
        if client_id is not None:
            changes["clientId"] = client_id
        row, _ = self._update(user_id, connection_id, changes)
        return None if row is None else _connection(row)

    def record_delivery(self, connection: Connection, now: int) -> None:
        """Progress was delivered: that is activity, so the connection is not idle."""
        self._update(connection.user_id, connection.connection_id, {"lastActiveAt": now})

    def begin_close(self, connection: Connection, reason: str, now: int) -> bool:
        """Mark the row `closing`, once: True for the caller who may now close. Due again should that one die."""
        changes = {"closing": reason, "dueAt": now + CLOSE_RETRY_MS}
        _, changed = self._update(connection.user_id, connection.connection_id, changes)
        return changed

    def _update(self, user_id: str, connection_id: str, changes: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
        """Change a row that exists and is not closing; answers it as it was before, if there is one, and whether."""
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id, connection_id),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression="attribute_exists(connectionId) AND attribute_not_exists(closing)",
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues={f":{name}": to_value(value) for name, value in changes.items()},
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as refused:
            row = refused.response.get("Item")
            return (from_item(row) if row else None), False
        return from_item(answer["Attributes"]), True

    def _query(self, user_id: str) -> Iterator[Connection]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                yield _connection(from_item(item))


def _key(user_id: str, connection_id: str) -> dict[str, Any]:
    return to_item({"userId": user_id, "connectionId": connection_id})


def _connection(row: dict[str, Any]) -> Connection:
    """Attributes that this release does not know stay in the table; those it does not find take their default."""
    return Connection(**{name: row[column] for column, name in COLUMNS.items() if column in row})
