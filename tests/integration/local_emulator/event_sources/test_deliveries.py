"""EventBridge, SNS and S3 deliver to functions, queues, topics and buses: one emulator, real boto3 clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from tests.integration.local_emulator.lambda_side import Side, client, lambda_side, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESOURCES = """
  Listener:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.listen
      Events:
        Listed: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop], detail: {parts: {n: [1], ok: [true]}}}}}
        Off: {Type: EventBridgeRule, Properties: {State: DISABLED, Pattern: {source: [shop]}}}
        Told: {Type: SNS, Properties: {Topic: !Ref Topic, FilterPolicy: {kind: [wanted]}}}
        Uploaded:
          Type: S3
          Properties:
            Bucket: !Ref Bucket
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: a+b/}, {Name: suffix, Value: .png}]}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: plain}}
  Raw: {Type: AWS::SQS::Queue, Properties: {QueueName: raw}}
  FromBus: {Type: AWS::SQS::Queue, Properties: {QueueName: from-bus}}
  Bucketed: {Type: AWS::SQS::Queue, Properties: {QueueName: bucketed}}
  Watched: {Type: AWS::SQS::Queue, Properties: {QueueName: watched}}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: news, Subscription: [{Protocol: sqs, Endpoint: !GetAtt Queue.Arn}]}
  RawSubscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Raw.Arn
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy: {a: {b: [1], c: [2]}}
  Broken:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: gone, Arn: "arn:aws:sqs:us-east-1:123456789012:gone"}]
  Forward:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop], detail-type: [Forwarded]}
      Targets: [{Id: bus, Arn: !GetAtt Bus.Arn}]
  Received:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop]}
      Targets:
        - Id: queue
          Arn: !GetAtt FromBus.Arn
          InputTransformer:
            InputPathsMap: {n: $.detail.n}
            InputTemplate: '{"n": <n>, "by": "<aws.events.rule-name>"}'
  Objects:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail: {bucket: {name: [!Ref Bucket]}}}
      Targets: [{Id: queue, Arn: !GetAtt Watched.Arn}]
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: uploads
      NotificationConfiguration:
        EventBridgeConfiguration: {EventBridgeEnabled: true}
        QueueConfigurations:
          - {Event: "s3:ObjectCreated:*", Queue: !GetAtt Bucketed.Arn}
          - {Event: "s3:ObjectRemoved:*", Queue: !GetAtt Bucketed.Arn}
"""

KINDS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
CODE = """
def listen(event, context):
    CALLS.append(event)
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def side(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Side]:
    folder: Path = tmp_path_factory.mktemp("deliveries")
    async with lambda_side(folder, RESOURCES, CODE) as running:
        yield running


async def _call(side: Side, service: str, action: str, **arguments: Any) -> Any:
    return await asyncio.to_thread(lambda: getattr(client(service, side.settings.aws_port), action)(**arguments))


async def _refusal(side: Side, service: str, action: str, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        await _call(side, service, action, **arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


async def _put(side: Side, detail: Any, kind: str = "Sold", **more: Any) -> dict[str, Any]:
    entry = {"Source": "shop", "DetailType": kind, "Detail": json.dumps(detail), **more}
    answer = await _call(side, "events", "put_events", Entries=[entry])
    return dict(answer["Entries"][0])


async def _bodies(side: Side, queue: str, wanted: Callable[[Any], bool], count: int = 1) -> list[Any]:
    """Takes messages from a queue until `count` are wanted; returns those."""
    url, found = await side.queue_url(queue), []
    for _ in range(20):
        answer = await _call(side, "sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            await _call(side, "sqs", "delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found += [body for body in [json.loads(message["Body"])] if wanted(body)]
        if len(found) >= count:
            return found
    raise AssertionError(found)


def _called(side: Side, wanted: Callable[[Any], bool]) -> list[Any]:
    return [event for event in side.calls if wanted(event)]


async def test_a_rule_invokes_its_function_once_for_what_matches(side: Side) -> None:
    await _put(side, {"parts": [{"n": 1, "ok": False}, {"n": 2, "ok": True}]})
    entry = await _put(side, {"parts": [{"n": 1, "ok": True}]}, Resources=["one"])
    await until(lambda: _called(side, lambda event: "detail" in event))

    [event] = _called(side, lambda event: "detail" in event)
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": entry["EventId"],
        "detail-type": "Sold",
        "source": "shop",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": ["one"],
        "detail": {"parts": [{"n": 1, "ok": True}]},
    }
    assert "event: arn:aws:sqs:us-east-1:123456789012:gone could not be reached" in side.lines


async def test_a_bus_sends_to_another_and_a_transformer_makes_the_message(side: Side) -> None:
    await _put(side, {"n": 7}, "Forwarded")

    assert await _bodies(side, "from-bus", lambda body: True) == [{"n": 7, "by": "local-Received"}]


@pytest.mark.parametrize("detail", ["text", [], 5])
async def test_a_detail_that_is_no_object_is_refused_alone(side: Side, detail: object) -> None:
    assert (await _put(side, detail))["ErrorCode"] == "MalformedDetail"


async def test_a_bus_that_is_not_there_takes_events(side: Side) -> None:
    assert "EventId" in await _put(side, {}, EventBusName="nowhere")


async def test_wrong_patterns_and_targets_are_refused_by_calls(side: Side) -> None:
    wrong = await _refusal(side, "events", "put_rule", Name="x", EventPattern='{"a":[{"contains":"x"}]}')
    assert wrong == (
        "InvalidEventPatternException",
        "Event pattern is not valid. Reason: Unrecognized match type contains",
    )

    await _call(side, "events", "put_rule", Name="y", EventPattern='{"source":["y"]}')
    both = [{"Id": "t", "Arn": "arn:aws:sqs:us-east-1:123456789012:plain", "Input": "1", "InputPath": "$"}]
    code, message = await _refusal(side, "events", "put_targets", Rule="y", Targets=both)
    assert code == "ValidationException"
    assert message == "Only one of Input, InputPath, or InputTransformer must be provided for target t."


async def test_a_pattern_is_tried_by_the_same_matcher(side: Side) -> None:
    event = json.dumps({"id": "1", "source": "s", "detail": {"a": [{"b": 1, "c": 3}, {"b": 2, "c": 2}]}})
    asked = {"EventPattern": '{"detail":{"a":{"b":[1],"c":[2]}}}', "Event": event}
    assert (await _call(side, "events", "test_event_pattern", **asked))["Result"] is False
    asked["EventPattern"] = '{"detail":{"a":{"b":[1],"c":[3]}}}'
    assert (await _call(side, "events", "test_event_pattern", **asked))["Result"] is True
    code, _ = await _refusal(side, "events", "test_event_pattern", EventPattern="{}", Event=event)
    assert code == "InvalidEventPatternException"


async def test_a_rule_that_is_disabled_gets_nothing_until_it_is_enabled(side: Side) -> None:
    await _call(side, "events", "put_rule", Name="late", EventPattern='{"source":["shop"],"detail-type":["Late"]}')
    target = {"Id": "q", "Arn": "arn:aws:sqs:us-east-1:123456789012:from-bus"}
    await _call(side, "events", "put_targets", Rule="late", Targets=[target])
    await _call(side, "events", "disable_rule", Name="late")
    await _put(side, {"n": 1}, "Late")
    await _call(side, "events", "enable_rule", Name="late")
    await _put(side, {"n": 2}, "Late")

    late = await _bodies(side, "from-bus", lambda body: body.get("detail-type") == "Late")
    assert [body["detail"] for body in late] == [{"n": 2}]


async def test_a_topic_invokes_a_function_whose_policy_matches(side: Side) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:news"
    for kind in ("other", "wanted"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        await _call(side, "sns", "publish", TopicArn=topic, Message=kind, Subject="s", MessageAttributes=attributes)
    await until(lambda: _called(side, lambda event: event.get("Records", [{}])[0].get("EventSource") == "aws:sns"))

    [event] = _called(side, lambda event: event.get("Records", [{}])[0].get("EventSource") == "aws:sns")
    [record] = event["Records"]
    assert record["EventSubscriptionArn"].startswith(f"{topic}:")
    notification = record["Sns"]
    assert (notification["Message"], notification["Subject"], notification["TopicArn"]) == ("wanted", "s", topic)
    assert notification["MessageAttributes"] == {"kind": {"Type": "String", "Value": "wanted"}}
    both = await _bodies(side, "plain", lambda body: body.get("Type") == "Notification", 2)
    assert [body["Message"] for body in both] == ["other", "wanted"]


async def test_a_queue_gets_the_message_as_it_is_if_its_policy_matches_the_body(side: Side) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:news"
    for body in ({"a": [{"b": 1, "c": 3}, {"b": 2, "c": 2}]}, {"a": [{"b": 1, "c": 2}]}):
        await _call(side, "sns", "publish", TopicArn=topic, Message=json.dumps(body))

    assert await _bodies(side, "raw", lambda body: True) == [{"a": [{"b": 1, "c": 2}]}]


async def test_wrong_policies_are_refused_and_leave_no_subscription(side: Side) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:news"
    before = (await _call(side, "sns", "list_subscriptions"))["Subscriptions"]
    endpoint = {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:plain"}
    given = {"Attributes": {"FilterPolicy": '{"a":{"b":[1]}}'}}
    code, message = await _refusal(side, "sns", "subscribe", TopicArn=topic, **endpoint, **given)
    assert code == "InvalidParameter"
    assert "Filter policy scope MessageAttributes does not support nested filter policy" in message
    assert (await _call(side, "sns", "list_subscriptions"))["Subscriptions"] == before

    wrong = {"AttributeName": "FilterPolicy", "AttributeValue": '{"a":[{"prefix":1}]}'}
    arn = before[0]["SubscriptionArn"]
    _, message = await _refusal(side, "sns", "set_subscription_attributes", SubscriptionArn=arn, **wrong)
    assert message.endswith("Attributes Reason: FilterPolicy: prefix match pattern must be a string")


async def _upload(side: Side, key: str, **more: Any) -> None:
    await _call(side, "s3", "put_object", Bucket="uploads", Key=key, Body=b"12345", **more)


def _of_key(key: str) -> Callable[[Any], bool]:
    def wanted(body: Any) -> bool:
        return bool(
            key in [record.get("s3", {}).get("object", {}).get("key") for record in body.get("Records", [])]
            or body.get("detail", {}).get("object", {}).get("key") == key
        )

    return wanted


async def test_an_upload_is_one_event_with_the_fields_of_s3(side: Side) -> None:
    await _upload(side, "u 1/a+b@c", Tagging="x=1")

    [body] = await _bodies(side, "bucketed", _of_key("u+1/a%2Bb%40c"))
    [record] = body["Records"]
    assert (record["eventName"], record["eventSource"], record["awsRegion"]) == (
        "ObjectCreated:Put",
        "aws:s3",
        "us-east-1",
    )
    assert record["requestParameters"]["sourceIPAddress"] == "127.0.0.1"
    assert record["s3"]["bucket"]["arn"] == "arn:aws:s3:::uploads"
    described = record["s3"]["object"]
    assert int(described.pop("sequencer"), 16)
    assert described == {"key": "u+1/a%2Bb%40c", "size": 5, "eTag": "827ccb0eea8a706c4c34a16891f84e7b"}
    [event] = await _bodies(side, "watched", _of_key("u 1/a+b@c"))
    assert (event["detail-type"], event["detail"]["reason"]) == ("Object Created", "PutObject")
    described = event["detail"]["object"]
    assert int(described.pop("sequencer"), 16)
    assert described == {"key": "u 1/a+b@c", "size": 5, "etag": "827ccb0eea8a706c4c34a16891f84e7b"}
    assert len(event["time"]) == len("2026-01-01T00:00:00Z")


async def test_an_upload_in_parts_a_copy_and_deletions_are_one_event_each(side: Side) -> None:
    begun = await _call(side, "s3", "create_multipart_upload", Bucket="uploads", Key="parts")
    same = {"Bucket": "uploads", "Key": "parts", "UploadId": begun["UploadId"]}
    etag = (await _call(side, "s3", "upload_part", PartNumber=1, Body=b"x", **same))["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    await _call(side, "s3", "complete_multipart_upload", MultipartUpload=parts, **same)
    await _call(side, "s3", "copy_object", Bucket="uploads", Key="copied", CopySource="uploads/parts")
    both = {"Objects": [{"Key": "copied"}, {"Key": "never-there"}]}
    await _call(side, "s3", "delete_objects", Bucket="uploads", Delete=both)

    keys = ("parts", "copied", "never-there")
    events = await _bodies(side, "watched", lambda body: any(_of_key(key)(body) for key in keys), 4)
    assert [(event["detail"]["object"]["key"], event["detail"]["reason"]) for event in events] == [
        ("parts", "CompleteMultipartUpload"),
        ("copied", "CopyObject"),
        ("copied", "DeleteObject"),
        ("never-there", "DeleteObject"),
    ]
    assert [event["detail"].get("deletion-type") for event in events[2:]] == ["Permanently Deleted"] * 2


async def test_a_filter_is_written_as_the_key_is_in_the_notification(side: Side) -> None:
    await _upload(side, "a b/x.png")
    await _upload(side, "a+b/y.png")
    await _upload(side, "a b/z.txt")
    await until(lambda: _called(side, _of_key("a+b/x.png")))

    uploaded = _called(side, lambda event: event.get("Records", [{}])[0].get("eventSource") == "aws:s3")
    assert [event["Records"][0]["s3"]["object"]["key"] for event in uploaded] == ["a+b/x.png"]


async def test_a_versioned_bucket_tells_of_versions_and_delete_markers(side: Side) -> None:
    await _call(side, "s3", "create_bucket", Bucket="versioned")
    status = {"Status": "Enabled"}
    await _call(side, "s3", "put_bucket_versioning", Bucket="versioned", VersioningConfiguration=status)
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:bucketed", "Events": KINDS}
    configuration = {"QueueConfigurations": [queue]}
    await _call(
        side, "s3", "put_bucket_notification_configuration", Bucket="versioned", NotificationConfiguration=configuration
    )
    version = (await _call(side, "s3", "put_object", Bucket="versioned", Key="v", Body=b"1"))["VersionId"]
    await _call(side, "s3", "delete_object", Bucket="versioned", Key="v")
    await _call(side, "s3", "delete_object", Bucket="versioned", Key="v", VersionId=version)

    bodies = await _bodies(side, "bucketed", _of_key("v"), 3)
    records = [body["Records"][0] for body in bodies]
    assert [record["eventName"] for record in records] == [
        "ObjectCreated:Put",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRemoved:Delete",
    ]
    objects = [record["s3"]["object"] for record in records]
    assert objects[0]["versionId"] == objects[2]["versionId"] == version != objects[1]["versionId"]
    assert "size" not in objects[1] and "eTag" not in objects[2]
    sequence = [int(one["sequencer"], 16) for one in objects]
    assert sequence == sorted(sequence) and len({*sequence}) == 3
