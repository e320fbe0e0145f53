from pathlib import Path

import pytest

from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.apigateway.rules.events import ConnectionFacts
from local_emulator.inspector.connection_list import PAGE, connection_page
from local_emulator.template.reader import read_template
from tests.integration.local_emulator.inspector.conftest import BOARD, Inspected

NOBODY = (lambda *_: None,) * 3


@pytest.fixture
async def crowd() -> list[WebSocketConnection]:
    """10 000 connections of 2 500 users, as the gateway holds them."""
    [api] = read_template(Path(BOARD)).apis
    return [_connection(api, number) for number in range(10_000)]


def _connection(api: object, number: int) -> WebSocketConnection:
    facts = ConnectionFacts("api", "dev", "host", f"c{number:05}=", 1_000_000 + number, "127.0.0.1")
    connection = WebSocketConnection(api, facts, {"principalId": f"user{number % 2500:04}"}, *NOBODY, lambda: 0)  # type: ignore[arg-type]
    connection.last_active_at = 2_000_000 - number
    return connection


def test_ten_thousand_connections_are_shown_fifty_at_a_time_each_once(crowd: list[WebSocketConnection]) -> None:
    first, last = connection_page(crowd), connection_page(crowd, page=199)
    assert (first.open, first.found, first.users, first.pages) == (10_000, 10_000, 2500, 200)
    assert first.of_user == {f"user{number:04}": 4 for number in range(13)}
    assert len(first.connections) == len(last.connections) == PAGE

    pages = [connection_page(crowd[:1010], page=number).connections for number in range(21)]
    shown = [connection.id for page in pages for connection in page]
    assert [len(page) for page in pages] == [PAGE] * 20 + [10]
    assert len(shown) == len(set(shown)) == 1010


def test_a_page_beyond_the_last_is_the_last(crowd: list[WebSocketConnection]) -> None:
    assert connection_page(crowd, page=10**9).page == 199
    assert connection_page([], page=3).pages == 1
    assert connection_page([], page=3).connections == []


def test_one_of_many_is_found_by_id_or_user(crowd: list[WebSocketConnection]) -> None:
    assert [one.id for one in connection_page(crowd, find="C01234").connections] == ["c01234="]
    found = connection_page(crowd, find="user0007")
    assert ([one.id for one in found.connections], found.found) == (["c00007=", "c02507=", "c05007=", "c07507="], 4)
    assert connection_page(crowd, find="nobody").found == 0


def test_the_newest_or_the_longest_idle_come_first(crowd: list[WebSocketConnection]) -> None:
    assert connection_page(crowd, order="newest").connections[0].id == "c09999="
    assert connection_page(crowd, order="idle").connections[0].id == "c09999="
    assert connection_page(crowd, order="idle").connections[1].id == "c09998="
    assert connection_page(crowd, order="nonsense").connections[1].id == "c02500="


async def test_a_connection_is_shown_with_the_gateways_deadlines(inspected: Inspected) -> None:
    connection = await inspected.running.connect("/dev?user=ann")
    [shown] = (await inspected.ask("connections"))["connections"]
    assert (shown["user"], shown["api"], shown["stage"]) == ("ann", "Api", "dev")
    assert shown["idleAt"] - shown["lastActiveAt"] == 600_000
    assert shown["tooOldAt"] - shown["connectedAt"] == 7_200_000
    await connection.close()


async def test_a_message_can_be_sent_to_a_connection_and_it_can_be_closed(inspected: Inspected) -> None:
    connection = await inspected.running.connect("/dev?user=ann")
    [shown] = (await inspected.ask("connections?find=ann"))["connections"]
    path = f"connections/{shown['id'].replace('=', '%3D')}"

    await inspected.ask(f"{path}/messages", 204, "POST", data="hello")
    assert (await connection.receive(timeout=5)).data == "hello"
    assert (await inspected.ask(path))["authorizer"]["principalId"] == "ann"
    await inspected.ask(path, 204, "DELETE")
    assert (await connection.receive(timeout=5)).data == 1000
    await inspected.ask(path, 404)
    await inspected.ask(f"{path}/messages", 404, "POST", data="hello")
    await inspected.ask(path, 404, "DELETE")
    await connection.close()
