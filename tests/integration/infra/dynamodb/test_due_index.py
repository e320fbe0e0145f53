"""The due index and the claims on it, on moto."""

import threading
import time
from dataclasses import replace

import pytest

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import Step, new_connection
from handlers import bootstrap
from infra.dynamodb.due_index import DueKey

pytestmark = pytest.mark.usefixtures("world")

NOW = int(time.time() * 1000)


def connection(connection_id: str = "A=", **fields: object) -> Connection:
    made = new_connection(
        "alice", connection_id, connected_at=NOW, token_expires_at=NOW + 3_600_000, limits=ConnectionLimits()
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def stored() -> Connection:
    [found] = bootstrap.connections().of_user("alice", NOW)
    return found


def test_keys_are_those_due_in_their_shard_longest_due_first() -> None:
    made = [connection(f"C{number}=", due_at=NOW - number) for number in range(-3, 40)]
    for one in made:
        bootstrap.connections().add(one)

    found = {shard: [key.item_id for key in bootstrap.due_index().keys(shard, NOW)] for shard in range(16)}
    due = sorted((one for one in made if one.due_at <= NOW), key=lambda one: one.due_at)
    for shard, keys in found.items():
        assert keys == [one.connection_id for one in due if one.due_shard == shard]


def test_rows_that_are_gone_are_not_read() -> None:
    bootstrap.connections().add(connection())

    keys = [DueKey(user, one, NOW) for user, one in (("alice", "A="), ("alice", "gone="), ("bob", "A="))]
    assert bootstrap.due_index().read(keys) == [connection()]


def test_a_key_that_the_index_gives_twice_is_read_once() -> None:
    """DynamoDB refuses a BatchGetItem that names a key twice."""
    bootstrap.connections().add(connection())

    assert bootstrap.due_index().read([DueKey("alice", "A=", NOW), DueKey("alice", "A=", NOW + 1)]) == [connection()]


@pytest.mark.parametrize("changed", ["due_at", "last_seen_at", "last_active_at", "token_expires_at"])
def test_a_claim_holds_only_while_the_row_is_as_it_was_read(changed: str) -> None:
    read = connection()
    now_there = replace(read, **{changed: NOW + 7})
    bootstrap.connections().add(now_there)

    assert bootstrap.due_index().claim(read, Step(NOW + 60_000, ping=True), NOW, "note1") == now_there
    assert bootstrap.due_index().claim(now_there, Step(NOW + 60_000, ping=True), NOW, "note1") is None
    assert stored().due_at == NOW + 60_000


def test_a_claim_on_a_row_that_is_gone_fails_and_brings_nothing_back() -> None:
    assert bootstrap.due_index().claim(connection(), Step(NOW + 1), NOW, "note1") == connection()
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_claim_writes_down_warnings_and_the_close() -> None:
    bootstrap.connections().add(connection(warned_at={"idle": NOW - 9}))
    step = Step(NOW + 60_000, warnings={"token_expiring": NOW + 5})

    assert bootstrap.due_index().claim(stored(), step, NOW, "note1") is None
    assert stored().warned_at == {"idle": NOW - 9, "token_expiring": NOW}
    assert bootstrap.due_index().claim(stored(), Step(NOW + 90_000, close="idle_timeout"), NOW, "note1") is None
    assert stored().closing == "idle_timeout"


def test_of_many_claims_at_once_one_holds() -> None:
    read = connection()
    bootstrap.connections().add(read)
    bootstrap.due_index()
    held: list[bool] = []
    start = threading.Barrier(8)

    def claim(number: int) -> None:
        start.wait()
        held.append(bootstrap.due_index().claim(read, Step(NOW + 60_000 + number, ping=True), NOW, "note1") is None)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held.count(True) == 1


def test_a_claim_to_ping_names_the_note_that_will_say_whether_it_was_sent() -> None:
    bootstrap.connections().add(connection())

    assert bootstrap.due_index().claim(stored(), Step(NOW + 60_000, ping=True), NOW, "note1") is None
    assert (stored().ping_begun_at, stored().ping_note) == (NOW, "note1")
    assert (stored().pinged_at, stored().unanswered_pings) == (None, 0)


def test_what_a_note_said_of_a_ping_is_written_down_with_the_next_claim() -> None:
    bootstrap.connections().add(connection(ping_begun_at=NOW + 1, ping_note="note1"))

    read = stored().with_ping_on_record()
    assert bootstrap.due_index().claim(read, Step(NOW + 60_000, ping=True), NOW + 9, "note2") is None
    assert (stored().pinged_at, stored().unanswered_pings) == (NOW + 1, 1)
    assert (stored().ping_begun_at, stored().ping_note) == (NOW + 9, "note2")


def test_what_a_client_said_when_is_not_read() -> None:
    bootstrap.connections().add(connection())
    bootstrap.connections().touch("alice", "A=", NOW + 5, active=True, malformed=True)
    assert stored().heard_at == (NOW + 5,)

    [read] = bootstrap.due_index().read([DueKey("alice", "A=", NOW)])
    assert read == replace(stored(), heard_at=(), malformed_at=())
