"""DynamoDB under faults, for every client of the AWS port."""

import asyncio
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.faulty import clear_all, strikes, switch_on

ITEM = {"id": {"S": "1"}}


def _client(running: Running, attempts: int) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return boto3.client(
        "dynamodb",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=config,
        endpoint_url=f"http://127.0.0.1:{running.settings.aws_port}",
    )


@pytest.fixture
async def impatient(running: Running) -> Any:
    """boto3's own client, without its retries; there are two tables."""
    client = _client(running, attempts=1)
    for name in ("one", "other"):
        await asyncio.to_thread(
            client.create_table,
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
    return client


async def _put(client: Any, table: str = "one") -> None:
    await asyncio.to_thread(client.put_item, TableName=table, Item=ITEM)


async def _count(client: Any, table: str = "one") -> int:
    return int((await asyncio.to_thread(client.scan, TableName=table))["Count"])


async def test_a_throttled_call_raises_what_dynamodb_would_and_does_nothing(running: Running, impatient: Any) -> None:
    fault = await switch_on(running, "dynamodb-throttled", {"operation": "PutItem"}, times=1)
    with pytest.raises(impatient.exceptions.ProvisionedThroughputExceededException):
        await _put(impatient)
    assert (await _count(impatient), await strikes(running, fault)) == (0, 1)
    await _put(impatient)
    assert await _count(impatient) == 1
    assert f"dynamodb-throttled  {fault} strike 1 of 1" in running.lines


async def test_botocore_retries_it_by_itself_and_nothing_is_lost(running: Running, impatient: Any) -> None:
    fault = await switch_on(running, "dynamodb-throttled", {"operation": "PutItem"}, times=2)
    await _put(_client(running, attempts=4))
    assert (await _count(impatient), await strikes(running, fault)) == (1, 2)


async def test_a_database_that_is_down_breaks_the_connection_and_does_nothing(running: Running, impatient: Any) -> None:
    await switch_on(running, "dynamodb-down", {"operation": "PutItem"}, times=2)
    with pytest.raises(ConnectionClosedError):
        await _put(impatient)
    assert await _count(impatient) == 0
    await _put(_client(running, attempts=4))
    assert await _count(impatient) == 1


async def test_only_the_table_and_the_operation_it_is_aimed_at_are_struck(running: Running, impatient: Any) -> None:
    fault = await switch_on(running, "dynamodb-throttled", {"table": "one", "operation": "PutItem"})
    await _put(impatient, "other")
    assert await _count(impatient, "one") == 0
    with pytest.raises(impatient.exceptions.ProvisionedThroughputExceededException):
        await _put(impatient, "one")
    assert await strikes(running, fault) == 1


async def test_batches_and_transactions_are_known_by_their_tables(running: Running, impatient: Any) -> None:
    await switch_on(running, "dynamodb-throttled", {"table": "other"})
    throttled = pytest.raises(impatient.exceptions.ProvisionedThroughputExceededException)
    with throttled:
        await asyncio.to_thread(impatient.batch_write_item, RequestItems={"other": [{"PutRequest": {"Item": ITEM}}]})
    with throttled:
        put = {"Put": {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/other", "Item": ITEM}}
        await asyncio.to_thread(impatient.transact_write_items, TransactItems=[put])
    await asyncio.to_thread(impatient.batch_write_item, RequestItems={"one": [{"PutRequest": {"Item": ITEM}}]})
    await clear_all(running)
    assert (await _count(impatient, "one"), await _count(impatient, "other")) == (1, 0)


async def test_a_slow_database_makes_its_caller_wait_and_nobody_else(running: Running, impatient: Any) -> None:
    await switch_on(running, "dynamodb-latency", {"table": "one"}, delayMs=400, times=1)
    slow = asyncio.create_task(_put(impatient, "one"))
    await until(lambda: "fault" in running.lines)
    await _put(impatient, "other")
    assert not slow.done()
    await slow
    assert await _count(impatient) == 1


async def test_other_services_are_untouched(running: Running) -> None:
    fault = await switch_on(running, "dynamodb-down")
    sqs = boto3.client(
        "sqs",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        endpoint_url=f"http://127.0.0.1:{running.settings.aws_port}",
    )
    assert "QueueUrl" in await asyncio.to_thread(sqs.create_queue, QueueName="q")
    assert await strikes(running, fault) == 0
