import asyncio
import json
from dataclasses import replace

import aiohttp
import pytest

from local_emulator.apigateway.rules.limits import GatewayLimits
from tests.integration.local_emulator.conftest import Running, until


async def test_a_route_response_sends_the_body_verbatim(running: Running) -> None:
    connection = await running.connect()
    await connection.send_str('{"action": "echo",  "text": "é"}')

    assert (await connection.receive()).data == '{"action": "echo",  "text": "é"}'
    await connection.close()


async def test_without_a_route_response_the_result_reaches_nobody(running: Running) -> None:
    connection = await running.connect()
    await connection.send_str('{"action": "quiet"}')
    await until(lambda: len(running.of_kind("MESSAGE")) == 1)
    await connection.send_str('{"action": "echo", "n": 2}')

    assert json.loads((await connection.receive()).data)["n"] == 2
    await connection.close()


async def test_a_message_without_a_route_is_forbidden_and_the_connection_stays(running: Running) -> None:
    connection = await running.connect()
    for text in ('{"action": "nope"}', "no JSON", '{"action": "$connect"}', "[]", ""):
        await connection.send_str(text)
        frame = (await connection.receive()).data
        ids = json.loads(frame)
        assert frame == (
            f'{{"message": "Forbidden", "connectionId":"{ids["connectionId"]}", "requestId":"{ids["requestId"]}"}}'
        )
    await connection.send_str('{"action": "echo"}')
    assert (await connection.receive()).data == '{"action": "echo"}'
    await connection.close()


@pytest.mark.parametrize("wish", [{"raise": True}, {"result": None}, {"result": "text"}, {"result": {}}])
async def test_a_function_that_fails_is_told_and_the_connection_stays(
    running: Running, wish: dict[str, object]
) -> None:
    connection = await running.connect()
    await connection.send_str(json.dumps({"action": "quiet", **wish}))

    frame = json.loads((await connection.receive()).data)
    [message] = running.of_kind("MESSAGE")
    assert frame == {
        "message": "Internal server error",
        "connectionId": message["requestContext"]["connectionId"],
        "requestId": message["requestContext"]["requestId"],
    }
    await connection.send_str('{"action": "echo"}')
    assert (await connection.receive()).data == '{"action": "echo"}'
    await connection.close()


async def test_an_integration_that_takes_too_long_times_out(running: Running) -> None:
    connection = await running.connect()
    await connection.send_str('{"action": "slow"}')

    assert json.loads((await connection.receive()).data)["message"] == "Endpoint request timed out"
    await connection.close()


async def test_messages_of_one_connection_run_side_by_side(running: Running) -> None:
    connection = await running.connect()
    await connection.send_str('{"action": "slow"}')
    await connection.send_str('{"action": "echo"}')

    assert (await connection.receive()).data == '{"action": "echo"}'
    await connection.close()


@pytest.mark.parametrize(
    ("code", "reason", "told"),
    [
        (1000, b"done", (1000, "done")),
        (4000, b"", (4000, "")),
        (1001, b"", (1001, "")),
    ],
)
async def test_disconnect_tells_the_clients_own_code_and_reason(
    running: Running, code: int, reason: bytes, told: tuple[int, str]
) -> None:
    connection = await running.connect()
    await connection.close(code=code, message=reason)

    assert await _disconnected(running) == told


async def test_a_close_frame_without_a_status_is_1005(running: Running) -> None:
    connection = await running.connect()
    await connection._writer.send_frame(b"", aiohttp.WSMsgType.CLOSE)
    await connection.receive()

    assert await _disconnected(running) == (1005, "Client-side close frame status not set")


async def test_a_lost_tcp_connection_is_1006(running: Running) -> None:
    connection = await running.connect()
    assert connection._response.connection and connection._response.connection.transport
    connection._response.connection.transport.abort()

    assert await _disconnected(running) == (1006, "")
    await connection.close()


async def test_deleting_closes_with_1000_and_aws_own_words(running: Running) -> None:
    connection = await running.connect()
    management = running.management()
    await asyncio.to_thread(management.delete_connection, ConnectionId=running.connection_id)

    closed = await connection.receive()
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1000)
    assert await _disconnected(running) == (1000, "Connection Closed Normally")


async def test_disconnect_has_four_headers_no_query_and_no_body(running: Running) -> None:
    connection = await running.connect("/dev?authorizer=Allow")
    await connection.close()
    await _disconnected(running)

    [event] = running.of_kind("DISCONNECT")
    host = event["requestContext"]["domainName"]
    assert event["headers"] == {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert event.keys() == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}


class TestTimes:
    @pytest.fixture
    def limits(self) -> GatewayLimits:
        return replace(GatewayLimits(), idle_seconds=0.4, max_age_seconds=1.2)

    async def test_an_idle_connection_is_closed_with_1001(self, running: Running) -> None:
        connection = await running.connect()

        closed = await connection.receive(timeout=5)
        assert (closed.type, closed.data, closed.extra) == (aiohttp.WSMsgType.CLOSE, 1001, "Going away")
        assert await _disconnected(running) == (1001, "Going away")

    async def test_activity_postpones_the_idle_close_but_not_that_of_age(self, running: Running) -> None:
        connection = await running.connect()
        closed = None
        echoes = 0
        while closed is None:
            if not connection.closed:
                await connection.send_str('{"action": "echo"}')
            message = await connection.receive(timeout=5)
            if message.type is aiohttp.WSMsgType.TEXT:
                echoes += 1
                await asyncio.sleep(0.2)
            else:
                closed = message
        assert echoes >= 3
        assert closed.data == 1001
        await connection.close()


async def _disconnected(running: Running) -> tuple[int, str]:
    await until(lambda: bool(running.of_kind("DISCONNECT")))
    [event] = running.of_kind("DISCONNECT")
    return event["requestContext"]["disconnectStatusCode"], event["requestContext"]["disconnectReason"]
