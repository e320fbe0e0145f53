"""The state of one upload, and the state after an accepted update."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.update import ENDED, CreatedObject, Update

SIZES = ("bytesUploaded", "bytesTotal")
KEPT_WHEN_LEFT_OUT = ("fileName", *SIZES)

RUNNING_KEPT_SECONDS = 24 * 3600
ENDED_KEPT_SECONDS = 3600
ENDED_SHOWN_MS = 15 * 60 * 1000
BUCKET = "bucket"
SWEEP = "sweep"
CLIENT = "client"
ABANDONED = "abandoned"
MAX_RUN_IDS = 8
DUE_SHARDS = 16


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """The newest known state of an upload; times in epoch milliseconds, sizes in bytes.

    `updated_at` is by the pipeline's clock; `received_at`, by the server's, decides how long the row is kept.

    `facts` holds the other fields of the wire: fileName, phase, phasePercent, stalledAfterSeconds, bytesUploaded,
    bytesTotal, bytesPerSecond, etaSeconds, unpredictable, message, error, result, correlationId. It also holds the
    `percent` of a pipeline that knows no bytes. `status_rev` is the rev that brought the present status.
    `attempt_rev` is the start of the attempt, `earlier_end` the latest end of an earlier attempt.

    `run_ids` are the runs of this attempt, the one that began it first; `former_run_ids` those of earlier attempts.
    `source` is "bucket" if the bucket's event brought this state. `object_identity` and `object_sequencer` are those of
    the latest object. `source` is "sweep" if the sweep ended an upload without news, and "client" while only the user's
    own clients have reported it. None is a pipeline. `due_at` is when the sweep looks at it next; None for an ended
    upload.
    """

    user_id: str
    upload_id: str
    status: str
    attempt: int
    rev: int
    status_rev: int
    started_at: int
    updated_at: int
    received_at: int
    facts: Mapping[str, Any]
    attempt_rev: int = 0
    earlier_end: int = 0
    run_ids: tuple[str, ...] = ()
    former_run_ids: tuple[str, ...] = ()
    source: str | None = None
    object_identity: str | None = None
    object_sequencer: str | None = None
    due_at: int | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_abandoned(self) -> bool:
        """Returns True if the sweep ended it. This end is an assumption, which later news replaces."""
        is_assumed = self.source == SWEEP or (self.is_clients and self.facts.get("error", {}).get("code") == ABANDONED)
        return self.ended and is_assumed

    @property
    def is_clients(self) -> bool:
        """Returns True if only clients of the user have reported it. The server's update replaces it at any rev."""
        return self.source == CLIENT

    @property
    def has_reported_end(self) -> bool:
        """Returns True if a pipeline or the bucket ended it."""
        return self.ended and not self.is_abandoned

    def has_reported(self, status: str) -> bool:
        """Returns True if a pipeline or the bucket set this status."""
        return self.status == status and not self.is_abandoned

    def is_due(self, now: int) -> bool:
        """Returns True if the sweep must look at it; `now` in epoch milliseconds."""
        return self.due_at is not None and self.due_at <= now

    @property
    def due_shard(self) -> int:
        """The partition of the due index that lists it."""
        return zlib.crc32(f"{self.user_id}/{self.upload_id}".encode()) % DUE_SHARDS

    @property
    def brings_status(self) -> bool:
        """Returns True if this state is sent as `status`, which must not be lost, rather than `progress`."""
        return self.rev == self.status_rev

    @property
    def ordered_at(self) -> int:
        """The moment that orders it, and its `rev` for clients: a clock that is ahead does not block the others."""
        return min(self.rev, self.received_at)

    @property
    def percent(self) -> float | None:
        """0 to 100 with one decimal; 100 only when completed.

        Without a size it is the percent that the pipeline reports; None if that is unknown too.
        """
        if self.status == "completed":
            return 100.0
        total: int | None = self.facts.get("bytesTotal")
        if total is None:
            reported: float | None = self.facts.get("percent")
            return None if reported is None else min(99.9, reported)
        if total == 0:
            return 0.0
        uploaded: int = self.facts.get("bytesUploaded", 0)
        return min(99.9, uploaded * 1000 // total / 10)

    @property
    def expires_at(self) -> int:
        """The TTL of the row, in epoch seconds."""
        kept = ENDED_KEPT_SECONDS if self.has_reported_end else RUNNING_KEPT_SECONDS
        return self.received_at // 1000 + kept

    def has_expired(self, now: int) -> bool:
        """Returns True for a row past its TTL; DynamoDB deletes it later."""
        return self.expires_at * 1000 <= now

    def is_shown(self, now: int) -> bool:
        """Returns True if snapshots hold it: it runs, or it ended in the last 15 minutes."""
        if self.ended:
            return now - self.received_at <= ENDED_SHOWN_MS
        return not self.has_expired(now)


def apply(stored: UploadProgress | None, update: Update, attempt: int) -> UploadProgress:
    """Returns the state after an accepted update of this attempt.

    File name, bytes and total stay when the update leaves them out. All else (phase, speed, message, error, result)
    holds for one update. Within an attempt the bytes never decrease, nor does the percent within a phase.
    """
    if stored and stored.is_clients and not update.by_client:
        return apply(None, _with_left_out(stored, update, attempt), attempt)
    before = stored if stored and attempt == stored.attempt else None
    least = _least_rev(before, update)
    rev = max(update.rev, least)
    return UploadProgress(
        user_id=update.user_id,
        upload_id=update.upload_id,
        status=update.status,
        attempt=attempt,
        rev=rev,
        status_rev=before.status_rev if before and before.has_reported(update.status) and not update.ends else rev,
        started_at=_started_at(before, update),
        updated_at=update.updated_at,
        received_at=max(update.received_at, least),
        facts=_merged_facts(stored, update, before is not None),
        attempt_rev=before.attempt_rev if before else update.ordered_at,
        earlier_end=_earlier_end(stored, before),
        run_ids=_run_ids(before, update),
        former_run_ids=_former_run_ids(stored, before),
        source=CLIENT if update.by_client else BUCKET if update.created else None,
        object_identity=(update.created or _object_of(before)).identity,
        object_sequencer=(update.created or _object_of(before)).sequencer,
    )


def _with_left_out(stored: UploadProgress, update: Update, attempt: int) -> Update:
    """Returns the server's first update of an upload, with what it leaves out and the user's clients have reported.

    A size that the server names is not limited by a size of a client, which may be wrong. An update that is older than
    the report takes no bytes back.
    """
    started_at = stored.started_at if update.started_at is None and attempt == stored.attempt else update.started_at
    names_size = attempt != stored.attempt or not update.facts.keys().isdisjoint(SIZES)
    kept = {name: stored.facts[name] for name in KEPT_WHEN_LEFT_OUT if name in stored.facts}
    facts = {name: value for name, value in kept.items() if not (names_size and name in SIZES)} | update.facts
    if attempt == stored.attempt and update.ordered_at < stored.ordered_at:
        facts["bytesUploaded"] = max(stored.facts.get("bytesUploaded", 0), facts.get("bytesUploaded", 0))
    return replace(update, started_at=started_at, facts=facts)


def _least_rev(before: UploadProgress | None, update: Update) -> int:
    """Returns the least rev that clients take where the update replaces an end, or its time is too coarse; else 0.

    Clients take a higher rev, and any end of an attempt that runs. An end of the bucket has at least the stored rev.
    Otherwise progress that a client receives later would replace it.
    """
    if before is None:
        return 0
    if update.created and update.ends:
        return before.ordered_at
    if before.ended:
        return before.ordered_at + 1
    is_coarse = update.whole_second and not update.ends
    return min(before.ordered_at + 1, update.received_at) if is_coarse else 0


def _object_of(before: UploadProgress | None) -> CreatedObject:
    return CreatedObject(before.object_identity, before.object_sequencer) if before else CreatedObject(None)


def _earlier_end(stored: UploadProgress | None, before: UploadProgress | None) -> int:
    if stored is None:
        return 0
    return max(stored.earlier_end, stored.ordered_at) if before is None and stored.ended else stored.earlier_end


def _run_ids(before: UploadProgress | None, update: Update) -> tuple[str, ...]:
    """Returns the runs of the attempt: at most 8, always with the first. A named attempt adds no run."""
    known = before.run_ids if before else ()
    if update.attempt is not None or update.run_id is None or update.run_id in known:
        return known
    return (*known[:1], *known[1:][2 - MAX_RUN_IDS :], update.run_id)


def _former_run_ids(stored: UploadProgress | None, before: UploadProgress | None) -> tuple[str, ...]:
    if stored is None:
        return ()
    former = stored.former_run_ids if before else (*stored.former_run_ids, *stored.run_ids)
    return former[-MAX_RUN_IDS:]


def _started_at(stored: UploadProgress | None, update: Update) -> int:
    """Returns the start of the attempt: the update's `startedAt`, else the time of its first update."""
    if update.started_at is not None:
        return update.started_at
    return stored.started_at if stored else update.updated_at


def _merged_facts(stored: UploadProgress | None, update: Update, same_attempt: bool) -> dict[str, Any]:
    kept = {name: stored.facts[name] for name in KEPT_WHEN_LEFT_OUT if name in stored.facts} if stored else {}
    already = kept.pop("bytesUploaded", 0) if same_attempt else 0
    facts = {**kept, **update.facts}
    uploaded, total = max(already, update.facts.get("bytesUploaded", 0)), facts.get("bytesTotal")
    facts["bytesUploaded"] = uploaded if total is None else min(uploaded, total)
    before = stored.facts.get("percent") if stored and same_attempt and total is None else None
    if before is not None:
        facts["percent"] = max(before, facts.get("percent", 0))
    if stored and same_attempt and _is_later_in_phase(stored, update):
        facts["phasePercent"] = max(stored.facts["phasePercent"], facts["phasePercent"])
    return {name: value for name, value in facts.items() if value is not None}


def _is_later_in_phase(stored: UploadProgress, update: Update) -> bool:
    """Returns True if both have a percent of the same phase."""
    same_phase = (stored.status, stored.facts.get("phase")) == (update.status, update.facts.get("phase"))
    return same_phase and None not in (stored.facts.get("phasePercent"), update.facts.get("phasePercent"))
