"""Reads the events that invoke push: direct calls, batches of SQS, and events of AWS's services.

Sources: Lambda Developer Guide, "Using Lambda with Amazon SQS"; EventBridge User Guide, "Amazon EventBridge Pipes".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from domain.push_item import PushEvent, PushItem
from domain.upload_bucket import UploadBucket
from handlers.event_items import EventItems, parsed, sent_at


def read_push_event(
    event: object, now: int, bucket: UploadBucket | None = None, function_arn: str | None = None
) -> PushEvent:
    """Reads one update, a list, `{"updates": [...]}`, `{"disconnect": ...}`, an SQS batch or an event of AWS.

    A request to disconnect may be beside `updates`, or beside the fields of an update; then both are items.

    The body of an SQS message and the detail of an EventBridge event are read like a direct event. The source's time is
    SQS's SentTimestamp, the time in the event, else `now`. With `bucket`, S3's events update the upload that the
    object's key names. `function_arn` is push's own, whose failed invocations come back from its dead-letter queue.
    Unreadable input becomes an item too, so that it is reported. Never raises.
    """
    items = EventItems(bucket, function_arn)
    messages = _sqs_records(event)
    if messages is not None:
        source, found = "sqs", _messages(messages, now, items)
    else:
        first = event[0] if isinstance(event, list) and event else event  # a pipe sends a list of records
        source, found = items.kind(first) or "direct", items.read(event, now)
    return PushEvent.of(source, found)


def _sqs_records(event: object) -> list[Mapping[str, Any]] | None:
    """Returns the messages of a batch; an event source mapping sends them in an object, a pipe in a list."""
    records = event.get("Records") if isinstance(event, dict) else event or None
    if not isinstance(records, list):
        return None
    is_batch = all(isinstance(one, dict) and one.get("eventSource") == "aws:sqs" for one in records)
    return records if is_batch else None


def _messages(records: Iterable[Mapping[str, Any]], now: int, items: EventItems) -> Iterator[PushItem | None]:
    for record in records:
        for item in items.read(parsed(record.get("body")), now if (sent := sent_at(record)) is None else sent):
            yield item and replace(item, message=record)
