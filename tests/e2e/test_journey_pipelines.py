"""Events of AWS's services, through each sender that delivers them, in the emulator, from template.yaml."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from testing.push_events import golden, message
from testing.running import System, running_system
from tests.e2e.test_journey import Watcher

PUSH = "arn:aws:lambda:us-east-1:123456789012:function:PushFunction"
EVENTS = {
    "UploadBucket": "bucket",
    "UploadBucketEvents": "queue",
    "MalwareScanStatus": "completed",
    "MediaConvertQueueArns": "arn:aws:mediaconvert:us-west-2:111122223333:queues/Default",
    "StateMachineArns": "arn:aws:states:us-east-1:123456789012:stateMachine:state-machine-name",
    "DestinationFunctionArn": "arn:aws:lambda:us-east-2:123456789012:function:transcribe",
}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    parameters = [part for name, value in EVENTS.items() for part in ("--parameter", f"{name}={value}")]
    with running_system(*parameters) as started:
        yield started


async def opened(http: aiohttp.ClientSession, system: System, user: str) -> Watcher:
    watcher = await Watcher.open(http, system, user)
    await watcher.hello()
    return watcher


async def heard(watcher: Watcher) -> tuple[str, str]:
    upload = (await watcher.hear())["upload"]
    return upload["uploadId"], upload["status"]


def queue_url(system: System, name: str) -> str:
    return str(system.client("sqs").get_queue_url(QueueName=f"local-{name}")["QueueUrl"])


def notify(system: System, bucket: str, **configuration: Any) -> None:
    s3 = system.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def arn_of(system: System, name: str) -> str:
    wanted = {"QueueUrl": queue_url(system, name), "AttributeNames": ["QueueArn"]}
    return str(system.client("sqs").get_queue_attributes(**wanted)["Attributes"]["QueueArn"])


def parked(system: System) -> tuple[Any, dict[str, str]]:
    """Takes the next message of the dead-letter queue: its body, and why it is there."""
    sqs, url = system.client("sqs"), queue_url(system, "ProgressDeadLetterQueue")
    [found] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
    why = {name: one["StringValue"] for name, one in found["MessageAttributes"].items()}
    return json.loads(found["Body"]), why


async def test_a_bucket_tells_of_uploads_through_the_queue(system: System, http: aiohttp.ClientSession) -> None:
    watcher = await opened(http, system, "eve")

    def upload() -> None:
        queue = {"QueueArn": arn_of(system, "ProgressQueue"), "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        notify(system, "bucket", QueueConfigurations=[queue])
        s3 = system.client("s3")
        for key in ("uploads/eve/gone", "uploads/eve/u1.info", "elsewhere/film"):
            s3.put_object(Bucket="bucket", Key=key, Body=b"1")
        s3.delete_object(Bucket="bucket", Key="uploads/eve/gone")
        s3.put_object(Bucket="bucket", Key="uploads/eve/my film+1 é.mp4", Body=b"12345")

    await asyncio.to_thread(upload)

    assert await heard(watcher) == ("gone", "completed")
    assert await heard(watcher) == ("my film+1 é.mp4", "completed")


@pytest.mark.parametrize("subscriber", ["queue", "raw queue", "function"])
async def test_a_bucket_tells_of_uploads_through_a_topic(
    system: System, http: aiohttp.ClientSession, subscriber: str
) -> None:
    name = subscriber.replace(" ", "-")
    watcher = await opened(http, system, name)

    def upload() -> None:
        sns = system.client("sns")
        topic = sns.create_topic(Name=name)["TopicArn"]
        if subscriber == "function":
            endpoint = {"Protocol": "lambda", "Endpoint": PUSH}
        else:
            endpoint = {"Protocol": "sqs", "Endpoint": arn_of(system, "ProgressQueue")}
        raw = {"RawMessageDelivery": "true"} if subscriber == "raw queue" else {}
        sns.subscribe(TopicArn=topic, Attributes=raw, **endpoint)
        notify(system, name, TopicConfigurations=[{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}])
        system.client("s3").put_object(Bucket=name, Key=f"uploads/{name}/my film", Body=b"12345")

    await asyncio.to_thread(upload)

    assert await heard(watcher) == ("my film", "completed")


def named(event: dict[str, Any], user: str) -> dict[str, Any]:
    return dict(json.loads(json.dumps(event).replace("auth0|alice", user).replace("alice", user)))


def put_event(system: System, event: dict[str, Any]) -> None:
    entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
    assert system.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("malware_scan", ("my holiday+1%.mp4", "failed")),
        ("media_convert", ("holiday-1", "processing")),
        ("state_machine", ("holiday-1", "failed")),
        ("lambda_destination", ("holiday-1", "failed")),
    ],
)
async def test_a_rule_of_eventbridge_brings_the_events_of_a_service(
    system: System, http: aiohttp.ClientSession, name: str, shown: tuple[str, str]
) -> None:
    watcher = await opened(http, system, name)
    event = recent(named(golden(name), name))
    if name == "lambda_destination":
        kind = "Lambda Function Invocation Result - Failure"
        event = {"source": "lambda", "detail-type": kind, "detail": event}
    if name == "malware_scan":
        event["detail"]["s3ObjectDetails"]["bucketName"] = "bucket"

    await asyncio.to_thread(put_event, system, event)

    assert await heard(watcher) == shown


def recent(event: dict[str, Any]) -> dict[str, Any]:
    """The event without the times that it has from the documentation; the time of receipt takes their place."""
    detail = event.get("detail", event)
    for name in ("timestamp", "startDate", "stopDate"):
        detail.pop(name, None)
    return event


async def test_an_event_that_names_no_user_is_parked_whole_with_the_reason(
    system: System, http: aiohttp.ClientSession
) -> None:
    event = golden("media_convert")
    event["detail"]["userMetadata"] = {}

    await asyncio.to_thread(put_event, system, event)

    body, why = await asyncio.to_thread(parked, system)
    assert (body["detail"], why) == (event["detail"], {"field": "userId", "reason": "is missing"})


async def test_a_pipe_brings_a_list_of_messages(system: System, http: aiohttp.ClientSession) -> None:
    watcher = await opened(http, system, "piped")
    event = message(recent(named(golden("lambda_destination"), "piped")), sent_at=int(time.time() * 1000))

    answer = await asyncio.to_thread(system.push, [event])

    assert answer == {"batchItemFailures": []}
    assert await heard(watcher) == ("holiday-1", "failed")


async def test_a_function_sends_the_result_of_its_invocation_to_push(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await opened(http, system, "direct")
    record = json.dumps(recent(named(golden("lambda_destination"), "direct"))).encode()

    def invoke() -> None:
        system.client("lambda").invoke(FunctionName="PushFunction", InvocationType="Event", Payload=record)

    await asyncio.to_thread(invoke)

    assert await heard(watcher) == ("holiday-1", "failed")
