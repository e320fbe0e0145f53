"""Streams of tables invoke functions: one emulator, real boto3 clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from tests.integration.local_emulator.lambda_side import SHORT, Side, client, lambda_side, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLE = """
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""


def _table(logical_id: str, view: str) -> str:
    own = f"      TableName: {logical_id.lower()}\n      StreamSpecification: {{StreamViewType: {view}}}\n"
    return f"  {logical_id}:{TABLE}{own}"


def _function(logical_id: str, handler: str, table: str, settings: str = "") -> str:
    stream = f"Stream: !GetAtt {table}.StreamArn, StartingPosition: LATEST{settings}"
    return f"""  {logical_id}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.{handler}
      Events:
        Changes: {{Type: DynamoDB, Properties: {{{stream}}}}}
"""


FILTER = """, FilterCriteria: {Filters: [{Pattern: '{"dynamodb": {"NewImage": {"v": {"N": ["5"]}}}}'}]}"""
RETRIED = ", BatchSize: 10, MaximumBatchingWindowInSeconds: 1, MaximumRetryAttempts: 1"
TO_QUEUE = ", DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}"
RESOURCES = "\n" + "".join(
    [
        "  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}\n",
        _table("Both", "NEW_AND_OLD_IMAGES"),
        _function("OnBoth", "both", "Both"),
        _table("Keys", "KEYS_ONLY"),
        _function("OnKeys", "keys", "Keys"),
        _table("Old", "OLD_IMAGE"),
        _function("OnOld", "old", "Old", FILTER.replace("NewImage", "OldImage")),
        _table("Partly", "NEW_IMAGE"),
        _function(
            "OnPartly", "partly", "Partly", f"{RETRIED}{TO_QUEUE}, FunctionResponseTypes: [ReportBatchItemFailures]"
        ),
        _table("Halved", "NEW_IMAGE"),
        _function("OnHalved", "halved", "Halved", f"{RETRIED}, BisectBatchOnFunctionError: true{TO_QUEUE}"),
        _table("Plain", "NEW_IMAGE"),
        "  Later: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.later}}\n",
    ]
)

CODE = """
def _note(name, event):
    SharedList(name).append(event["Records"])

def both(event, context):
    _note("both", event)

def keys(event, context):
    _note("keys", event)

def old(event, context):
    _note("old", event)

def later(event, context):
    _note("later", event)

def _bad(record):
    return "bad" in record["dynamodb"]["Keys"]["id"]["S"]

def partly(event, context):
    _note("partly", event)
    failures = [one["dynamodb"]["SequenceNumber"] for one in event["Records"] if _bad(one)]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failures]}

def halved(event, context):
    _note("halved", event)
    if any(map(_bad, event["Records"])):
        raise ValueError("no")
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def side(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Side]:
    limits = replace(SHORT, stream_poll_seconds=0.05)
    async with lambda_side(tmp_path_factory.mktemp("streams"), RESOURCES, CODE, limits) as running:
        yield running


async def _do(side: Side, action: str, **arguments: Any) -> Any:
    dynamodb = client("dynamodb", side.settings.aws_port)
    return await asyncio.to_thread(lambda: getattr(dynamodb, action)(**arguments))


async def _put(side: Side, table: str, name: str, **attributes: Any) -> None:
    await _do(side, "put_item", TableName=table, Item={"id": {"S": name}, **attributes})


async def _update(side: Side, table: str, name: str, expression: str = "", **values: Any) -> None:
    given = {"UpdateExpression": expression} if expression else {}
    given |= {"ExpressionAttributeValues": {f":{key}": value for key, value in values.items()}} if values else {}
    await _do(side, "update_item", TableName=table, Key={"id": {"S": name}}, **given)


def _records(side: Side, name: str) -> list[dict[str, Any]]:
    return [record for records in side.shared(name) for record in records]


def _of(records: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [record for record in records if record["dynamodb"]["Keys"]["id"]["S"].startswith(name)]


async def test_each_change_is_one_record_with_its_images(side: Side) -> None:
    await _update(side, "both", "a", "SET v = :v", v={"N": "1"})
    await _update(side, "both", "a", "ADD v :v", v={"N": "2"})
    await _do(side, "delete_item", TableName="both", Key={"id": {"S": "a"}})
    await until(lambda: len(_of(_records(side, "both"), "a")) >= 3)

    records = _of(_records(side, "both"), "a")
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    first, second, third = [record["dynamodb"] for record in records]
    assert first["NewImage"] == {"id": {"S": "a"}, "v": {"N": "1"}} and "OldImage" not in first
    assert (second["OldImage"]["v"], second["NewImage"]["v"]) == ({"N": "1"}, {"N": "3"})
    assert third["OldImage"]["v"] == {"N": "3"} and "NewImage" not in third
    assert isinstance(first["ApproximateCreationDateTime"], int)
    numbers = [int(one["SequenceNumber"]) for one in (first, second, third)]
    assert numbers == sorted({*numbers})
    assert records[0]["eventVersion"] == "1.1"
    assert records[0]["eventSourceARN"].startswith("arn:aws:dynamodb:us-east-1:123456789012:table/both/stream/")


async def test_a_write_that_changes_nothing_is_no_record(side: Side) -> None:
    item = {"n": {"N": "1"}, "s": {"SS": ["x", "y"]}, "m": {"M": {"l": {"L": [{"N": "10"}]}}}}
    same = {"n": {"N": "1.0"}, "s": {"SS": ["y", "x"]}, "m": {"M": {"l": {"L": [{"N": "1E1"}]}}}}
    await _put(side, "both", "same", **item)
    await _put(side, "both", "same", **same)
    await _update(side, "both", "same", "SET n = :n", n={"N": "1"})
    await _update(side, "both", "same", "ADD n :n", n={"N": "0"})
    await _update(side, "both", "same", "ADD s :s", s={"SS": ["x"]})
    await _update(side, "both", "same", "REMOVE absent")
    await _update(side, "both", "same")
    await _do(side, "delete_item", TableName="both", Key={"id": {"S": "never"}})
    with pytest.raises(ClientError):
        never = {"ConditionExpression": "attribute_not_exists(id)"}
        await _do(side, "put_item", TableName="both", Item={"id": {"S": "same"}}, **never)
    await _update(side, "both", "samekey")
    await _put(side, "both", "same-end")
    await until(lambda: _of(_records(side, "both"), "same-end"))

    records = _of(_records(side, "both"), "same")
    assert [(one["eventName"], one["dynamodb"]["Keys"]["id"]["S"]) for one in records] == [
        ("INSERT", "same"),
        ("INSERT", "samekey"),
        ("INSERT", "same-end"),
    ]


async def test_a_transaction_and_a_batch_are_a_record_for_each_item(side: Side) -> None:
    key = {"id": {"S": "t2"}}
    update = {"TableName": "both", "Key": key, "UpdateExpression": "SET v = :v"}
    update["ExpressionAttributeValues"] = {":v": {"N": "1"}}
    put = {"Put": {"TableName": "both", "Item": {"id": {"S": "t1"}}}}
    await _do(side, "transact_write_items", TransactItems=[put, {"Update": update}])
    requests = [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in ("t3", "t4")]
    await _do(side, "batch_write_item", RequestItems={"both": requests})
    await until(lambda: len(_of(_records(side, "both"), "t")) >= 4)

    records = _of(_records(side, "both"), "t")
    assert [(one["eventName"], one["dynamodb"]["Keys"]["id"]["S"]) for one in records] == [
        ("INSERT", name) for name in ("t1", "t2", "t3", "t4")
    ]


async def test_images_are_those_of_the_view_type(side: Side) -> None:
    for table in ("keys", "old"):
        await _put(side, table, "a", v={"N": "5"})
        await _put(side, table, "a", v={"N": "6"})
        await _put(side, table, "a", v={"N": "7"})
    await until(lambda: len(_records(side, "keys")) >= 3 and _records(side, "old"))

    assert all({"NewImage", "OldImage"}.isdisjoint(one["dynamodb"]) for one in _records(side, "keys"))
    # The filter is on the old image, which an insertion has not.
    [record] = _records(side, "old")
    assert record["dynamodb"]["OldImage"]["v"] == {"N": "5"} and "NewImage" not in record["dynamodb"]


async def test_from_the_lowest_failed_record_on_a_batch_is_tried_again(side: Side) -> None:
    for name in ("p1", "p2", "p3-bad", "p4"):
        await _put(side, "partly", name)
    body = json.loads((await side.receive("failed"))["Body"])

    seen = [[one["dynamodb"]["Keys"]["id"]["S"] for one in records] for records in side.shared("partly")]
    assert [name for records in seen[:-1] for name in records if "bad" not in name][:2] == ["p1", "p2"]
    assert seen[-1][0] == "p3-bad"
    assert seen.count(seen[-1]) <= 2
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    batch = body["DDBStreamBatchInfo"]
    assert (batch["batchSize"], batch["streamArn"].split("/")[1]) == (len(seen[-1]), "partly")
    assert "Records" not in body


async def test_a_batch_that_fails_is_halved_until_the_bad_record_is_alone(side: Side) -> None:
    for number in range(4):
        await _put(side, "halved", f"h{number}-bad" if number == 2 else f"h{number}")
    await until(lambda: "OnHalvedChanges gave up 1 records: RetryAttemptsExhausted" in side.lines)
    await _put(side, "halved", "h-end")
    await until(lambda: _of(_records(side, "halved"), "h-end"))

    done = [
        record["dynamodb"]["Keys"]["id"]["S"]
        for records in side.shared("halved")
        if not any("bad" in one["dynamodb"]["Keys"]["id"]["S"] for one in records)
        for record in records
    ]
    assert done == ["h0", "h1", "h3", "h-end"]


async def test_a_stream_can_be_switched_off_and_on(side: Side) -> None:
    off, on = {"StreamEnabled": False}, {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    before = (await _do(side, "describe_table", TableName="plain"))["Table"]["LatestStreamArn"]
    await _do(side, "update_table", TableName="plain", StreamSpecification=off)
    await _put(side, "plain", "unseen")
    after = (await _do(side, "update_table", TableName="plain", StreamSpecification=on))["TableDescription"]

    assert after["LatestStreamArn"] != before


async def test_a_call_maps_a_stream_to_a_function(side: Side) -> None:
    arn = (await _do(side, "describe_table", TableName="plain"))["Table"]["LatestStreamArn"]
    wanted = {"EventSourceArn": arn, "FunctionName": "Later", "StartingPosition": "TRIM_HORIZON", "BatchSize": 1}
    pattern = '{"dynamodb": {"Keys": {"id": {"S": [{"prefix": "w"}]}}}}'
    wanted["FilterCriteria"] = {"Filters": [{"Pattern": pattern}]}
    made = await asyncio.to_thread(lambda: side.functions.create_event_source_mapping(**wanted))
    await _put(side, "plain", "other")
    await _put(side, "plain", "wanted")
    await until(lambda: _records(side, "later"))
    listed = await asyncio.to_thread(lambda: side.functions.list_event_source_mappings(FunctionName="Later"))
    await asyncio.to_thread(lambda: side.functions.delete_event_source_mapping(UUID=made["UUID"]))

    assert [one["dynamodb"]["Keys"]["id"]["S"] for one in _records(side, "later")] == ["wanted"]
    assert made["State"] == "Enabled" and made["FilterCriteria"] == wanted["FilterCriteria"]
    assert [one["UUID"] for one in listed["EventSourceMappings"]] == [made["UUID"]]


@pytest.mark.parametrize("pattern", ["simple string", '{"eventSource":"aws:sqs"}', '{"eventSource":[]}'])
async def test_a_call_with_a_wrong_filter_is_refused(side: Side, pattern: str) -> None:
    wanted = {"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:failed", "FunctionName": "Later"}
    with pytest.raises(ClientError) as refused:
        criteria = {"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
        await asyncio.to_thread(lambda: side.functions.create_event_source_mapping(**wanted, **criteria))

    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].startswith("Invalid filter pattern definition.")
