"""Faults strike functions that run in processes of their own as they strike those in threads."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.local_emulator.emulating import Emulated, emulating, write, write_template
from tests.integration.local_emulator.faulty import strikes, switch_on

COUNTING = """
    import os

    import boto3

    CALLS = []

    def count(event, context):
        CALLS.append(event)
        return {"calls": len(CALLS), "process": os.getpid()}

    def store(event, context):
        boto3.client("dynamodb").put_item(TableName="words", Item={"id": {"S": "1"}})
        return "stored"
"""
TABLE = """\
  Words:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: words
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
"""


@pytest.fixture
async def isolated(tmp_path: Path) -> AsyncIterator[Emulated]:
    write(tmp_path, app=COUNTING)
    functions = {"Count": "CodeUri: ., Handler: app.count", "Store": "CodeUri: ., Handler: app.store, Timeout: 20"}
    template = write_template(tmp_path, **functions)
    template.write_text(template.read_text() + TABLE)
    async with emulating(template) as emulated:
        yield emulated


async def test_a_cold_start_with_reload_is_a_new_process(isolated: Emulated) -> None:
    await switch_on(isolated, "cold-start", {"function": "Count"}, delayMs=0, after=1, every=2, reload=True)
    answers = [await isolated.invoke("Count") for _ in range(5)]

    assert [one["calls"] for one in answers] == [1, 1, 2, 1, 2]
    assert len({one["process"] for one in answers}) == 3


async def test_a_function_fails_and_the_next_call_finds_its_process_unharmed(isolated: Emulated) -> None:
    await switch_on(isolated, "function-error", {"function": "Count"}, errorType="MemoryError", after=1, times=1)
    answers = [await isolated.invoke("Count") for _ in range(3)]
    assert (answers[0]["calls"], answers[1]["errorType"], answers[2]["calls"]) == (1, "MemoryError", 2)


async def test_a_throttled_database_is_retried_by_the_functions_own_client(isolated: Emulated) -> None:
    fault = await switch_on(isolated, "dynamodb-throttled", {"table": "Words", "operation": "PutItem"}, times=1)
    assert await isolated.invoke("Store") == "stored"
    assert await strikes(isolated, fault) == 1
