"""Whether a ping was sent, on record for a whole batch."""

import os
import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap
from infra.dynamodb.ping_log import NOTES, PingLog

pytestmark = pytest.mark.usefixtures("world")

NOW = int(time.time() * 1000)


@pytest.fixture
def notes() -> PingLog:
    return PingLog(bootstrap._dynamodb(), os.environ["CONNECTIONS_TABLE"])


def claimed(connection_id: str, note: str, **fields: object) -> Connection:
    made = new_connection(
        "alice", connection_id, connected_at=NOW, token_expires_at=NOW + 3_600_000, limits=ConnectionLimits()
    )
    return replace(made, ping_begun_at=NOW + 1, ping_note=note, **fields)  # type: ignore[arg-type]


def test_a_ping_counts_if_its_note_says_that_it_was_sent(notes: PingLog) -> None:
    notes.write("note1", ["A=", "B="], NOW)
    notes.write("note2", ["D="], NOW)
    sent, not_sent, of_another_note = claimed("A=", "note1"), claimed("C=", "note1"), claimed("D=", "note1")
    never_written = claimed("A=", "note3")

    pinged = notes.about([sent, not_sent, of_another_note, never_written])

    assert pinged.settle(sent).unheard_pings == 1
    for one in (not_sent, of_another_note, never_written):
        assert pinged.settle(one) == one


def test_the_second_ping_in_a_row_is_the_second_that_counts(notes: PingLog) -> None:
    notes.write("note1", ["A="], NOW)
    once = claimed("A=", "note1", pinged_at=NOW, unanswered_pings=1, last_seen_at=NOW - 1)

    settled = notes.about([once]).settle(once)
    assert settled.unheard_pings == 2
    assert notes.about([settled]).settle(settled) == settled


def test_nobody_asks_for_a_note_about_a_connection_that_was_heard(notes: PingLog) -> None:
    asked: list[str] = []
    bootstrap._dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: asked.append(model.name))

    heard = claimed("A=", "note1", last_seen_at=NOW + 2)
    assert notes.about([heard]).settle(heard) == heard
    assert asked == []


def test_a_note_that_cannot_be_read_counts_for_nothing(notes: PingLog, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.write("note1", ["A="], NOW)

    def throttled(**_: object) -> None:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchGetItem")

    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.BatchGetItem", throttled)
    assert notes.about([claimed("A=", "note1")]).by_note == {}


def test_notes_are_no_users_connections_and_end_by_themselves(notes: PingLog) -> None:
    notes.write("note1", ["A="], NOW)

    row = bootstrap._dynamodb().get_item(
        TableName=os.environ["CONNECTIONS_TABLE"], Key={"userId": {"S": NOTES}, "connectionId": {"S": "note1"}}
    )["Item"]
    assert int(row["expiresAt"]["N"]) > NOW // 1000
    assert not {"dueShard", "dueAt"} & row.keys()
    assert all(list(bootstrap.due_index().keys(shard, NOW * 2)) == [] for shard in range(16))
