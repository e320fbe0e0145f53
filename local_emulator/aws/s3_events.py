"""The notifications of S3, and its events for EventBridge. Pure.

Sources: S3 User Guide, notification-content-structure, notification-how-to-filtering, ev-events and
ev-mapping-troubleshooting; captured events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from local_emulator.timestamps import iso_8601

EVENT_VERSION = "2.1"
SUBJECT = "Amazon S3 Notification"
REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
DETAIL_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl:Put": "Object ACL Updated",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
}
DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """One change of an object. `name` is as in a notification: `ObjectCreated:Put`.

    An object that is deleted has no size and no etag, and one of an unversioned bucket no version.
    """

    name: str
    bucket: str
    region: str
    account: str
    key: str
    size: int | None
    etag: str | None
    version_id: str | None
    sequencer: str
    time: datetime
    request_id: str
    source_ip: str

    @property
    def encoded_key(self) -> str:
        """The key as notifications and their filters have it: a space is a plus, a slash stays."""
        return quote_plus(self.key, safe="/")

    def notification(self, configuration_id: str) -> dict[str, Any]:
        """Returns the notification for a function, a queue or a topic."""
        described = {"key": self.encoded_key, "size": self.size, "eTag": self.etag, "versionId": self.version_id}
        principal = {"principalId": f"AWS:{self.account}"}
        bucket = {"name": self.bucket, "ownerIdentity": {"principalId": self.account}, "arn": self._bucket_arn}
        record = {
            "eventVersion": EVENT_VERSION,
            "eventSource": "aws:s3",
            "awsRegion": self.region,
            "eventTime": iso_8601(self.time),
            "eventName": self.name,
            "userIdentity": principal,
            "requestParameters": {"sourceIPAddress": self.source_ip},
            "responseElements": {"x-amz-request-id": self.request_id, "x-amz-id-2": self.request_id},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": configuration_id,
                "bucket": bucket,
                "object": {**_given(described), "sequencer": self.sequencer},
            },
        }
        return {"Records": [record]}

    def event(self, event_id: str) -> dict[str, Any]:
        """Returns the event for EventBridge."""
        described = {"key": self.key, "size": self.size, "etag": self.etag, "version-id": self.version_id}
        detail = {
            "version": "0",
            "bucket": {"name": self.bucket},
            "object": {**_given(described), "sequencer": self.sequencer},
            "request-id": self.request_id,
            "requester": self.account,
            "source-ip-address": self.source_ip,
            "reason": REASONS.get(self.name),
            "deletion-type": DELETIONS.get(self.name),
        }
        return {
            "version": "0",
            "id": event_id,
            "detail-type": self.detail_type,
            "source": "aws.s3",
            "account": self.account,
            "time": iso_8601(self.time, "seconds"),
            "region": self.region,
            "resources": [self._bucket_arn],
            "detail": _given(detail),
        }

    @property
    def detail_type(self) -> str:
        return DETAIL_TYPES.get(self.name) or DETAIL_TYPES.get(self.name.partition(":")[0], self.name)

    @property
    def _bucket_arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket}"

    def is_wanted(self, names: Iterable[str], filters: Iterable[tuple[str, str]]) -> bool:
        """Returns True if a notification has the event's name, and filters that the key matches.

        Documented: a name may end in `*`, and filters are written as the key is in the notification.
        """
        own = f"s3:{self.name}"
        group = f"{own.rpartition(':')[0]}:*"
        return bool({own, group} & {*names}) and all(self._has(kind, text) for kind, text in filters)

    def _has(self, kind: str, text: str) -> bool:
        return self.encoded_key.startswith(text) if kind.lower() == "prefix" else self.encoded_key.endswith(text)


def check_event(bucket: str, time: datetime, request_id: str) -> dict[str, str]:
    """Returns the event with which S3 tries a new configuration (s3:TestEvent)."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": iso_8601(time),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": request_id,
    }


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
