"""The orderly end of a connection: marked, told why, closed, forgotten."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from domain.connection import HANDSHAKE_MS, Connection, ConnectionLimits
from domain.deadlines import new_connection
from domain.disconnect import (
    CONNECTION_LIMIT,
    IDLE_TIMEOUT,
    MAX_DURATION,
    NO_PONG,
    REPLACED,
    REVOKED,
    TOKEN_EXPIRED,
    UNKNOWN_CONNECTION,
    Disconnect,
)
from domain.protocol import disconnect
from handlers import bootstrap
from infra.gateway.sender.retry_policy import MAX_TRIES
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

NOW = 1_772_366_400_000


@pytest.fixture
def connection() -> Connection:
    made = new_connection("alice", "A=", connected_at=NOW, token_expires_at=NOW + 3_600_000, limits=ConnectionLimits())
    bootstrap.connections().add(made)
    return made


def test_the_reason_is_the_last_message_before_the_close(management: StubManagement, connection: Connection) -> None:
    assert bootstrap.close_connection().close(connection, IDLE_TIMEOUT, NOW)

    assert management.calls == [("POST", "A=", disconnect(IDLE_TIMEOUT)), ("DELETE", "A=", None)]
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_connection_that_is_gone_is_forgotten(management: StubManagement, connection: Connection) -> None:
    management.answers["A="] = 410

    assert bootstrap.close_connection().close(connection, IDLE_TIMEOUT, NOW + HANDSHAKE_MS)
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_handshake_under_way_does_not_outlive_its_close(management: StubManagement, connection: Connection) -> None:
    """The gateway says 410 until `$connect` has answered: the row must wait for the connection that is to come."""
    management.answers["A="] = 410

    assert not bootstrap.close_connection().close(connection, REVOKED, NOW + HANDSHAKE_MS - 1)
    assert [one.closing for one in bootstrap.connections().of_user("alice", NOW)] == ["revoked"]


def test_a_close_that_failed_stays_marked_and_due_again(management: StubManagement, connection: Connection) -> None:
    management.next_answers["A="] = [200, 403]

    assert not bootstrap.close_connection().close(connection, IDLE_TIMEOUT, NOW)

    assert bootstrap.connections().of_user("alice", NOW) == [
        replace(connection, closing="idle_timeout", due_at=NOW + 60_000)
    ]


def test_what_could_not_be_told_is_left_for_a_sweep_and_not_closed_without_a_word(
    management: StubManagement, connection: Connection
) -> None:
    management.next_answers["A="] = [403]

    assert not bootstrap.close_connection().close(connection, IDLE_TIMEOUT, NOW)
    assert management.closed() == []
    assert [one.closing for one in bootstrap.connections().of_user("alice", NOW)] == ["idle_timeout"]


@pytest.mark.parametrize("why", [REVOKED, TOKEN_EXPIRED, NO_PONG], ids=lambda why: why.reason)
def test_a_client_that_does_not_read_is_closed_at_once_where_the_reason_leaves_no_choice(
    management: StubManagement, connection: Connection, why: Disconnect
) -> None:
    management.next_answers["A="] = [429] * MAX_TRIES

    assert bootstrap.close_connection().close(connection, why, NOW)
    assert management.closed() == ["A="]
    assert bootstrap.connections().of_user("alice", NOW) == []


@pytest.mark.parametrize("why", [IDLE_TIMEOUT, CONNECTION_LIMIT, REPLACED, MAX_DURATION], ids=lambda why: why.reason)
def test_a_client_that_does_not_read_is_closed_after_one_repeated_notice(
    management: StubManagement, connection: Connection, why: Disconnect
) -> None:
    management.next_answers["A="] = [403, 403]

    assert not bootstrap.close_connection().close(connection, why, NOW)
    [marked] = bootstrap.connections().of_user("alice", NOW)
    assert bootstrap.close_connection().close(marked, CONNECTION_LIMIT, NOW + 60_000)

    assert management.sent_to("A=") == [disconnect(why)] * 2
    assert management.closed() == ["A="]
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_connection_is_cut_off_only_if_the_gateway_takes_the_close(
    management: StubManagement, connection: Connection
) -> None:
    """While the account's requests are used up, it refuses a close as it refuses a post."""
    management.next_answers["A="] = [429] * MAX_TRIES
    assert bootstrap.close_connection().close_unresponsive([connection], NOW) == []
    assert bootstrap.connections().of_user("alice", NOW) == [connection]

    assert bootstrap.close_connection().close_unresponsive([connection], NOW) == [connection]
    assert management.sent_to("A=") == []
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_row_that_cannot_be_forgotten_now_does_not_undo_the_close(
    management: StubManagement, connection: Connection
) -> None:
    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.DeleteItem", _throttled)

    assert bootstrap.close_connection().close(connection, IDLE_TIMEOUT, NOW)
    assert management.closed() == ["A="]
    [row] = bootstrap.connections().of_user("alice", NOW)
    assert (row.closing, row.due_at) == ("idle_timeout", NOW + 60_000)


def test_who_closes_second_does_nothing(management: StubManagement, connection: Connection) -> None:
    management.next_answers["A="] = [200, 403]
    bootstrap.close_connection().close(connection, IDLE_TIMEOUT, NOW)
    management.calls.clear()

    assert not bootstrap.close_connection().close(connection, CONNECTION_LIMIT, NOW)
    assert management.calls == []


def test_a_connection_without_a_row_is_turned_away(management: StubManagement) -> None:
    bootstrap.close_connection().reject_unknown("B=", UNKNOWN_CONNECTION)

    assert management.calls == [("POST", "B=", disconnect(UNKNOWN_CONNECTION)), ("DELETE", "B=", None)]


def _throttled(**_: object) -> None:
    raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "DeleteItem")
