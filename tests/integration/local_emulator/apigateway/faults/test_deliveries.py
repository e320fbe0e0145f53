import asyncio
from collections.abc import AsyncIterator
from random import Random

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.faults.deliveries import reordered
from tests.integration.local_emulator.conftest import Running
from tests.integration.local_emulator.faulty import found, strikes, switch_on


@pytest.fixture
async def connection(running: Running) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    opened = await running.connect()
    yield opened
    await opened.close()


async def _post(running: Running, *texts: str) -> None:
    management = running.management()
    for text in texts:
        await asyncio.to_thread(management.post_to_connection, ConnectionId=running.connection_id, Data=text.encode())


async def _received(connection: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
    return [await connection.receive_str(timeout=5) for _ in range(count)]


@given(st.integers(0, 64), st.integers())
def test_another_order_has_the_same_members_and_is_another(size: int, seed: int) -> None:
    order = reordered(size, Random(seed))
    assert sorted(order) == list(range(size))
    assert size < 2 or order != list(range(size))


async def test_a_late_message_is_answered_for_at_once_and_overtaken(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    await switch_on(running, "late-delivery", delayMs=500, times=1)
    await _post(running, "late", "swift")
    assert await _received(connection, 2) == ["swift", "late"]


async def test_messages_that_are_all_as_late_keep_their_order(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    fault = await switch_on(running, "late-delivery", {"connection": running.connection_id}, delayMs=100)
    await _post(running, "1", "2", "3")
    assert await _received(connection, 3) == ["1", "2", "3"]
    assert await strikes(running, fault) == 3


async def test_the_gateways_own_frames_are_late_too(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    await switch_on(running, "late-delivery", delayMs=300, times=1)
    await connection.send_str('{"action": "echo", "n": 1}')
    await asyncio.sleep(0.1)
    await connection.send_str('{"action": "echo", "n": 2}')
    assert await _received(connection, 2) == ['{"action": "echo", "n": 2}', '{"action": "echo", "n": 1}']


async def test_a_late_message_for_a_client_that_has_left_is_lost(running: Running) -> None:
    connection = await running.connect()
    await switch_on(running, "late-delivery", delayMs=100)
    await _post(running, "late")
    await connection.close()
    await asyncio.sleep(0.2)
    other = await running.connect()
    await other.send_str('{"action": "echo"}')
    assert await _received(other, 1) == ['{"action": "echo"}']


async def test_messages_are_swapped_in_pairs(running: Running, connection: aiohttp.ClientWebSocketResponse) -> None:
    fault = await switch_on(running, "reordered-delivery", times=4)
    await _post(running, "1", "2", "3", "4", "5", "6")
    assert await _received(connection, 6) == ["2", "1", "4", "3", "5", "6"]
    assert (await found(running, fault))["spent"] is True


async def test_a_larger_window_is_shuffled_the_same_way_for_the_same_seed(running: Running) -> None:
    orders = []
    for _ in range(2):
        connection = await running.connect()
        await switch_on(running, "reordered-delivery", {"connection": running.connection_id}, window=5, seed=3)
        await _post(running, *"abcde")
        orders.append(await _received(connection, 5))
        await connection.close()
    assert orders[0] == orders[1] != list("abcde")
    assert sorted(orders[0]) == list("abcde")


async def test_a_window_that_does_not_fill_is_let_go_in_time(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    await switch_on(running, "reordered-delivery", window=10, holdMs=100)
    await _post(running, "1", "2")
    assert await _received(connection, 2) == ["2", "1"]
    await _post(running, "3")
    assert await _received(connection, 1) == ["3"]


async def test_a_spent_fault_holds_nothing_back(running: Running, connection: aiohttp.ClientWebSocketResponse) -> None:
    await switch_on(running, "reordered-delivery", window=10, holdMs=60_000, times=3)
    await _post(running, "1", "2", "3")
    assert sorted(await _received(connection, 3)) == ["1", "2", "3"]


async def test_two_connections_never_get_each_others_messages(running: Running) -> None:
    one = await running.connect()
    one_id = running.connection_id
    other = await running.connect()
    await switch_on(running, "reordered-delivery", holdMs=2000)
    management = running.management()
    for connection_id, text in ((one_id, "1"), (running.connection_id, "a"), (one_id, "2")):
        await asyncio.to_thread(management.post_to_connection, ConnectionId=connection_id, Data=text.encode())
    assert await _received(one, 2) == ["2", "1"]
    assert await _received(other, 1) == ["a"]
