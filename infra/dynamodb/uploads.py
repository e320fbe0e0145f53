"""The Uploads table: the newest state of each upload, under its user."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from domain.abandonment import next_due
from domain.update import FACTS, Update
from domain.upload import UploadProgress
from domain.upload_batch import UploadBatch, conflate
from domain.wire_names import camel_case
from infra.dynamodb.attribute_values import from_item, to_item, to_value
from infra.dynamodb.batch_get import read_rows, rows_of_user

# The name of each column, and of its field.
COLUMNS = {camel_case(one.name): one.name for one in fields(UploadProgress) if one.name != "facts"}
COLUMNS |= {"object": COLUMNS.pop("objectIdentity"), "sequencer": COLUMNS.pop("objectSequencer")}
SHARD = "dueShard"
# Columns that earlier releases keep when they replace a state. They hold only with the rev of that state.
NEW_COLUMNS = frozenset({"runIds", "source", "object", "sequencer"})
NEW_REV = "newRev"
KEY = ("userId", "uploadId")
# Stored as JSON text: they are any JSON, and DynamoDB's numbers end at 9.9E+125 and 38 digits, its maps at 32 levels.
ANY_JSON = frozenset({"error", "result"})
MAX_TRIES = 10

UploadKey = tuple[str, str]


class WriteContentionError(Exception):
    """Other writers kept changing the same upload; the update was not stored and may be tried again."""


class UploadStore:
    """Reads and writes the rows; `dynamodb` is a botocore DynamoDB client.

    An upload without news for `abandon_after_ms` is due for the sweep; 0 lists none in the due index.
    """

    def __init__(self, dynamodb: Any, table: str, abandon_after_ms: int) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._abandon_after_ms = abandon_after_ms

    def of_user(self, user_id: str) -> list[UploadProgress]:
        return [_state(from_item(item)) for item in rows_of_user(self._dynamodb, self._table, user_id)]

    def read(self, keys: Iterable[UploadKey]) -> dict[UploadKey, UploadProgress]:
        """Returns the stored states of these uploads, read consistently."""
        wanted = [to_item({"userId": user, "uploadId": upload}) for user, upload in dict.fromkeys(keys)]
        states = [_state(from_item(item)) for item in read_rows(self._dynamodb, self._table, wanted)]
        return {(state.user_id, state.upload_id): state for state in states}

    def save(self, stored: UploadProgress | None, updates: Sequence[Update], now: int) -> UploadBatch:
        """Applies updates of one upload and writes the result if the row is still as read.

        `now`, in epoch milliseconds, decides which updates are too old. If another writer was faster, the updates are
        judged again by its state. Raises WriteContentionError after ten lost races.
        """
        for _ in range(MAX_TRIES):
            batch = conflate(stored, updates, now)
            if not batch.changed or batch.state is None:
                return batch
            state = replace(batch.state, due_at=next_due(stored, batch.state, self._abandon_after_ms))
            lost_to = self._write(state, stored)
            if lost_to is state:
                return replace(batch, state=state)
            stored = lost_to
        raise WriteContentionError(f"upload {updates[0].upload_id}")

    def replace(self, stored: UploadProgress, state: UploadProgress) -> bool:
        """Writes a state if the row is still as read; returns False if another writer was faster."""
        return self._write(state, stored) is state

    def _write(self, state: UploadProgress, stored: UploadProgress | None) -> UploadProgress | None:
        """Writes if the row is still as read; returns `state` itself, or the state that is there instead."""
        expression, names, values = _assignments(state)
        condition, read = _as_read(stored)
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=to_item({"userId": state.user_id, "uploadId": state.upload_id}),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values | read,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as lost:
            row = lost.response.get("Item")
            return _state(from_item(row)) if row else None
        return state


def _as_read(stored: UploadProgress | None) -> tuple[str, dict[str, Any]]:
    """Returns a condition, and its values: the row is as it was read, or there still is none.

    The server's update may have the attempt, rev and status of a client's report, so the source of a report counts.
    """
    if stored is None:
        return "attribute_not_exists(uploadId)", {}
    read = {"attempt": stored.attempt, "rev": stored.rev, "status": stored.status}
    read |= {"source": stored.source} if stored.is_clients else {}
    return " AND ".join(f"#{name} = :read_{name}" for name in read), to_item({f":read_{k}": v for k, v in read.items()})


def _assignments(state: UploadProgress) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Returns an update that sets the fields of the state and removes its others; unknown attributes stay."""
    row = {column: getattr(state, name) for column, name in COLUMNS.items() if column not in KEY}
    row = {column: value for column, value in row.items() if value not in (None, ())}
    row |= {"expiresAt": state.expires_at}
    row |= {SHARD: state.due_shard} if state.due_at is not None else {}
    row |= {NEW_REV: state.rev} if NEW_COLUMNS & row.keys() else {}
    row |= {name: json.dumps(value) if name in ANY_JSON else value for name, value in state.facts.items()}
    gone = [name for name in (*COLUMNS, *FACTS, SHARD, NEW_REV) if name not in row and name not in KEY]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in row)
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    names = {f"#{name}": name for name in [*row, *gone]}
    return expression, names, {f":{name}": to_value(value) for name, value in row.items()}


def _state(row: dict[str, Any]) -> UploadProgress:
    facts = {name: json.loads(row[name]) if name in ANY_JSON else row[name] for name in FACTS if name in row}
    row = {"receivedAt": row["updatedAt"]} | row  # an older release does not write it
    if row.get(NEW_REV, row["rev"]) != row["rev"]:  # an older release replaced the state
        row = {name: value for name, value in row.items() if name not in NEW_COLUMNS}
    known = {name: row[column] for column, name in COLUMNS.items() if column in row}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return UploadProgress(**known | lists, facts=facts)
