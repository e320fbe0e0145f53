"""The Connections table, on moto with the tables of template.yaml."""

import os
from dataclasses import replace
from typing import Any

import boto3
import pytest

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap
from infra.dynamodb.attribute_values import from_item, to_item, to_value
from infra.dynamodb.connections import ConnectionStore

pytestmark = pytest.mark.usefixtures("world")

NOW = 1_772_366_400_000


@pytest.fixture
def store() -> ConnectionStore:
    return bootstrap.connections()


def connection(user_id: str = "alice", connection_id: str = "A=", **fields: Any) -> Connection:
    made = new_connection(
        user_id,
        connection_id,
        connected_at=NOW,
        token_expires_at=NOW + 3_600_000,
        limits=ConnectionLimits(),
        user_agent="x",
    )
    return replace(made, **fields)


def row(user_id: str = "alice", connection_id: str = "A=") -> dict[str, Any] | None:
    """What stands in the table, read past the store."""
    key = to_item({"userId": user_id, "connectionId": connection_id})
    answer = boto3.client("dynamodb").get_item(TableName=os.environ["CONNECTIONS_TABLE"], Key=key)
    return from_item(answer["Item"]) if "Item" in answer else None


def set_attribute(name: str, value: Any, user_id: str = "alice", connection_id: str = "A=") -> None:
    boto3.client("dynamodb").update_item(
        TableName=os.environ["CONNECTIONS_TABLE"],
        Key=to_item({"userId": user_id, "connectionId": connection_id}),
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": to_value(value)},
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"client_id": "page-1", "user_agent": None, "pinged_at": NOW, "unanswered_pings": 1, "synced_at": NOW},
        {"warned_at": {"idle": NOW, "max_duration": NOW + 1}, "closing": "idle_timeout"},
    ],
)
def test_a_connection_comes_back_as_it_was_stored(store: ConnectionStore, fields: dict[str, Any]) -> None:
    store.add(connection(**fields))

    assert store.of_user("alice", NOW) == [connection(**fields)]


def test_a_row_has_the_attributes_of_the_design(store: ConnectionStore) -> None:
    store.add(connection())

    stored = row()
    assert stored is not None
    assert stored.keys() >= {"userId", "connectionId", "connectedAt", "lastSeenAt", "lastActiveAt", "tokenExpiresAt"}
    assert stored["dueShard"] == connection().due_shard and stored["dueAt"] == NOW + 120_000
    assert NOW // 1000 < stored["expiresAt"] < NOW  # the TTL is in seconds, all else in milliseconds


def test_users_never_see_each_others_connections(store: ConnectionStore) -> None:
    for user in ("alice", "alice2", "bob", "Alice"):
        store.add(connection(user, f"{user}="))

    assert [one.connection_id for one in store.of_user("alice", NOW)] == ["alice="]
    assert store.of_user("nobody", NOW) == []


def test_rows_past_their_ttl_do_not_count_although_dynamodb_has_not_deleted_them(store: ConnectionStore) -> None:
    store.add(connection())
    expires_at = connection().expires_at * 1000

    assert store.of_user("alice", expires_at - 1)
    assert store.of_user("alice", expires_at) == []
    assert row() is not None


def test_a_query_reads_on_past_the_first_megabyte(store: ConnectionStore) -> None:
    for number in range(6):
        store.add(connection(connection_id=f"C{number}="))
        set_attribute("newer", "x" * 300_000, connection_id=f"C{number}=")
    calls = counted_calls(store)

    assert len(store.of_user("alice", NOW)) == 6
    assert calls["Query"] > 1


def test_removing_twice_is_no_error(store: ConnectionStore) -> None:
    store.add(connection())

    store.remove("alice", "A=")
    store.remove("alice", "A=")

    assert row() is None


def test_a_sign_of_life_answers_the_row_as_it_was_before(store: ConnectionStore) -> None:
    store.add(connection())

    assert store.touch("alice", "A=", NOW + 5, active=False) == connection()
    assert store.of_user("alice", NOW) == [connection(last_seen_at=NOW + 5, heard_at=(NOW + 5,))]


def test_activity_sync_and_page_are_recorded_in_the_same_write(store: ConnectionStore) -> None:
    store.add(connection())
    calls = counted_calls(store)

    store.touch("alice", "A=", NOW + 5, active=True, syncs=True, client_id="page-1")

    assert calls == {"UpdateItem": 1}
    assert store.of_user("alice", NOW) == [
        connection(
            last_seen_at=NOW + 5,
            last_active_at=NOW + 5,
            synced_at=NOW + 5,
            client_id="page-1",
            heard_at=(NOW + 5,),
        )
    ]


def test_a_sign_of_life_leaves_the_due_index_alone(store: ConnectionStore) -> None:
    store.add(connection())
    before = row()

    store.touch("alice", "A=", NOW + 5, active=True)

    after = row()
    assert before is not None and after is not None
    assert [after[name] for name in ("dueAt", "dueShard", "expiresAt")] == [
        before[name] for name in ("dueAt", "dueShard", "expiresAt")
    ]


def test_a_late_sign_of_life_never_resurrects_a_connection(store: ConnectionStore) -> None:
    store.add(connection())
    store.remove("alice", "A=")

    assert store.touch("alice", "A=", NOW + 5, active=True, client_id="page-1") is None
    store.record_delivery(connection(), NOW + 5)
    assert not store.begin_close(connection(), "idle_timeout", NOW + 5)
    assert row() is None


def test_nobody_can_touch_another_users_connection(store: ConnectionStore) -> None:
    store.add(connection())

    assert store.touch("bob", "A=", NOW + 5, active=True) is None
    assert row("bob") is None
    assert store.of_user("alice", NOW) == [connection()]


def test_a_closing_row_stays_as_it_is_and_a_message_learns_that_it_is_closing(store: ConnectionStore) -> None:
    store.add(connection())
    assert store.begin_close(connection(), "idle_timeout", NOW)
    before = row()

    answer = store.touch("alice", "A=", NOW + 5, active=True, syncs=True, client_id="page-1")
    store.record_delivery(connection(), NOW + 5)

    assert answer is not None and answer.closing == "idle_timeout"
    assert row() == before


def test_only_one_closes_a_connection(store: ConnectionStore) -> None:
    store.add(connection())

    assert [store.begin_close(connection(), reason, NOW) for reason in ("replaced", "idle_timeout")] == [True, False]

    [closing] = store.of_user("alice", NOW)
    assert (closing.closing, closing.due_at) == ("replaced", NOW + 60_000)


def test_progress_delivered_is_activity_but_no_sign_of_life(store: ConnectionStore) -> None:
    store.add(connection())

    store.record_delivery(connection(), NOW + 5)

    assert store.of_user("alice", NOW) == [connection(last_active_at=NOW + 5)]


def test_attributes_of_a_newer_release_are_kept_and_not_minded(store: ConnectionStore) -> None:
    store.add(connection())
    set_attribute("newer", {"x": [1]})

    store.touch("alice", "A=", NOW + 5, active=True)
    store.begin_close(connection(), "replaced", NOW)

    stored = row()
    assert stored is not None and stored["newer"] == {"x": [1]}
    assert store.of_user("alice", NOW)


def counted_calls(store: ConnectionStore) -> dict[str, int]:
    """Counts the requests of the store's own client from now on, by operation."""
    calls: dict[str, int] = {}

    def count(model: Any, **_: Any) -> None:
        calls[model.name] = calls.get(model.name, 0) + 1

    store._dynamodb.meta.events.register("before-call.dynamodb", count)
    return calls


def test_the_last_thirty_messages_and_three_malformed_ones_are_remembered_newest_first(store: ConnectionStore) -> None:
    store.add(connection())
    calls = counted_calls(store)

    for number in range(1, 36):
        store.touch("alice", "A=", NOW + number, active=False, malformed=number % 5 == 0)

    [found] = store.of_user("alice", NOW)
    assert found.heard_at == tuple(range(NOW + 35, NOW + 5, -1))
    assert found.malformed_at == (NOW + 35, NOW + 30, NOW + 25)
    assert calls["UpdateItem"] == 35


def test_only_a_later_expiry_extends_a_connection(store: ConnectionStore) -> None:
    store.add(connection())
    before = connection().token_expires_at

    def known_before(expires_at: int) -> int | None:
        row = store.extend(connection(), expires_at)
        return None if row is None else row.token_expires_at

    assert known_before(before - 1) == before
    assert known_before(before + 1) == before
    assert known_before(before) == before + 1
    assert [one.token_expires_at for one in store.of_user("alice", NOW)] == [before + 1]
    assert store.extend(connection(connection_id="gone="), before + 1) is None


def test_nothing_extends_a_connection_that_is_closing(store: ConnectionStore) -> None:
    store.add(connection(closing="revoked"))

    known = store.extend(connection(), connection().token_expires_at + 1)

    assert known is not None and known.closing == "revoked"
    assert store.of_user("alice", NOW) == [known]


def test_a_delivery_does_not_undo_what_the_client_did_meanwhile(store: ConnectionStore) -> None:
    store.add(connection(last_active_at=NOW))

    store.record_delivery(connection(), NOW - 1)
    assert [one.last_active_at for one in store.of_user("alice", NOW)] == [NOW]
    store.record_delivery(connection(), NOW + 1)
    assert [one.last_active_at for one in store.of_user("alice", NOW)] == [NOW + 1]
