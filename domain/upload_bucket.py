"""The bucket that stores uploads, and the meaning of its events.

Source: Amazon S3 User Guide, "EventBridge event message structure" (there, unlike in S3's own notifications, keys are
plain).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.key_pattern import KeyPattern
from domain.update import CreatedObject

COPY = "CopyObject"


@dataclass(frozen=True, slots=True)
class UploadBucket:
    """Reads the events of objects that are uploads; `status` is the status once the object was created.

    An object with an ignored suffix belongs to a tool (a tus store keeps `ID.info` and `ID.part`), unless an upload of
    exactly that id runs.
    """

    keys: KeyPattern
    status: str = "completed"
    ignored_suffixes: tuple[str, ...] = ()

    def read(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], CreatedObject] | None:
        """Returns the update for an "Object Created" event, and its object; None if the object is no upload.

        A copy is no upload, and neither is an empty object whose key ends in a slash, which consoles show as a folder.
        """
        detail = event["detail"]
        created = detail.get("object") if isinstance(detail, dict) else None
        if not isinstance(created, dict) or not isinstance(created.get("key"), str) or detail.get("reason") == COPY:
            return None
        key = created["key"]
        named = None if key.endswith("/") else self.keys.read(key)
        if named is None:
            return None
        update: dict[str, Any] = {name: named[name] for name in ("userId", "uploadId", "fileName") if name in named}
        update["status"] = self.status
        if "size" in created:
            update |= {"bytesUploaded": created["size"], "bytesTotal": created["size"]}
        return update, CreatedObject(_identity(created), key.endswith(self.ignored_suffixes))


def _identity(created: Mapping[str, Any]) -> str | None:
    """Returns etag and size, which identify repeated events; EventBridge has `etag`, some emulators `eTag`."""
    etag = created.get("etag", created.get("eTag"))
    return f"{etag[:128]} {created.get('size')}" if isinstance(etag, str) and etag else None
