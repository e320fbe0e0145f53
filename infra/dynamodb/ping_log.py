"""Which pings are on record as sent: one note for each batch of a sweep, in the Connections table beside the rows.

A ping counts as unanswered only if its post is known to be done. Writing that into each row would be half of what a
ping costs; most are answered, and then nobody asks. So the rows name the note, and the note names the connections.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.connection import Connection
from infra.dynamodb.attribute_values import from_item, to_item
from infra.dynamodb.batch_get import read_rows
from infra.dynamodb.connections import key_of
from infra.telemetry import log_failure

NOTES = "#pings"  # no user id contains "#" (domain/user_id.py)
KEPT_SECONDS = 3600  # it is read a minute later; after an outage of the sweep, as soon as that is over


@dataclass(frozen=True, slots=True)
class LoggedPings:
    """What the notes say: for each, the connections whose pings were sent."""

    by_note: dict[str, frozenset[str]]

    def settle(self, connection: Connection) -> Connection:
        """The connection with its last ping on record, if it was sent and nothing was heard since."""
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
        """These were pinged. Deleted by TTL; what is never asked for costs nothing more."""
        changes = {":ids": list(connection_ids), ":expires": now // 1000 + KEPT_SECONDS}
        self._dynamodb.update_item(
            TableName=self._table,
            Key=key_of(NOTES, note),
            UpdateExpression="SET connectionIds = :ids, expiresAt = :expires",
            ExpressionAttributeValues=to_item(changes),
        )

    def about(self, connections: Iterable[Connection]) -> LoggedPings:
        """What the notes say of these. One that is not there, or cannot be read just now, counts for nothing."""
        names = sorted({one.ping_note for one in connections if one.ping_note and one.awaits_ping_record})
        found: dict[str, frozenset[str]] = {}
        try:
            for row in read_rows(self._dynamodb, self._table, [key_of(NOTES, name) for name in names]):
                note = from_item(row)
                found[note["connectionId"]] = frozenset(note["connectionIds"])
        except Exception:
            log_failure("ping_notes_unread", notes=len(names))
        return LoggedPings(found)
