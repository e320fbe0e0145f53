"""The due indexes: find the connections and uploads that are due for a sweep. Connections are claimed, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.connection import Connection
from domain.deadlines import Step
from infra.dynamodb.attribute_values import from_item, to_item, to_value
from infra.dynamodb.batch_get import query, read_rows
from infra.dynamodb.connections import COLUMNS, connection_of, key_of
from infra.telemetry import log_failure

INDEX = "due"
# Without the times of messages: parsing thirty moments of each row would be half of the work of a read.
READ_COLUMNS = sorted(COLUMNS)


class ShardUnreadError(Exception):
    """DynamoDB refused to read one shard of the index, for example because it throttles that partition."""


class DueKey(NamedTuple):
    """An entry of an index; an entry may be older than its row. `item_id` names the connection or the upload."""

    user_id: str
    item_id: str
    due_at: int


class DueKeys:
    """Finds the due rows of a table; `sort_key` is the name of its sort key, `dynamodb` a botocore client."""

    def __init__(self, dynamodb: Any, table: str, sort_key: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._sort_key = sort_key

    def keys(self, shard: int, now: int) -> Iterator[DueKey]:
        """Yields the due entries of a shard, longest due first. The index lags, so the rows decide.

        Raises ShardUnreadError if DynamoDB refuses; other shards may still be readable.
        """
        condition, values = "dueShard = :shard AND dueAt <= :now", to_item({":shard": shard, ":now": now})
        try:
            for item in query(self._dynamodb, self._table, condition, values, IndexName=INDEX):
                yield DueKey(item["userId"]["S"], item[self._sort_key]["S"], int(item["dueAt"]["N"]))
        except self._dynamodb.exceptions.ClientError as refused:
            raise ShardUnreadError(f"shard {shard}: {refused}") from refused


class DueIndex(DueKeys):
    """Finds, reads and claims due connections. Times are epoch milliseconds."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        super().__init__(dynamodb, table, "connectionId")

    def read(self, keys: Sequence[DueKey]) -> list[Connection]:
        """Returns the rows, read consistently, without deleted ones and those that could not be read.

        The latter stay due. An index can yield a key twice while its row changes, and DynamoDB refuses a read with
        repeated keys (BatchGetItem, ValidationException). `heard_at` and `malformed_at` are left out, because no rule
        of a sweep uses them.
        """
        wanted = [key_of(*key) for key in dict.fromkeys((key.user_id, key.item_id) for key in keys)]
        found: list[Connection] = []
        try:
            for row in read_rows(self._dynamodb, self._table, wanted, columns=READ_COLUMNS):
                found.append(connection_of(from_item(row)))
        except Exception:
            log_failure("rows_not_read", rows=len(wanted), read=len(found))
        return found

    def claim(self, read: Connection, step: Step, now: int, note: str) -> Connection | None:
        """Writes the step if the row is still as read, so that only one sweep acts on it.

        `note` is the key of its ping in the log (infra/dynamodb/ping_log.py). Returns None for a successful claim, else
        the row as it is now, or `read` itself if the row is deleted.
        """
        changes = _changes(read, step, now, note)
        as_read = {"dueAt": read.due_at, "lastSeenAt": read.last_seen_at, "lastActiveAt": read.last_active_at}
        as_read["tokenExpiresAt"] = read.token_expires_at
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key_of(read.user_id, read.connection_id),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression=" AND ".join(f"{name} = :read_{name}" for name in as_read),
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues={
                    **{f":{name}": to_value(value) for name, value in changes.items()},
                    **{f":read_{name}": to_value(value) for name, value in as_read.items()},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as lost:
            row = lost.response.get("Item")
            return connection_of(from_item(row)) if row else read
        return None


def _changes(read: Connection, step: Step, now: int, note: str) -> dict[str, Any]:
    """Returns the columns that a claim writes, with the last ping of `read` if the log has it."""
    changes: dict[str, Any] = {"dueAt": step.due_at}
    if step.close:
        changes["closing"] = step.close
    if step.warnings:
        changes["warnedAt"] = read.warned_at | dict.fromkeys(step.warnings, now)
    if read.ping_begun_at is not None and read.pinged_at == read.ping_begun_at:
        changes |= {"pingedAt": read.pinged_at, "unansweredPings": read.unanswered_pings}
    if step.ping:
        changes |= {"pingBegunAt": now, "pingNote": note}
    return changes
