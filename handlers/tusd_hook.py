"""Reads the hooks of tusd (tusd documentation, "Hooks").

A hook comes once, several times, or never, and in any order. Each state is therefore one that a later hook of the same
upload outdates: bytes never decrease, and nothing follows an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.push_item import PushItem
from domain.update import MAX_NAME_CHARACTERS
from domain.upload_bucket import UploadBucket

STATUSES = {
    "post-create": "uploading",  # not queued: it may come after the first bytes
    "post-receive": "uploading",
    "pre-finish": "uploading",
    "post-finish": "completed",
    "post-terminate": "canceled",
}


def read_hook(
    hook: Mapping[str, Any], received_at: int, announced_at: int | None, bucket: UploadBucket | None
) -> PushItem | None:
    """Returns the update of a hook; None for one that concerns no upload.

    A part of a parallel upload is no upload. The deletion of a whole file does not cancel its upload.
    """
    upload, status = hook["Event"]["Upload"], STATUSES.get(str(hook.get("Type")))
    if status is None or not isinstance(upload, dict) or upload.get("IsPartial") is True:
        return None
    # tusd writes 0 for a size that is still unknown; its documentation says null.
    offset, size = upload.get("Offset"), None if upload.get("SizeIsDeferred") is True else upload.get("Size")
    if status == "canceled" and offset == size:
        return None
    if status == "completed" and bucket is not None:
        status = bucket.status
    update = _ids(upload, bucket) | {"status": status, "bytesUploaded": offset, "bytesTotal": size}
    return PushItem(update, received_at, announced_at=announced_at)


def _ids(upload: Mapping[str, Any], bucket: UploadBucket | None) -> dict[str, Any]:
    """Returns the ids that the object's key has, so that S3's event means the same upload; else those of MetaData."""
    data = upload["MetaData"] if isinstance(upload.get("MetaData"), dict) else {}
    # The client chooses the name. A long one must not cost the upload its progress.
    name = data.get("filename")
    named = {"fileName": name[:MAX_NAME_CHARACTERS]} if isinstance(name, str) else {}
    storage = upload.get("Storage")
    stored = bucket.ids(storage.get("Key")) if bucket and isinstance(storage, dict) else None
    if stored is not None:
        return named | stored
    return named | {"userId": data.get("userId"), "uploadId": data.get("uploadId", upload.get("ID"))}
