"""Fields have one name on the wire and in the tables."""

from __future__ import annotations

import pytest

from domain.wire_names import camel_case
from infra.dynamodb import connections, uploads


@pytest.mark.parametrize(
    ("field", "name"),
    [("closing", "closing"), ("last_seen_at", "lastSeenAt"), ("messages_per_10_seconds", "messagesPer10Seconds")],
)
def test_a_name_is_that_of_the_field_in_camel_case(field: str, name: str) -> None:
    assert camel_case(field) == name


def test_the_columns_of_stored_rows_keep_their_names() -> None:
    assert sorted(connections.COLUMNS) == [
        "clientId",
        "closing",
        "connectedAt",
        "connectionId",
        "crowded",
        "dueAt",
        "expiresAt",
        "greetedAt",
        "lastActiveAt",
        "lastSeenAt",
        "pingBegunAt",
        "pingNote",
        "pingedAt",
        "syncedAt",
        "tokenExpiresAt",
        "unansweredPings",
        "userAgent",
        "userId",
        "warnedAt",
    ]
    assert sorted(uploads.COLUMNS) == [
        "attempt",
        "attemptRev",
        "dueAt",
        "earlierEnd",
        "formerRunIds",
        "object",
        "receivedAt",
        "rev",
        "runIds",
        "sequencer",
        "source",
        "startedAt",
        "status",
        "statusRev",
        "updatedAt",
        "uploadId",
        "userId",
    ]
