"""The queues of the template, in moto, as Lambda's event source and people see them."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from handlers import push
from testing.lambda_context import Context

Message = dict[str, Any]
PROGRESS, DEAD = "PROGRESS_QUEUE_URL", "DEAD_LETTER_QUEUE_URL"


def send(*bodies: object) -> list[Message]:
    """Puts these on ProgressQueue and take them from it again, as Lambda does."""
    for body in bodies:
        text = body if isinstance(body, str) else json.dumps(body)
        boto3.client("sqs").send_message(QueueUrl=os.environ[PROGRESS], MessageBody=text)
    return take()


def take(queue: str = PROGRESS) -> list[Message]:
    """Every message that is visible now, in the shape that Lambda gives it."""
    sqs, url = boto3.client("sqs"), os.environ[queue]
    wanted = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    taken: list[Message] = []
    while found := sqs.receive_message(QueueUrl=url, **wanted).get("Messages"):
        taken += [record_of(message, url) for message in found]
    return taken


def handle(messages: list[Message], context: Context | None = None) -> set[str]:
    """Push them; answers the ids of those that are to come again. The others are deleted, as Lambda does."""
    answer = push.handler({"Records": messages}, context or Context())
    assert answer.keys() == {"batchItemFailures"} and json.dumps(answer)
    failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    for message in messages:
        if message["messageId"] not in failed:
            boto3.client("sqs").delete_message(QueueUrl=os.environ[PROGRESS], ReceiptHandle=message["receiptHandle"])
    return failed


def wait(seconds: float) -> None:
    """For the messages of ProgressQueue so much time passes: delays and visibility time-outs run out."""
    name = os.environ[PROGRESS].split("/")[-1]
    for message in sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues[name]._messages:
        message.delayed_until -= seconds * 1000
        message.visible_at -= seconds * 1000


def record_of(message: dict[str, Any], url: str) -> Message:
    account, name = url.split("/")[-2:]
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": message.get("MessageAttributes", {}),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:{account}:{name}",
    }
