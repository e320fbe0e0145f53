"""The Connections table: one row per open connection, under its user; infra/dynamodb/due_index.py is for sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import count, takewhile
from typing import Any

from domain.connection import MAX_MALFORMED, Connection
from domain.deadlines import CLOSE_RETRY_MS
from domain.wire_names import camel_case
from infra.dynamodb.attribute_values import from_item, to_item, to_value
from infra.dynamodb.batch_get import rows_of_user

# The name of each column, and of its field.
REGISTERS = ("heard_at", "malformed_at")  # each has several columns
COLUMNS = {camel_case(one.name): one.name for one in fields(Connection) if one.name not in REGISTERS}
HEARD, MALFORMED = "heardAt", "malformedAt"


class ConnectionStore:
    """Reads and writes the rows; `dynamodb` is a botocore DynamoDB client. Times are epoch milliseconds."""

    def __init__(self, dynamodb: Any, table: str, heard: int = 30) -> None:
        """Stores the times of the last `heard` messages of each connection, for its rate."""
        self._dynamodb = dynamodb
        self._table = table
        self._heard = heard

    def add(self, connection: Connection) -> None:
        row = {column: getattr(connection, name) for column, name in COLUMNS.items()}
        row = {column: value for column, value in row.items() if value is not None}
        self._dynamodb.put_item(TableName=self._table, Item=to_item({**row, "dueShard": connection.due_shard}))

    def remove(self, user_id: str, connection_id: str) -> bool:
        """Deletes a connection; a missing row is no error, since several functions may delete it.

        Returns True if it was open until now: it existed and was not closing.
        """
        key = key_of(user_id, connection_id)
        row = self._dynamodb.delete_item(TableName=self._table, Key=key, ReturnValues="ALL_OLD").get("Attributes")
        return row is not None and "closing" not in row

    def of_user(self, user_id: str, now: int) -> list[Connection]:
        """Returns every connection of a user, read consistently, without rows past their TTL."""
        rows = rows_of_user(self._dynamodb, self._table, user_id)
        return [one for one in map(connection_of, map(from_item, rows)) if one.expires_at * 1000 > now]

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
        """Records a sign of life, in one write per client message; returns the row as it was before.

        A late message never restores a deleted row (None). A row that is closing stays as it is and is returned with
        its reason in `closing`: nothing more may be sent to it.
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
        """Schedules a sweep of the user's connections: too many are open, and their handshakes are not over."""
        changes = {"crowded": True, "dueAt": due_at}
        self._update(connection.user_id, connection.connection_id, changes)

    def record_trimmed(self, connection: Connection) -> None:
        """Records that the user keeps to the limit; until then every sweep trims again."""
        self._update(connection.user_id, connection.connection_id, {"crowded": False})

    def extend(self, connection: Connection, token_expires_at: int) -> Connection | None:
        """Records the expiry of a later token, unless the row has a later one already or is closing.

        Returns the row as it was before, or None if it is deleted.
        """
        changes = {"tokenExpiresAt": token_expires_at}
        later = "tokenExpiresAt <= :tokenExpiresAt"
        row, _ = self._update(connection.user_id, connection.connection_id, changes, condition=later)
        return None if row is None else connection_of(row)

    def record_delivery(self, connection: Connection, now: int) -> None:
        """Records a delivery as activity, so that the connection is not idle. The time never decreases."""
        later = "lastActiveAt < :lastActiveAt"
        self._update(connection.user_id, connection.connection_id, {"lastActiveAt": now}, condition=later)

    def begin_close(self, connection: Connection, reason: str, now: int) -> bool:
        """Marks the row `closing`; returns True for the one caller that may close. It becomes due again."""
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
        """Changes a row that exists and is not closing; returns the former row, if any, and True if it changed."""
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


def key_of(user_id: str, connection_id: str) -> dict[str, Any]:
    """Returns the primary key of a connection's row."""
    return to_item({"userId": user_id, "connectionId": connection_id})


def connection_of(row: dict[str, Any]) -> Connection:
    """Returns the connection; unknown attributes stay in the table, missing ones get their defaults."""
    known = {name: row[column] for column, name in COLUMNS.items() if column in row}
    return Connection(**known, heard_at=_register(row, HEARD), malformed_at=_register(row, MALFORMED))


def _shifts(registers: Mapping[str, int]) -> tuple[list[str], dict[str, str]]:
    """Returns assignments that add `:now` as the newest moment of each register and drop the oldest.

    DynamoDB evaluates every right-hand side on the row as it was before (Developer Guide,
    Expressions.UpdateExpressions). So a register of attributes shifts within the one write.
    """
    assignments: list[str] = []
    for register, size in registers.items():
        assignments.append(f"#{register}1 = :now")
        assignments += [f"#{register}{n} = if_not_exists(#{register}{n - 1}, :never)" for n in range(2, size + 1)]
    names = {f"#{register}{n}": f"{register}{n}" for register, size in registers.items() for n in range(1, size + 1)}
    return assignments, names


def _register(row: Mapping[str, Any], register: str) -> tuple[int, ...]:
    """Returns the moments of a register, newest first, without its empty places."""
    return tuple(takewhile(bool, (row.get(f"{register}{n}", 0) for n in count(1))))
