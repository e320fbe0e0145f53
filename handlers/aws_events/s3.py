"""Reads S3's notifications, and its events of EventBridge.

Sources: Amazon S3 User Guide, "Event message structure" (keys are encoded as forms are) and "EventBridge event message
structure" (keys are plain).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from domain.push_item import PushItem
from domain.timestamps import epoch_ms, rfc3339
from domain.upload_bucket import UploadBucket

# A copy is no upload. Tags, access rights, restored and removed objects do not concern uploads.
UPLOADED = frozenset({"ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:CompleteMultipartUpload"})
COPY = "CopyObject"


def read_record(record: Mapping[str, Any], received_at: int, bucket: UploadBucket | None) -> PushItem | None:
    """Returns the update of one record of a notification; None if it concerns no upload."""
    described, name = record.get("s3"), str(record.get("eventName")).removeprefix("s3:")
    stored = described.get("object") if isinstance(described, dict) else None
    if name not in UPLOADED or not isinstance(stored, dict) or not isinstance(stored.get("key"), str):
        return None
    time = epoch_ms(record.get("eventTime"))
    dated = record if time is not None else {**record, "eventTime": rfc3339(received_at)}
    plain = {**stored, "key": unquote_plus(stored["key"])}
    return _item(plain, {"Records": [dated]}, received_at, time, bucket)


def read_event(event: Mapping[str, Any], received_at: int, bucket: UploadBucket | None) -> PushItem | None:
    """Returns the update of an event of EventBridge; None if it concerns no upload."""
    detail = event["detail"]
    stored = detail.get("object") if isinstance(detail, dict) else None
    if event["detail-type"] != "Object Created" or not isinstance(stored, dict) or detail.get("reason") == COPY:
        return None
    return _item(stored, event, received_at, epoch_ms(event.get("time")), bucket)


def _item(
    stored: Mapping[str, Any], event: Mapping[str, Any], received_at: int, time: int | None, bucket: UploadBucket | None
) -> PushItem | None:
    # EventBridge has `etag`, a notification `eTag`.
    etag = stored.get("etag", stored.get("eTag"))
    key = stored.get("key")
    found = bucket.created(key, stored.get("size"), etag, stored.get("sequencer")) if bucket else None
    if bucket is None or found is None:
        return None
    update, created = found
    return PushItem(
        update,
        received_at,
        announced_at=time,
        event=event,
        created=created,
        only_running=bucket.is_of_tool(key),
    )
