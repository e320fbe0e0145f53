"""Reads the events that invoke push: direct calls, SQS batches and EventBridge events.

Sources: Lambda Developer Guide, "Using Lambda with Amazon SQS"; EventBridge User Guide, "Events in Amazon EventBridge".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from domain.disconnect_request import is_disconnect_request
from domain.push_item import PushEvent, PushItem
from domain.timestamps import epoch_ms
from domain.upload_bucket import UploadBucket

MARKS = frozenset({"uploadId", "status", "disconnect"})  # an object with one of these is an item of its own
EPOCH_MS = re.compile(r"[0-9]{1,13}")
# Lambda waits a minute before the second try of an asynchronous invocation and two before the third (Lambda Developer
# Guide, "Error handling for asynchronous invocation").
RETRIES_LAST_MS = {2: 60_000, 3: 180_000}


def read_push_event(event: object, now: int, bucket: UploadBucket | None = None) -> PushEvent:
    """Reads one update, a list, `{"updates": [...]}`, `{"disconnect": ...}`, an SQS batch or an EventBridge event.

    A request to disconnect may be beside `updates`, or beside the fields of an update; then both are items.

    The body of an SQS message and the detail of an EventBridge event are read like a direct event. The source's time is
    SQS's SentTimestamp, EventBridge's `time`, else `now`. With `bucket`, S3's "Object Created" updates the upload that
    the object's key names. Unreadable input becomes an item too, so that it is reported. Never raises.
    """
    if _is_sqs(event):
        source, found = "sqs", _messages(event["Records"], now, bucket)  # type: ignore[index]
    else:
        source, found = "eventbridge" if _is_announcement(event) else "direct", _contents(event, now, bucket)
    known = list(found)
    items = [item for item in known if item]
    placed = tuple(replace(item, position=place) for place, item in enumerate(items))
    return PushEvent(source, placed, len(known) - len(items))


def _is_sqs(event: object) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        return False
    return all(isinstance(one, dict) and one.get("eventSource") == "aws:sqs" for one in records)


def _messages(records: Iterable[Mapping[str, Any]], now: int, bucket: UploadBucket | None) -> Iterator[PushItem | None]:
    for record in records:
        body = _body(record)
        failed_at = None
        if isinstance(body, dict) and body.keys() >= {"requestContext", "requestPayload"}:
            body, failed_at = body["requestPayload"], _first_tried_at(body)
        for item in _contents(body, _sent_at(record, now), bucket):
            if item and item.announced_at is None:
                item = replace(item, announced_at=failed_at)
            yield item and replace(item, message=record)


def _first_tried_at(failed: Mapping[str, Any]) -> int | None:
    """Returns the latest possible start of a failed asynchronous invocation; None without a time.

    `failed` is its record on the dead-letter queue. Moved back, it stands for the original event, and is no newer.
    (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".)
    """
    context, recorded_at = failed["requestContext"], epoch_ms(failed.get("timestamp"))
    tries = context.get("approximateInvokeCount") if isinstance(context, dict) else None
    return None if recorded_at is None else recorded_at - RETRIES_LAST_MS.get(tries if isinstance(tries, int) else 1, 0)


def _body(record: Mapping[str, Any]) -> object:
    """Returns the parsed body, or its text if that is not JSON."""
    body = record.get("body")
    try:
        return json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return body


def _sent_at(record: Mapping[str, Any], now: int) -> int:
    attributes = record.get("attributes")
    sent = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
    return int(sent) if isinstance(sent, str) and EPOCH_MS.fullmatch(sent) else now


def _contents(value: object, received_at: int, bucket: UploadBucket | None) -> Iterator[PushItem | None]:
    """Yields the items, also those of events that came through a queue; None for an object that is no upload."""
    for raw in _listed(value):
        if _is_announcement(raw):
            yield from _announced(raw, received_at, bucket)  # type: ignore[arg-type]
        else:
            yield PushItem(raw, received_at)


def _listed(value: object) -> list[object]:
    """Returns the items of one update, a list, or `{"updates": [...]}`, and of the fields beside `updates`."""
    if isinstance(value, dict) and "updates" in value:
        beside = {name: content for name, content in value.items() if name != "updates"}
        listed = [*_several(value["updates"]), *([beside] if beside.keys() & MARKS else [])]
    else:
        listed = _several(value)
    return [part for one in listed for part in _parts(one)]


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _parts(value: object) -> list[object]:
    """Returns an update and the request to disconnect beside it as two items, so that neither is ignored."""
    if not is_disconnect_request(value) or not value.keys() & MARKS - {"disconnect"}:  # type: ignore[attr-defined]
        return [value]
    update = {name: content for name, content in value.items() if name != "disconnect"}  # type: ignore[attr-defined]
    return [update, {"disconnect": value["disconnect"]}]  # type: ignore[index]


def _is_announcement(value: object) -> bool:
    """Returns True for an event of EventBridge; these of its fields identify it."""
    return isinstance(value, dict) and value.keys() >= {"source", "detail-type", "detail"}


def _announced(event: dict[str, Any], received_at: int, bucket: UploadBucket | None) -> Iterator[PushItem | None]:
    time = epoch_ms(event.get("time"))
    if (event["source"], event["detail-type"]) != ("aws.s3", "Object Created"):
        for raw in _listed(event["detail"]):
            yield PushItem(raw, received_at, announcement=event, announced_at=time)
        return
    found = bucket.read(event) if bucket else None
    yield found and PushItem(found[0], received_at, announcement=event, announced_at=time, created=found[1])
