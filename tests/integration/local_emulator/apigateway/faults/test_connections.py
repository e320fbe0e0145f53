import asyncio
from dataclasses import replace

import aiohttp
import pytest
from botocore.exceptions import ClientError

from local_emulator.apigateway.rules.limits import GatewayLimits
from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.faulty import clear_all, strikes, switch_on


@pytest.fixture
def limits() -> GatewayLimits:
    return replace(GatewayLimits(), close_wait_seconds=0.1)


async def _post(running: Running, connection_id: str, data: bytes = b"hi") -> int:
    answer = await asyncio.to_thread(running.management().post_to_connection, ConnectionId=connection_id, Data=data)
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


async def _answered(connection: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether the gateway still hears the client, and the client the gateway."""
    await connection.send_str('{"action": "echo"}')
    try:
        return str(await connection.receive_str(timeout=0.5)) == '{"action": "echo"}'
    except TimeoutError:
        return False


class TestLostDisconnect:
    async def test_the_function_never_hears_of_the_end_of_one_connection(self, running: Running) -> None:
        lost, told = await running.connect(), await running.connect()
        fault = await switch_on(running, "lost-disconnect", times=1)

        await lost.close()
        await until(lambda: "fault" in running.lines)
        await told.close()
        await until(lambda: bool(running.of_kind("DISCONNECT")))

        [event] = running.of_kind("DISCONNECT")
        assert event["requestContext"]["connectionId"] == running.connection_id
        assert await strikes(running, fault) == 1

    async def test_the_connection_itself_is_gone_all_the_same(self, running: Running) -> None:
        connection = await running.connect()
        await switch_on(running, "lost-disconnect", {"connection": running.connection_id})
        await connection.close()
        await until(lambda: "fault" in running.lines)

        with pytest.raises(ClientError) as gone:
            await _post(running, running.connection_id)
        assert gone.value.response["Error"]["Code"] == "GoneException"

    async def test_one_user_loses_it_and_another_does_not(self, running: Running) -> None:
        stranger = await switch_on(running, "lost-disconnect", {"user": "nobody"})
        someone = await switch_on(running, "lost-disconnect", {"user": "someone"})
        await (await running.connect()).close()
        await until(lambda: "fault" in running.lines)
        assert (await strikes(running, stranger), await strikes(running, someone)) == (0, 1)


class TestHalfOpen:
    async def test_posts_reach_nobody_and_are_answered_200(self, running: Running) -> None:
        connection = await running.connect()
        fault = await switch_on(running, "half-open", {"connection": running.connection_id})

        # The client sees its TCP connection break: 1006.
        assert (await connection.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSED
        assert connection.close_code == 1006
        for _ in range(20):
            assert await _post(running, running.connection_id, b"x" * 100_000) == 200
        assert await asyncio.to_thread(running.management().get_connection, ConnectionId=running.connection_id)
        assert running.of_kind("DISCONNECT") == []
        assert await strikes(running, fault) == 1

    async def test_a_delete_ends_it(self, running: Running) -> None:
        connection = await running.connect()
        await switch_on(running, "half-open")
        await connection.receive(timeout=5)
        management = running.management()
        await asyncio.to_thread(management.delete_connection, ConnectionId=running.connection_id)

        with pytest.raises(management.exceptions.GoneException):
            await _post(running, running.connection_id)
        await until(lambda: bool(running.of_kind("DISCONNECT")))
        [event] = running.of_kind("DISCONNECT")
        assert event["requestContext"]["disconnectStatusCode"] == 1000

    async def test_a_connection_that_opens_later_is_struck_too_and_none_once_it_is_spent(
        self, running: Running
    ) -> None:
        before = await running.connect()
        await switch_on(running, "half-open", after=1, times=1)
        struck, after = await running.connect(), await running.connect()

        assert (await struck.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSED
        assert await _answered(before) and await _answered(after)

    async def test_it_may_come_over_a_connection_after_a_while(self, running: Running) -> None:
        await switch_on(running, "half-open", delayMs=300)
        connection = await running.connect()
        assert await _answered(connection)
        assert (await connection.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSED

    async def test_another_fault_does_not_count_open_connections_again(self, running: Running) -> None:
        connection = await running.connect()
        first = await switch_on(running, "half-open", after=1)
        await switch_on(running, "half-open", {"user": "nobody"})
        assert await strikes(running, first) == 0
        assert await _answered(connection)


class TestHalfOpenAndIdle:
    @pytest.fixture
    def limits(self) -> GatewayLimits:
        return replace(GatewayLimits(), idle_seconds=0.6, close_wait_seconds=0.1)

    async def test_the_idle_limit_ends_it(self, running: Running) -> None:
        await switch_on(running, "half-open")
        await running.connect()
        await until(lambda: bool(running.of_kind("DISCONNECT")))
        [event] = running.of_kind("DISCONNECT")
        assert event["requestContext"]["disconnectReason"] == "Going away"


class TestBlackHole:
    async def test_nothing_arrives_on_either_side_and_neither_notices(self, running: Running) -> None:
        connection = await running.connect()
        await switch_on(running, "black-hole", {"user": "someone"})
        assert await _post(running, running.connection_id) == 200

        assert not await _answered(connection)
        assert (connection.closed, running.of_kind("MESSAGE"), running.of_kind("DISCONNECT")) == (False, [], [])

    async def test_the_gateway_does_not_notice_that_the_client_leaves(self, running: Running) -> None:
        connection = await running.connect()
        await switch_on(running, "black-hole")
        await connection._writer.send_frame(b"", aiohttp.WSMsgType.CLOSE)
        assert connection._response.connection and connection._response.connection.transport
        connection._response.connection.transport.abort()
        await asyncio.sleep(0.2)
        assert await _post(running, running.connection_id) == 200
        assert running.of_kind("DISCONNECT") == []

    async def test_a_delete_ends_the_clients_connection_too(self, running: Running) -> None:
        connection = await running.connect()
        await switch_on(running, "black-hole")
        await asyncio.to_thread(running.management().delete_connection, ConnectionId=running.connection_id)

        assert (await connection.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSED
        assert connection.close_code == 1006
        await until(lambda: bool(running.of_kind("DISCONNECT")))

    async def test_clearing_it_saves_those_who_come_later(self, running: Running) -> None:
        await switch_on(running, "black-hole")
        lost = await running.connect()
        assert await clear_all(running) == 1
        saved = await running.connect()
        assert await _answered(saved)
        assert not await _answered(lost)
