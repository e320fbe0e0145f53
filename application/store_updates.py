"""Stores the newest state of every upload of a push, concurrently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.update import Update
from domain.upload import UploadProgress
from domain.upload_batch import UploadBatch
from infra.dynamodb.batch_get import MAX_KEYS
from infra.dynamodb.uploads import UploadKey, UploadStore
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft, WorkerPool


class SavedUpload(NamedTuple):
    """The result of a push for one upload; without `batch` it could not be stored and must be tried again."""

    updates: Sequence[Update]
    batch: UploadBatch | None = None

    @property
    def state(self) -> UploadProgress | None:
        """The state to broadcast: the new one, or the stored one for a duplicate."""
        batch = self.batch
        return batch.state if batch and (batch.changed or batch.duplicate) else None


class StoreUpdates:
    """Reads states by the hundred and writes each on its own; a failure does not affect the others."""

    def __init__(self, uploads: UploadStore, workers: WorkerPool) -> None:
        self._uploads = uploads
        self._workers = workers

    def save(self, updates: Iterable[Update], now: int, seconds_left: SecondsLeft) -> list[SavedUpload]:
        """Stores the updates by upload; starts nothing once the time is used up."""
        by_upload: defaultdict[UploadKey, list[Update]] = defaultdict(list)
        for update in updates:
            by_upload[update.user_id, update.upload_id].append(update)
        keys = [*by_upload]
        batches = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        reads = self._workers.map(lambda some: self._read(some, seconds_left), batches)
        unread = {key for some, read in zip(batches, reads, strict=True) if read is None for key in some}
        known = {key: state for read in reads for key, state in (read or {}).items()}

        def save(key: UploadKey) -> SavedUpload:
            some = by_upload[key]
            return SavedUpload(some) if key in unread else self._save(known.get(key), some, now, seconds_left)

        return self._workers.map(save, keys)

    def _read(self, keys: Sequence[UploadKey], seconds_left: SecondsLeft) -> Mapping[UploadKey, UploadProgress] | None:
        """Returns the stored states of one batch, or None after a failure."""
        if seconds_left() <= 0:
            log("uploads_left", uploads=len(keys))
            return None
        try:
            return self._uploads.read(keys)
        except Exception:
            log_failure("uploads_not_read", uploads=len(keys))
            return None

    def _save(
        self, stored: UploadProgress | None, updates: Sequence[Update], now: int, seconds_left: SecondsLeft
    ) -> SavedUpload:
        facts = {"userId": updates[0].user_id, "uploadId": updates[0].upload_id}
        if seconds_left() <= 0:
            log("upload_left", **facts)
            return SavedUpload(updates)
        try:
            return SavedUpload(updates, self._uploads.save(stored, updates, now))
        except Exception:
            log_failure("upload_not_saved", **facts)
            return SavedUpload(updates)
