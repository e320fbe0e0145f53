"""The orderly end of a connection: marked, told why, closed, forgotten."""

from dataclasses import replace

import pytest

from domain.connection import Connection, Limits, new_connection
from domain.protocol import CONNECTION_LIMIT, IDLE_TIMEOUT, UNKNOWN_CONNECTION, disconnect
from infra import bootstrap
from tests.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

NOW = 1_772_366_400_000


@pytest.fixture
def connection() -> Connection:
    made = new_connection("alice", "A=", connected_at=NOW, token_expires_at=NOW + 3_600_000, limits=Limits())
    bootstrap.connections().add(made)
    return made


def test_the_reason_is_the_last_message_before_the_close(management: StubManagement, connection: Connection) -> None:
    assert bootstrap.closing().close(connection, IDLE_TIMEOUT, NOW)

    assert management.calls == [("POST", "A=", disconnect(IDLE_TIMEOUT)), ("DELETE", "A=", None)]
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_connection_that_is_gone_is_forgotten(management: StubManagement, connection: Connection) -> None:
    management.answers["A="] = 410

    assert bootstrap.closing().close(connection, IDLE_TIMEOUT, NOW)
    assert bootstrap.connections().of_user("alice", NOW) == []


def test_a_close_that_failed_stays_marked_and_due_again(management: StubManagement, connection: Connection) -> None:
    management.next_answers["A="] = [200, 403]

    assert not bootstrap.closing().close(connection, IDLE_TIMEOUT, NOW)

    assert bootstrap.connections().of_user("alice", NOW) == [
        replace(connection, closing="idle_timeout", due_at=NOW + 60_000)
    ]


def test_a_reason_that_could_not_be_told_does_not_keep_the_connection_open(
    management: StubManagement, connection: Connection
) -> None:
    management.next_answers["A="] = [403]

    assert bootstrap.closing().close(connection, IDLE_TIMEOUT, NOW)
    assert management.closed() == ["A="]


def test_who_closes_second_does_nothing(management: StubManagement, connection: Connection) -> None:
    management.next_answers["A="] = [200, 403]
    bootstrap.closing().close(connection, IDLE_TIMEOUT, NOW)
    management.calls.clear()

    assert not bootstrap.closing().close(connection, CONNECTION_LIMIT, NOW)
    assert management.calls == []


def test_a_connection_without_a_row_is_turned_away(management: StubManagement) -> None:
    assert bootstrap.closing().turn_away("B=", UNKNOWN_CONNECTION)

    assert management.calls == [("POST", "B=", disconnect(UNKNOWN_CONNECTION)), ("DELETE", "B=", None)]
