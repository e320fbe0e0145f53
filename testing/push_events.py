"""Events that push gets, as AWS documents them, and what push makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from domain.key_pattern import KeyPattern
from domain.push_batch import check_items
from domain.push_item import PushItem
from domain.update import Update
from domain.upload_bucket import UploadBucket
from handlers.push_event import read_push_event
from testing.updates import NOW

EVENTS = Path(__file__).parents[1] / "tests" / "events" / "push"
BUCKET = UploadBucket(KeyPattern("uploads/{userId}/{uploadId}"), ignored_suffixes=(".info", ".part"))
PUSH_ARN = "arn:aws:lambda:us-east-2:123456789012:function:push"


def golden(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def message(body: object, sent_at: int = NOW, **fields: Any) -> dict[str, Any]:
    """A message of SQS as Lambda passes it."""
    text = body if isinstance(body, str) else json.dumps(body)
    attributes = {"SentTimestamp": str(sent_at), "ApproximateReceiveCount": "1"}
    return {"messageId": "m", "body": text, "attributes": attributes, "eventSource": "aws:sqs"} | fields


def notification(text: object) -> dict[str, Any]:
    """A message of SNS as it is in the body of an SQS message without raw delivery."""
    return {
        **{"Type": "Notification", "MessageId": "dc1e94d9", "TopicArn": "arn:aws:sns:us-east-2:123456789012:MyTopic"},
        **{"Message": json.dumps(text), "Timestamp": "2026-03-01T11:59:59.500Z", "SignatureVersion": "1"},
    }


def items_of(event: object, bucket: UploadBucket | None = BUCKET) -> tuple[PushItem, ...]:
    return read_push_event(event, NOW, bucket, PUSH_ARN).items


def updates_of(event: object, bucket: UploadBucket | None = BUCKET) -> list[Update]:
    """The updates, all of them valid."""
    batch = check_items(items_of(event, bucket))
    assert batch.invalid == []
    return batch.updates


def ignored(event: object, bucket: UploadBucket | None = BUCKET) -> bool:
    read = read_push_event(event, NOW, bucket, PUSH_ARN)
    return read.items == () and read.ignored > 0


def refused(event: object) -> list[tuple[str, str, object]]:
    """Field, reason and parked text of each invalid item."""
    return [(one.field, one.reason, one.item.parked) for one in check_items(items_of(event)).invalid]
