import asyncio
import gc
import json
import resource
import sys
import threading
from collections.abc import AsyncIterator
from hashlib import md5
from itertools import accumulate
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.sqs.models import Message

from local_emulator.aws.moto_patches.sqs import make_queues_safe
from local_emulator.event_sources.partial_batch import failed_messages
from local_emulator.event_sources.sqs_event import sqs_events
from tests.integration.local_emulator.lambda_side import Side, lambda_side, until

CODE = """
import time

RUNNING = SharedList("running")

def take(event, context):
    CALLS.append(event["Records"])

def partly(event, context):
    CALLS.append(event["Records"])
    return {"batchItemFailures": [
        {"itemIdentifier": record["messageId"]} for record in event["Records"] if "bad" in record["body"]
    ]}

def wrongly(event, context):
    CALLS.append(event["Records"])
    return {"batchItemFailures": [{"wrong": "name"}]}

def fail(event, context):
    CALLS.append(event["Records"])
    raise ValueError("no")

def wait(event, context):
    CALLS.append(event["Records"])
    RUNNING.append(1)
    GO.wait(5)
    RUNNING.append(-1)

def in_order(event, context):
    time.sleep(0.02)
    CALLS.append(event["Records"])
    first = event["Records"][0]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]
        if first["body"] == "a0" and first["attributes"]["ApproximateReceiveCount"] == "1" else []}
"""


def _template(handler: str, source: str = "", queue: str = "", function: str = "") -> str:
    return f"""
  Dead: {{Type: AWS::SQS::Queue, Properties: {{QueueName: dead}}}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {{QueueName: jobs, {queue}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.{handler}
      {function}
      Events:
        Jobs: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn, {source}}}}}
"""


@pytest.fixture
def template() -> str:
    return _template("take")


@pytest.fixture
async def side(tmp_path: Path, restored: None, template: str) -> AsyncIterator[Side]:
    async with lambda_side(tmp_path, template, CODE) as running:
        yield running


def _bodies(side: Side) -> list[str]:
    return [record["body"] for records in side.calls for record in records]


async def test_a_message_invokes_the_function_in_lambdas_shape_and_is_deleted(side: Side) -> None:
    attributes = {
        "kind": {"DataType": "String", "StringValue": "video"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    await side.send("jobs", "héllo", MessageAttributes=attributes)
    await until(lambda: side.calls)

    [[record]] = side.calls
    system = record["attributes"]
    assert sorted(system) == [
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "SenderId",
        "SentTimestamp",
    ]
    assert system["ApproximateReceiveCount"] == "1"
    assert int(system["SentTimestamp"]) <= int(system["ApproximateFirstReceiveTimestamp"])
    assert record["messageAttributes"] == {
        "kind": {"stringValue": "video", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "raw": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }
    assert record["body"] == "héllo"
    assert record["md5OfBody"] == md5("héllo".encode()).hexdigest()
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:jobs"
    assert record["awsRegion"] == "us-east-1"
    assert set(record) >= {"messageId", "receiptHandle", "md5OfMessageAttributes"}
    await side.until_counts("jobs", 0, 0)


@pytest.mark.parametrize("template", [_template("take", "BatchSize: 4, MaximumBatchingWindowInSeconds: 60")])
async def test_a_batch_goes_as_soon_as_it_is_full(side: Side) -> None:
    await side.send("jobs", *(f"m{number}" for number in range(8)))
    await until(lambda: len(side.calls) == 2)

    assert [len(records) for records in side.calls] == [4, 4]
    assert sorted(_bodies(side)) == [f"m{number}" for number in range(8)]


@pytest.mark.parametrize("template", [_template("take", "BatchSize: 100, MaximumBatchingWindowInSeconds: 1")])
async def test_a_batch_goes_at_the_end_of_its_window(side: Side) -> None:
    await side.send("jobs", *(f"m{number}" for number in range(12)))
    await until(lambda: side.calls)

    assert len(_bodies(side)) == 12
    assert len(side.calls) == 1


@pytest.mark.parametrize(
    "template",
    [
        _template(
            "partly",
            "BatchSize: 3, MaximumBatchingWindowInSeconds: 60, FunctionResponseTypes: [ReportBatchItemFailures]",
        )
    ],
)
async def test_of_a_batch_only_what_is_reported_stays_in_the_queue(side: Side) -> None:
    await side.send("jobs", "good1", "bad", "good2")
    await side.until_counts("jobs", 0, 1)

    assert [len(records) for records in side.calls] == [3]


@pytest.mark.parametrize(
    "template",
    [
        _template("wrongly", "FunctionResponseTypes: [ReportBatchItemFailures]"),
        _template("fail"),
        _template("fail", "FunctionResponseTypes: [ReportBatchItemFailures]"),
    ],
)
async def test_a_batch_that_fails_stays_in_the_queue(side: Side) -> None:
    await side.send("jobs", "one")
    await until(lambda: side.calls)
    await asyncio.sleep(0.1)

    assert await side.counts("jobs") == (0, 1)


@pytest.mark.parametrize("template", [_template("partly")])
async def test_what_is_reported_counts_for_nothing_where_that_is_not_asked_for(side: Side) -> None:
    await side.send("jobs", "bad")
    await until(lambda: side.calls)
    await side.until_counts("jobs", 0, 0)


@pytest.mark.parametrize(
    "template",
    [
        _template(
            "fail",
            queue="VisibilityTimeout: 1, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}",
        )
    ],
)
async def test_what_fails_comes_back_after_its_visibility_timeout_and_ends_in_the_dead_letter_queue(
    side: Side,
) -> None:
    await side.send("jobs", "hopeless")
    message = await side.receive("dead")

    assert message["Body"] == "hopeless"
    assert [records[0]["attributes"]["ApproximateReceiveCount"] for records in side.calls] == ["1", "2"]


@pytest.mark.parametrize("template", [_template("wait", "BatchSize: 1, ScalingConfig: {MaximumConcurrency: 2}")])
async def test_no_more_batches_run_at_once_than_the_source_allows(side: Side) -> None:
    await side.send("jobs", "a", "b", "c", "d")
    await until(lambda: len(side.calls) == 2)
    await asyncio.sleep(0.2)
    started = len(side.calls)
    side.go.set()
    await until(lambda: len(side.calls) == 4)

    assert started == 2
    assert max(accumulate(side.shared("running"))) == 2
    await side.until_counts("jobs", 0, 0)


@pytest.mark.parametrize("template", [_template("wait", "BatchSize: 1", function="ReservedConcurrentExecutions: 1")])
async def test_a_throttled_batch_waits_for_its_turn(side: Side) -> None:
    await side.send("jobs", "a", "b")
    await until(lambda: side.calls)
    await asyncio.sleep(0.2)
    started = len(side.calls)
    side.go.set()
    await until(lambda: len(side.calls) == 2)

    assert started == 1
    assert max(accumulate(side.shared("running"))) == 1


@pytest.mark.parametrize("template", [_template("take", "Enabled: false")])
async def test_a_source_that_is_switched_off_leaves_its_queue_alone(side: Side) -> None:
    await side.send("jobs", "later")
    await asyncio.sleep(0.3)

    assert side.calls == []
    assert await side.counts("jobs") == (1, 0)


FIFO = (
    _template(
        "in_order",
        "BatchSize: 1, FunctionResponseTypes: [ReportBatchItemFailures]",
        "FifoQueue: true, VisibilityTimeout: 1, ContentBasedDeduplication: true",
    )
    .replace("QueueName: jobs", "QueueName: jobs.fifo")
    .replace("{Queue: !GetAtt Jobs.Arn", "{Queue: !GetAtt Jobs.Arn")
)


@pytest.mark.parametrize("template", [FIFO])
async def test_a_group_keeps_its_order_even_when_one_of_it_fails(side: Side) -> None:
    for number in range(4):
        await side.send("jobs.fifo", f"a{number}", MessageGroupId="a")
        await side.send("jobs.fifo", f"b{number}", MessageGroupId="b")
    await side.until_counts("jobs.fifo", 0, 0)

    groups: dict[str, list[str]] = {"a": [], "b": []}
    for records in side.calls:
        groups[records[0]["attributes"]["MessageGroupId"]].append(records[0]["body"])
    assert groups == {"a": ["a0", "a0", "a1", "a2", "a3"], "b": ["b0", "b1", "b2", "b3"]}


async def test_waiting_for_messages_costs_next_to_no_time(side: Side) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(2)
    after = resource.getrusage(resource.RUSAGE_SELF)

    assert side.calls == []
    # A poller that spins would have used all of the two seconds.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


async def test_stopping_does_not_wait_for_a_long_poll(tmp_path: Path, restored: None) -> None:
    async with lambda_side(tmp_path, _template("take"), CODE) as side:
        await side.send("jobs", "one")
        await until(lambda: side.calls)
    await asyncio.sleep(0.05)

    assert [task for task in asyncio.all_tasks() if "QueuePoller" in repr(task)] == []


def test_no_message_is_lost_or_received_twice_by_threads_that_share_a_queue() -> None:
    make_queues_safe()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change places all the time: what can go wrong, will
    try:
        with mock_aws():
            received = _through_a_queue(senders=3, receivers=3, each=40)
    finally:
        sys.setswitchinterval(interval)

    assert sorted(received) == sorted(f"{sender}-{number}" for sender in range(3) for number in range(40))


def test_a_message_that_was_deleted_is_let_go() -> None:
    make_queues_safe()
    with mock_aws():
        assert len(_through_a_queue(senders=1, receivers=1, each=5)) == 5
        gc.collect()
        assert not any(type(one) is Message for one in gc.get_objects())


def _through_a_queue(senders: int, receivers: int, each: int) -> list[str]:
    sqs = boto3.client("sqs", "us-east-1", aws_access_key_id="local", aws_secret_access_key="local")
    url = sqs.create_queue(QueueName="shared")["QueueUrl"]
    received: list[str] = []
    enough = threading.Event()

    def send(sender: int) -> None:
        for number in range(each):
            sqs.send_message(QueueUrl=url, MessageBody=f"{sender}-{number}")

    def receive() -> None:
        while not enough.is_set():
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=1).get(
                "Messages", []
            ):
                received.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    takers = [threading.Thread(target=receive) for _ in range(receivers)]
    for thread in [*threads, *takers]:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(200):
        if len(received) >= senders * each or enough.wait(0.05):
            break
    enough.set()
    for thread in takers:
        thread.join()
    return received


IDS = ["m1", "m2", "m3"]


@pytest.mark.parametrize("result", [None, "", {}, {"batchItemFailures": None}, {"batchItemFailures": []}])
def test_nothing_reported_is_a_success(result: Any) -> None:
    assert failed_messages(result, IDS) == set()


@pytest.mark.parametrize(
    "failure",
    [{}, None, "m1", {"itemIdentifier": ""}, {"itemIdentifier": None}, {"id": "m1"}, {"itemIdentifier": "m9"}],
)
def test_a_report_that_names_no_message_fails_the_whole_batch(failure: Any) -> None:
    assert failed_messages({"batchItemFailures": [{"itemIdentifier": "m1"}, failure]}, IDS) == set(IDS)


@pytest.mark.parametrize("result", ["ok", 7, ["m1"], {"batchItemFailures": "m1"}])
def test_an_answer_of_another_shape_fails_the_whole_batch(result: Any) -> None:
    assert failed_messages(result, IDS) == set(IDS)


@given(st.sets(st.sampled_from(IDS)))
def test_exactly_what_is_reported_has_failed(failed: set[str]) -> None:
    assert failed_messages({"batchItemFailures": [{"itemIdentifier": one} for one in failed]}, IDS) == failed


@given(sizes=st.lists(st.integers(0, 900), max_size=12), most=st.integers(1200, 3000))
def test_events_keep_every_message_in_order_and_stay_within_the_limit(sizes: list[int], most: int) -> None:
    messages = [
        {"MessageId": str(number), "ReceiptHandle": "r", "Body": "é" * (size // 2), "MD5OfBody": "m"}
        for number, size in enumerate(sizes)
    ]
    events = list(sqs_events(messages, "arn:aws:sqs:us-east-1:123456789012:jobs", most))

    assert [message for part, _ in events for message in part] == messages
    for part, payload in events:
        assert [record["messageId"] for record in json.loads(payload)["Records"]] == [m["MessageId"] for m in part]
        assert len(payload.encode()) <= most


class TestFilters:
    @pytest.fixture
    def template(self) -> str:
        patterns = ('{"body": {"kind": ["wanted"]}}', '{"body": ["plain"]}')
        filters = ", ".join(f"{{Pattern: '{pattern}'}}" for pattern in patterns)
        return _template("take", f"BatchSize: 2, FilterCriteria: {{Filters: [{filters}]}}")

    async def test_what_no_filter_matches_is_deleted_and_comes_into_no_batch(self, side: Side) -> None:
        await side.send("jobs", '{"kind": "other"}', "text", '{"kind": "wanted"}', '"plain"', "plain")
        await until(lambda: len(_bodies(side)) >= 2)

        assert sorted(_bodies(side)) == ["plain", '{"kind": "wanted"}']
        await side.until_counts("jobs", 0, 0)
