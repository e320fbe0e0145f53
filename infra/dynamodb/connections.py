"""The Connections table: one row per open connection, under its user. What sweeps do with it is in
infra/dynamodb/due_index.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count, takewhile
from typing import Any

from domain.connection import MAX_MALFORMED, Connection
from domain.deadlines import CLOSE_RETRY_MS
from infra.dynamodb.attribute_values import from_item, to_item, to_value

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
    "pingBegunAt": "ping_begun_at",
    "pingNote": "ping_note",
    "warnedAt": "warned_at",
    "syncedAt": "synced_at",
    "greetedAt": "greeted_at",
    "closing": "closing",
    "crowded": "crowded",
}
HEARD, MALFORMED = "heardAt", "malformedAt"


class ConnectionStore:
    """Reads and writes the rows; `dynamodb` is a botocore DynamoDB client. Times are epoch milliseconds."""

    def __init__(self, dynamodb: Any, table: str, heard: int = 30) -> None:
        """`heard` is how many of a connection's last messages are remembered, for its rate."""
        self._dynamodb = dynamodb
        self._table = table
        self._heard = heard

    def add(self, connection: Connection) -> None:
        row = {column: getattr(connection, name) for column, name in COLUMNS.items()}
        row = {column: value for column, value in row.items() if value is not None}
        self._dynamodb.put_item(TableName=self._table, Item=to_item({**row, "dueShard": connection.due_shard}))

    def remove(self, user_id: str, connection_id: str) -> bool:
        """Forget a connection; that it is not there is no error, since a row may be removed from several sides.

        Answers whether it was open until now: there, and not being closed by somebody.
        """
        key = key_of(user_id, connection_id)
        row = self._dynamodb.delete_item(TableName=self._table, Key=key, ReturnValues="ALL_OLD").get("Attributes")
        return row is not None and "closing" not in row

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
        greets: bool = False,
        malformed: bool = False,
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
        if greets:
            changes["greetedAt"] = now
        if client_id is not None:
            changes["clientId"] = client_id
        registers = {HEARD: self._heard} | ({MALFORMED: MAX_MALFORMED} if malformed else {})
        row, _ = self._update(user_id, connection_id, changes, registers)
        return None if row is None else connection_of(row)

    def schedule_trim(self, connection: Connection, due_at: int) -> None:
        """Its user is over the cap and nobody could give way yet: a sweep must look once the handshakes are over."""
        changes = {"crowded": True, "dueAt": due_at}
        self._update(connection.user_id, connection.connection_id, changes)

    def record_trimmed(self, connection: Connection) -> None:
        """Its user was kept to the cap; until that is written down, every look does it again."""
        self._update(connection.user_id, connection.connection_id, {"crowded": False})

    def extend(self, connection: Connection, token_expires_at: int) -> Connection | None:
        """A later token took over, unless the row knows of a later one already or is closing.

        Answers the row as it was before, or None if it is gone.
        """
        changes = {"tokenExpiresAt": token_expires_at}
        later = "tokenExpiresAt <= :tokenExpiresAt"
        row, _ = self._update(connection.user_id, connection.connection_id, changes, condition=later)
        return None if row is None else connection_of(row)

    def record_delivery(self, connection: Connection, now: int) -> None:
        """Progress was delivered: that is activity, so the connection is not idle. The record never goes back."""
        later = "lastActiveAt < :lastActiveAt"
        self._update(connection.user_id, connection.connection_id, {"lastActiveAt": now}, condition=later)

    def begin_close(self, connection: Connection, reason: str, now: int) -> bool:
        """Mark the row `closing`, once: True for the caller who may now close. Due again should that one die."""
        changes = {"closing": reason, "dueAt": now + CLOSE_RETRY_MS}
        _, changed = self._update(connection.user_id, connection.connection_id, changes)
        return changed

    def _update(
        self,
        user_id: str,
        connection_id: str,
        changes: dict[str, Any],
        registers: Mapping[str, int] | None = None,
        condition: str = "attribute_exists(connectionId)",
    ) -> tuple[dict[str, Any] | None, bool]:
        """Change a row that exists and is not closing; answers it as it was before, if there is one, and whether."""
        shifts, shift_names = _shifts(registers or {})
        assignments = [f"#{name} = :{name}" for name in changes] + shifts
        values = {f":{name}": to_value(value) for name, value in changes.items()}
        if shifts:
            values |= {":now": to_value(changes["lastSeenAt"]), ":never": to_value(0)}
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=key_of(user_id, connection_id),
                UpdateExpression="SET " + ", ".join(assignments),
                ConditionExpression=f"{condition} AND attribute_not_exists(closing)",
                ExpressionAttributeNames={f"#{name}": name for name in changes} | shift_names,
                ExpressionAttributeValues=values,
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
                yield connection_of(from_item(item))


def key_of(user_id: str, connection_id: str) -> dict[str, Any]:
    return to_item({"userId": user_id, "connectionId": connection_id})


def connection_of(row: dict[str, Any]) -> Connection:
    """Attributes that this release does not know stay in the table; those it does not find take their default."""
    known = {name: row[column] for column, name in COLUMNS.items() if column in row}
    return Connection(**known, heard_at=_register(row, HEARD), malformed_at=_register(row, MALFORMED))


def _shifts(registers: Mapping[str, int]) -> tuple[list[str], dict[str, str]]:
    """Remember `:now` as the newest of a register's moments, and forget the oldest.

    DynamoDB evaluates every right-hand side on the row as it was before, so a register of attributes shifts within
    the one write (Developer Guide, Expressions.UpdateExpressions).
    """
    assignments: list[str] = []
    for register, size in registers.items():
        assignments.append(f"#{register}1 = :now")
        assignments += [f"#{register}{n} = if_not_exists(#{register}{n - 1}, :never)" for n in range(2, size + 1)]
    names = {f"#{register}{n}": f"{register}{n}" for register, size in registers.items() for n in range(1, size + 1)}
    return assignments, names


def _register(row: Mapping[str, Any], register: str) -> tuple[int, ...]:
    """The moments of a register, newest first; those from before it was full are left out."""
    return tuple(takewhile(bool, (row.get(f"{register}{n}", 0) for n in count(1))))
