import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.awslambda.async_retries import Discard, Retry, after_error, after_throttle
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.deployment import EventInvoke, Function
from tests.integration.local_emulator.lambda_side import SHORT, Side, lambda_side, until

RESOURCES = """
  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}
  Succeeded: {Type: AWS::SQS::Queue, Properties: {QueueName: succeeded}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: topic}}
  Told:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}
          OnSuccess: {Type: SQS, Destination: !GetAtt Succeeded.Arn}
  Once:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: Lambda, Destination: !GetAtt Collector.Arn}}
  Young:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      EventInvokeConfig:
        MaximumEventAgeInSeconds: 60
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
  Off:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      ReservedConcurrentExecutions: 0
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}
  Loud:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: SNS, Destination: !Ref Topic}}
  Mistyped:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig:
          OnFailure: {Type: Lambda, Destination: "arn:aws:lambda:us-east-1:12345678901:function:Collector"}
  One: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.wait, ReservedConcurrentExecutions: 1}}
  Collector: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.collect}}
"""

CODE = """
COLLECTED = SharedList("collected")

def work(event, context):
    CALLS.append((context.aws_request_id, event))
    if len(CALLS) <= event["failures"]:
        raise ValueError("attempt %d" % len(CALLS))
    return {"done": len(CALLS)}

def wait(event, context):
    CALLS.append(event)
    GO.wait(5)

def collect(event, context):
    COLLECTED.append(event)
"""


@pytest.fixture
def limits() -> LambdaLimits:
    return SHORT


@pytest.fixture
async def side(tmp_path: Path, restored: None, limits: LambdaLimits) -> AsyncIterator[Side]:
    async with lambda_side(tmp_path, RESOURCES, CODE, limits) as running:
        yield running


async def test_an_event_that_fails_is_tried_twice_more_and_then_recorded(side: Side) -> None:
    answer = await side.invoke("Told", {"failures": 9, "upload": "u1"}, InvocationType="Event")
    record = json.loads((await side.receive("failed"))["Body"])

    request_id = answer["ResponseMetadata"]["RequestId"]
    assert side.calls == [[request_id, {"failures": 9, "upload": "u1"}]] * 3
    assert record.pop("timestamp").endswith("Z")
    assert record.pop("responsePayload")["errorMessage"] == "attempt 3"
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": request_id,
            "functionArn": side.emulator.deployment.functions["Told"].arn + ":$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"failures": 9, "upload": "u1"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    }


async def test_a_dead_letter_queue_gets_the_payload_and_what_went_wrong(side: Side) -> None:
    answer = await side.invoke("Told", {"failures": 9}, InvocationType="Event")
    message = await side.receive("dead")

    assert json.loads(message["Body"]) == {"failures": 9}
    attributes = {name: (one["DataType"], one["StringValue"]) for name, one in message["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": ("String", answer["ResponseMetadata"]["RequestId"]),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "attempt 3"),
    }


async def test_an_event_that_succeeds_at_last_is_recorded_as_a_success(side: Side) -> None:
    await side.invoke("Told", {"failures": 1}, InvocationType="Event")
    record = json.loads((await side.receive("succeeded"))["Body"])

    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"done": 2}
    assert await side.counts("dead") == (0, 0)


async def test_without_retries_one_failure_is_enough_and_a_function_may_be_told(side: Side) -> None:
    await side.invoke("Once", {"failures": 9}, InvocationType="Event")
    await until(lambda: side.shared("collected"))

    [record] = side.shared("collected")
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert len(side.calls) == 1


@pytest.mark.parametrize("limits", [LambdaLimits()])
async def test_an_event_that_would_be_too_old_for_its_retry_is_given_up(side: Side) -> None:
    await side.invoke("Young", {"failures": 9}, InvocationType="Event")
    record = json.loads((await side.receive("failed"))["Body"])

    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1


async def test_an_event_for_a_function_that_is_switched_off_never_runs(side: Side) -> None:
    await side.invoke("Off", {"failures": 0}, InvocationType="Event")
    record = json.loads((await side.receive("failed"))["Body"])
    dead = await side.receive("dead")

    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in record
    assert dead["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    assert side.calls == []


async def test_a_throttled_event_waits_for_its_turn(side: Side) -> None:
    for number in (1, 2):
        await side.invoke("One", {"call": number}, InvocationType="Event")
    await until(lambda: side.calls)
    await asyncio.sleep(0.2)
    before = len(side.calls)
    side.go.set()
    await until(lambda: len(side.calls) == 2)

    assert before == 1
    assert sorted(call["call"] for call in side.calls) == [1, 2]


async def test_a_destination_that_is_not_emulated_is_named(side: Side) -> None:
    await side.invoke("Loud", {"failures": 9}, InvocationType="Event")
    await until(lambda: "is not emulated as a destination" in side.lines)

    assert "arn:aws:sns:us-east-1:123456789012:topic" in side.lines


async def test_a_destination_that_can_be_no_function_is_named(side: Side) -> None:
    await side.invoke("Mistyped", {"failures": 9}, InvocationType="Event")
    await until(lambda: "could not be reached" in side.lines)

    assert "arn:aws:lambda:us-east-1:12345678901:function:Collector could not be reached" in side.lines


@pytest.mark.parametrize("limits", [LambdaLimits(waiting_events=1)])
async def test_more_events_than_can_be_kept_are_refused(side: Side) -> None:
    await side.invoke("One", InvocationType="Event")
    with pytest.raises(side.functions.exceptions.TooManyRequestsException):
        await side.invoke("One", InvocationType="Event")
    side.go.set()


@pytest.mark.parametrize("limits", [LambdaLimits()])
async def test_stopping_does_not_wait_for_a_retry(tmp_path: Path, restored: None, limits: LambdaLimits) -> None:
    async with lambda_side(tmp_path, RESOURCES, CODE, limits) as side:
        await side.invoke("Told", {"failures": 9}, InvocationType="Event")
        await until(lambda: "attempt 1" in side.lines)
    await asyncio.sleep(0.05)

    assert [task for task in asyncio.all_tasks() if "_see_through" in repr(task)] == []


def _function(retries: int, age: int, reserved: int | None = None) -> Function:
    invoke = EventInvoke(max_retries=retries, max_age_seconds=age)
    return Function("F", "f", "arn", "a.b", "python3.13", Path(), event_invoke=invoke, reserved_concurrency=reserved)


def test_the_waits_are_one_minute_and_two_minutes() -> None:
    function = _function(2, 21_600)

    assert after_error(function, 1, 0, LambdaLimits()) == Retry(60)
    assert after_error(function, 2, 60, LambdaLimits()) == Retry(120)
    assert after_error(function, 3, 180, LambdaLimits()) == Discard("RetriesExhausted")


@given(retries=st.integers(0, 2), attempts=st.integers(1, 4), age=st.floats(0, 30_000), most=st.integers(60, 21_600))
def test_no_event_is_tried_more_often_or_later_than_it_may(retries: int, attempts: int, age: float, most: int) -> None:
    step = after_error(_function(retries, most), attempts, age, LambdaLimits())

    if isinstance(step, Retry):
        assert attempts <= retries
        assert age + step.delay_seconds < most
    else:
        assert (step.condition == "RetriesExhausted") == (attempts > retries)


@given(throttles=st.integers(1, 100_000), age=st.floats(0, 20_000))
def test_throttles_wait_longer_each_time_up_to_five_minutes(throttles: int, age: float) -> None:
    function = _function(2, 21_600, reserved=1)
    step, following = (after_throttle(function, count, age, LambdaLimits()) for count in (throttles, throttles + 1))

    assert isinstance(step, Retry)
    assert isinstance(following, Retry)
    assert 1 <= step.delay_seconds <= following.delay_seconds <= 300
