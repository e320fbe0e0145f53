"""The bucket that uploads end in, and what its events say of them.

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
    """Which objects are uploads, and the status that an upload has once its object is there.

    An object under an ignored suffix is a tool's own (a tus store keeps `ID.info` and `ID.part`), unless an upload of
    exactly that id runs.
    """

    keys: KeyPattern
    status: str = "completed"
    ignored_suffixes: tuple[str, ...] = ()

    def read(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], CreatedObject] | None:
        """Returns the update that an "Object Created" event means, and its object; None if it is no upload's.

        A copy is no upload, and no more is the empty object whose key ends in a slash, which consoles show as a folder.
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
    """Returns etag and size, by which S3 tells of one object twice; EventBridge has `etag`, some emulators `eTag`."""
    etag = created.get("etag", created.get("eTag"))
    return f"{etag[:128]} {created.get('size')}" if isinstance(etag, str) and etag else None
