import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.local_emulator.conftest import Running
from tests.integration.local_emulator.faulty import clear_all, found, strikes, switch_on

# boto3's modelled exceptions of the management API; anything else is a plain ClientError.
MODELLED = {
    403: "ForbiddenException",
    410: "GoneException",
    413: "PayloadTooLargeException",
    429: "LimitExceededException",
    500: "ClientError",
}


# What each answer has of its own.
ITS_OWN = {"date", "x-amz-apigw-id", "x-amzn-requestid", "x-amzn-trace-id"}


@pytest.fixture
async def connection(running: Running) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    opened = await running.connect()
    yield opened
    await opened.close()


@pytest.fixture
def impatient(running: Running) -> Any:
    """boto3's own client, without its retries."""
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{running.base}/dev",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )


async def _post(client: Any, running: Running, text: str) -> None:
    await asyncio.to_thread(client.post_to_connection, ConnectionId=running.connection_id, Data=text.encode())


@pytest.mark.parametrize(("status", "exception"), MODELLED.items())
async def test_the_nth_post_raises_what_the_gateway_would(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any, status: int, exception: str
) -> None:
    fault = await switch_on(running, "management-error", status=status, after=1, times=1)
    await _post(impatient, running, "1")
    with pytest.raises(getattr(impatient.exceptions, exception)) as refused:
        await _post(impatient, running, "2")
    await _post(impatient, running, "3")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert [await connection.receive_str(timeout=5) for _ in range(2)] == ["1", "3"]
    assert ((await found(running, fault))["spent"], await strikes(running, fault)) == (True, 1)
    assert f"management-error  {fault} strike 1 of 1" in running.lines


async def test_a_refusal_is_the_gateways_own_to_the_byte(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    await switch_on(running, "management-error", status=410, times=1)
    with pytest.raises(ClientError) as made:
        await _post(impatient, running, "1")
    with pytest.raises(ClientError) as real:
        await asyncio.to_thread(impatient.post_to_connection, ConnectionId="PJqB0fHsqRcCHlw=", Data=b"x")

    def headers(refused: Any) -> dict[str, str]:
        told: dict[str, str] = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
        return {name: "" if name in ITS_OWN else value for name, value in told.items()}

    assert headers(made) == headers(real)
    assert made.value.response["Error"] == real.value.response["Error"]


async def test_boto3_retries_a_429_by_itself_and_nothing_is_lost(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    fault = await switch_on(running, "management-error", status=429, times=2)
    await _post(running.management(), running, "patience")
    assert await connection.receive_str(timeout=5) == "patience"
    assert await strikes(running, fault) == 2


async def test_the_caller_is_told_when_to_come_back(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    await switch_on(running, "management-error", status=429, retryAfterSeconds=3)
    with pytest.raises(impatient.exceptions.LimitExceededException) as refused:
        await _post(impatient, running, "1")
    assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "3"


async def test_a_call_may_have_been_carried_out_although_its_answer_denies_it(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    await switch_on(running, "management-error", status=500, carriedOut=True, times=1)
    with pytest.raises(ClientError):
        await _post(impatient, running, "1")
    assert await connection.receive_str(timeout=5) == "1"


async def test_only_the_operation_it_is_aimed_at_is_refused(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    await switch_on(running, "management-error", {"operation": "delete"}, status=403)
    await _post(impatient, running, "1")
    await asyncio.to_thread(impatient.get_connection, ConnectionId=running.connection_id)
    with pytest.raises(impatient.exceptions.ForbiddenException):
        await asyncio.to_thread(impatient.delete_connection, ConnectionId=running.connection_id)
    assert await connection.receive_str(timeout=5) == "1"


async def test_only_the_connection_it_is_aimed_at_is_refused(running: Running, impatient: Any) -> None:
    struck = await running.connect()
    await switch_on(running, "management-error", {"connection": running.connection_id}, status=410)
    with pytest.raises(impatient.exceptions.GoneException):
        await _post(impatient, running, "1")
    spared = await running.connect()
    await _post(impatient, running, "2")
    assert await spared.receive_str(timeout=5) == "2"
    await struck.close()


async def test_a_call_for_nobody_is_no_occasion(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    fault = await switch_on(running, "management-error", status=500)
    with pytest.raises(impatient.exceptions.GoneException):
        await asyncio.to_thread(impatient.post_to_connection, ConnectionId="PJqB0fHsqRcCHlw=", Data=b"x")
    assert (await found(running, fault))["seen"] == 0


async def test_cleared_it_refuses_no_more(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    await switch_on(running, "management-error", status=410)
    with pytest.raises(impatient.exceptions.GoneException):
        await _post(impatient, running, "1")
    await clear_all(running)
    await _post(impatient, running, "2")
    assert await connection.receive_str(timeout=5) == "2"


async def test_a_slow_post_makes_its_caller_wait_and_no_other(
    running: Running, connection: aiohttp.ClientWebSocketResponse, impatient: Any
) -> None:
    await switch_on(running, "management-latency", delayMs=600_000, times=1)
    slow = asyncio.create_task(_post(impatient, running, "slow"))
    while "fault" not in running.lines:
        await asyncio.sleep(0.01)
    await _post(impatient, running, "swift")

    assert await connection.receive_str(timeout=5) == "swift"
    assert not slow.done()
    slow.cancel()
