"""The events that Lambda makes of SQS messages. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Message = Mapping[str, Any]


def sqs_record(message: Message, queue_arn: str) -> dict[str, Any]:
    """Returns the record of one message, as ReceiveMessage gives it.

    Documented: Lambda Developer Guide, with-sqs.

    Reported by captured events: md5OfMessageAttributes, for messages that have any.
    """
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def sqs_events(messages: Iterable[Message], queue_arn: str, max_bytes: int) -> Iterator[tuple[list[Message], str]]:
    """Yields events of at most `max_bytes` with their JSON text; the order of the messages is kept.

    Documented: a batch ends before its event exceeds the maximum payload of an invocation.
    """
    chosen: list[Message] = []
    records: list[str] = []
    size = 0
    for message in messages:
        record = json.dumps(sqs_record(message, queue_arn), ensure_ascii=False)
        length = len(record.encode()) + 2
        if chosen and size + length + len('{"Records": []}') > max_bytes:
            yield chosen, _event(records)
            chosen, records, size = [], [], 0
        chosen.append(message)
        records.append(record)
        size += length
    if chosen:
        yield chosen, _event(records)


def _event(records: list[str]) -> str:
    return f'{{"Records": [{", ".join(records)}]}}'


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute
