import asyncio

import aiohttp
import pytest

from tests.integration.local_emulator.conftest import Running, until


async def test_a_handshake_that_all_agree_to_is_upgraded_without_any_header_of_ours(running: Running) -> None:
    connection = await running.connect("/dev?subprotocol=chat", protocols=["chat", "other"])

    assert connection.protocol == "chat"
    assert "X-Secret" not in connection._response.headers and "Server" not in connection._response.headers
    assert "Sec-WebSocket-Extensions" not in connection._response.headers
    await connection.close()


async def test_no_subprotocol_is_echoed_unless_connect_returns_it(running: Running) -> None:
    connection = await running.connect(protocols=["chat"])

    assert connection.protocol is None
    assert "Sec-WebSocket-Protocol" not in connection._response.headers
    await connection.close()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("authorizer=unauthorized", 401),
        ("authorizer=Deny", 403),
        ("authorizer=broken", 500),
        ("authorizer=nonsense", 500),
        ("connect=raise", 502),
        ("connect=none", 502),
        ("status=301", 301),
        ("status=400", 400),
        ("status=401", 401),
        ("status=501", 501),
    ],
)
async def test_a_refused_handshake_has_the_status_of_the_gateway(running: Running, query: str, status: int) -> None:
    assert await running.refused(f"/dev?{query}") == status
    assert running.of_kind("DISCONNECT") == []


@pytest.mark.parametrize("status", [200, 201, 299])
async def test_any_success_of_connect_opens_the_connection(running: Running, status: int) -> None:
    connection = await running.connect(f"/dev?status={status}")
    await connection.close()


@pytest.mark.parametrize("path", ["/prod", "/dev/hello", "/", "/dev2", "/Api", "/api/dev", "/@connections/x"])
async def test_what_is_no_stage_is_forbidden(running: Running, path: str) -> None:
    assert await running.refused(path) == 403


@pytest.mark.parametrize("path", ["/dev", "/dev/", "/Api/dev", "/Api/dev/"])
async def test_an_api_is_at_its_stage_and_under_its_logical_id(running: Running, path: str) -> None:
    connection = await running.connect(path)
    await connection.close()


async def test_a_plain_request_is_told_to_upgrade(running: Running) -> None:
    async with running.http.get(f"{running.base}/dev") as answer:
        assert answer.status == 426


async def test_the_authorizers_context_comes_with_every_event_as_strings(running: Running) -> None:
    connection = await running.connect("/dev?authorizer=Allow")
    await connection.send_str('{"action": "echo"}')
    await connection.receive()
    await connection.close()
    await until(lambda: bool(running.of_kind("DISCONNECT")))

    expected = {"principalId": "someone", "userId": "someone", "level": "7", "admin": "true"}
    [connect] = [event for event in running.of_kind("CONNECT") if event.get("type") != "REQUEST"]
    assert connect["requestContext"]["authorizer"].items() >= expected.items()
    assert isinstance(connect["requestContext"]["authorizer"]["integrationLatency"], int)
    for later in running.of_kind("MESSAGE") + running.of_kind("DISCONNECT"):
        assert later["requestContext"]["authorizer"] == expected


async def test_a_client_that_leaves_during_its_handshake_is_disconnected(running: Running) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(running.connect("/dev?connect=wait"), 0.2)

    await until(lambda: bool(running.of_kind("DISCONNECT")))
    assert running.of_kind("DISCONNECT")[0]["requestContext"]["disconnectStatusCode"] == 1006


async def test_during_connect_there_is_no_connection_to_post_to(running: Running) -> None:
    management = running.management()
    opening = asyncio.create_task(running.connect("/dev?connect=wait"))
    await until(lambda: any("type" not in event for event in running.of_kind("CONNECT")))
    connection_id = running.events[-1]["requestContext"]["connectionId"]

    with pytest.raises(management.exceptions.GoneException):
        await asyncio.to_thread(management.post_to_connection, ConnectionId=connection_id, Data=b"early")

    connection = await opening
    await asyncio.to_thread(management.post_to_connection, ConnectionId=connection_id, Data=b"now")
    assert (await connection.receive()).data == "now"
    await connection.close()


async def test_an_old_version_of_the_protocol_is_a_bad_request(running: Running) -> None:
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "8",
        "Sec-WebSocket-Key": "AAAA",
    }
    async with aiohttp.request("GET", f"{running.base}/dev", headers=headers) as answer:
        assert answer.status == 400
