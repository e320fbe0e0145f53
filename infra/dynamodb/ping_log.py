"""The log of sent pings: one note for each batch of a sweep, in the Connections table beside the rows.

A ping counts as unanswered only if it is known to be sent. Writing that into each row would be half of the cost of a
ping, although most are answered. So the rows hold the key of a note, and the note holds the ids of the connections.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from domain.connection import Connection
from infra.dynamodb.attribute_values import from_item, to_item
from infra.dynamodb.batch_get import read_rows
from infra.dynamodb.connections import key_of
from infra.telemetry import log_failure

NOTES = "#pings"  # no user id contains "#" (domain/user_id.py)
KEPT_SECONDS = 3600  # it is read a minute later, or after an outage of the sweep


class LoggedPings(NamedTuple):
    """The ids of the connections whose pings were sent, by note."""

    by_note: dict[str, frozenset[str]]

    def settle(self, connection: Connection) -> Connection:
        """Returns the connection with its last ping counted, if it was sent and no sign of life followed."""
        sent = connection.connection_id in self.by_note.get(connection.ping_note or "", ())
        return connection.with_ping_on_record() if sent and connection.awaits_ping_record else connection


class PingLog:
    """Writes and reads the notes; `dynamodb` is a botocore client. Times are epoch milliseconds."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    @staticmethod
    def new_name() -> str:
        return secrets.token_hex(8)

    def write(self, note: str, connection_ids: Sequence[str], now: int) -> None:
        """Records that these were pinged; the TTL deletes the note."""
        changes = {":ids": list(connection_ids), ":expires": now // 1000 + KEPT_SECONDS}
        self._dynamodb.update_item(
            TableName=self._table,
            Key=key_of(NOTES, note),
            UpdateExpression="SET connectionIds = :ids, expiresAt = :expires",
            ExpressionAttributeValues=to_item(changes),
        )

    def about(self, connections: Iterable[Connection]) -> LoggedPings:
        """Returns the logged pings of these connections; a note that is missing or cannot be read is left out."""
        names = sorted({one.ping_note for one in connections if one.ping_note and one.awaits_ping_record})
        found: dict[str, frozenset[str]] = {}
        try:
            for row in read_rows(self._dynamodb, self._table, [key_of(NOTES, name) for name in names]):
                note = from_item(row)
                found[note["connectionId"]] = frozenset(note["connectionIds"])
        except Exception:
            log_failure("ping_notes_unread", notes=len(names))
        return LoggedPings(found)
