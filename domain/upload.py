"""The state of one upload, and the one rule that decides whether an update may replace it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from domain.update import ENDED, Update

KEPT_WHEN_LEFT_OUT = ("fileName", "bytesUploaded", "bytesTotal")

RUNNING_KEPT_SECONDS = 24 * 3600
ENDED_KEPT_SECONDS = 3600
ENDED_SHOWN_MS = 15 * 60 * 1000


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """The newest known state of an upload; times in epoch milliseconds, sizes in bytes.

    `updated_at` is what the pipeline says; `received_at`, by our own clock, is what decides how long it is kept.

    `facts` holds what an update may say of it besides status, under the names of the wire (fileName, phase,
    bytesUploaded, bytesTotal, bytesPerSecond, etaSeconds, message, error, result, correlationId). `status_rev` is the
    rev of the update that brought the present status, `attempt_rev` the one that the attempt began with.
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

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def brings_status(self) -> bool:
        """Whether this state is told as `status` (never to be lost) rather than `progress`."""
        return self.rev == self.status_rev

    @property
    def percent(self) -> float | None:
        """0 to 100 with one decimal; 100 only when completed; None while the size is unknown."""
        if self.status == "completed":
            return 100.0
        total: int | None = self.facts.get("bytesTotal")
        if total is None:
            return None
        if total == 0:
            return 0.0
        uploaded: int = self.facts.get("bytesUploaded", 0)
        return min(99.9, uploaded * 1000 // total / 10)

    @property
    def expires_at(self) -> int:
        """When DynamoDB may forget the row, in epoch seconds."""
        kept = ENDED_KEPT_SECONDS if self.ended else RUNNING_KEPT_SECONDS
        return self.received_at // 1000 + kept

    def is_shown(self, now: int) -> bool:
        """Whether a snapshot holds it: running, or ended in the last 15 minutes."""
        if self.ended:
            return now - self.received_at <= ENDED_SHOWN_MS
        return self.expires_at * 1000 > now


class Verdict(Enum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"


def judge(stored: UploadProgress | None, update: Update) -> Verdict:
    """Whether `update` may replace `stored`. Clients and the conditional write mirror this rule.

    A higher attempt always may. Within an attempt that has not ended, a higher rev may, and so may any update
    that ends it. The same (attempt, rev) again is a duplicate, and so is the update that brought the present status:
    it comes again because that could not be told. Anything else is stale.
    """
    if stored is None:
        return Verdict.ACCEPTED
    attempt = attempt_of(update, stored)
    if attempt > stored.attempt:
        return Verdict.ACCEPTED
    if attempt == stored.attempt and not stored.ended and (update.rev > stored.rev or update.ends):
        return Verdict.ACCEPTED
    if attempt == stored.attempt and update.rev in (stored.rev, stored.status_rev):
        return Verdict.DUPLICATE
    return Verdict.STALE


def attempt_of(update: Update, stored: UploadProgress) -> int:
    """Left out, it is the stored attempt, or an earlier one (0) if that had not begun at the update's rev.

    Else the failure that a retry follows would, delivered again, end the retry.
    """
    if update.attempt is not None:
        return update.attempt
    is_of_earlier = stored.attempt > 1 and update.rev <= stored.attempt_rev and not update.any_attempt
    return 0 if is_of_earlier else stored.attempt


def brought_status(state: UploadProgress, update: Update) -> bool:
    """Whether this update must come again if `state` could not be told: no later one brings its status."""
    return update.rev == state.status_rev and update.attempt in (None, state.attempt)


def apply(stored: UploadProgress | None, update: Update) -> UploadProgress:
    """The state after an accepted update.

    File name, bytes and total stay as they were when the update leaves them out; whatever else describes a moment
    (phase, speed, message, error, result) does not outlive it. Within an attempt bytes never go back.
    """
    same_attempt = stored is not None and update.attempt in (None, stored.attempt)
    facts = _merged_facts(stored, update, same_attempt)
    return UploadProgress(
        user_id=update.user_id,
        upload_id=update.upload_id,
        status=update.status,
        attempt=update.attempt or (stored.attempt if stored else 1),
        rev=update.rev,
        status_rev=stored.status_rev if stored and same_attempt and stored.status == update.status else update.rev,
        started_at=_started_at(stored if same_attempt else None, update),
        updated_at=update.updated_at,
        received_at=update.received_at,
        facts=facts,
        attempt_rev=stored.attempt_rev if stored and same_attempt else update.rev,
    )


def _started_at(stored: UploadProgress | None, update: Update) -> int:
    """An attempt begins when an update says so, else with the first that came."""
    if update.started_at is not None:
        return update.started_at
    return stored.started_at if stored else update.updated_at


def _merged_facts(stored: UploadProgress | None, update: Update, same_attempt: bool) -> dict[str, Any]:
    kept = {name: stored.facts[name] for name in KEPT_WHEN_LEFT_OUT if name in stored.facts} if stored else {}
    already = kept.pop("bytesUploaded", 0) if same_attempt else 0
    facts = {**kept, **update.facts}
    uploaded, total = max(already, update.facts.get("bytesUploaded", 0)), facts.get("bytesTotal")
    facts["bytesUploaded"] = uploaded if total is None else min(uploaded, total)
    return {name: value for name, value in facts.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of updates does to one upload: the state to store and send, and how each update fared."""

    state: UploadProgress | None
    changed: bool
    stale: int
    duplicate: int
    conflated: int


def conflate(stored: UploadProgress | None, updates: Iterable[Update]) -> Batch:
    """Fold a batch's updates of one upload into its newest state.

    Updates are taken in the order (attempt, rev, position in the batch); a tie within the batch goes to the later
    position. Only the last state counts: a status that the batch itself has overtaken is not told.
    """
    state, accepted, stale, duplicate = stored, 0, 0, 0
    for update in sorted(_with_attempts(stored, updates), key=lambda one: (one.attempt or 0, one.rev, one.position)):
        verdict = judge(state, update)
        if verdict is Verdict.DUPLICATE and accepted and state and not state.ended and update.rev == state.rev:
            verdict = Verdict.ACCEPTED
        if verdict is Verdict.ACCEPTED:
            state, accepted = apply(state, update), accepted + 1
        elif verdict is Verdict.DUPLICATE:
            duplicate += 1
        else:
            stale += 1
    if state is not None and accepted:
        # Never back, whatever a pipeline's clock does: what was of an earlier attempt once is so for ever.
        attempt_rev = max(stored.attempt_rev if stored else 0, state.attempt_rev)
        state = replace(state, status_rev=_status_rev(stored, state), attempt_rev=attempt_rev)
    return Batch(state, accepted > 0, stale, duplicate, max(0, accepted - 1))


def _with_attempts(stored: UploadProgress | None, updates: Iterable[Update]) -> Iterator[Update]:
    """Name the attempt of those that leave it out: the one under way at their rev, by all that is known."""
    under_way = stored.attempt if stored else 1
    for update in sorted(updates, key=lambda one: (one.rev, one.position)):
        if update.attempt is not None:
            under_way = max(under_way, update.attempt)
            yield update
        elif stored and attempt_of(update, stored) == 0:
            yield replace(update, attempt=0)
        else:
            yield replace(update, attempt=under_way)


def _status_rev(stored: UploadProgress | None, state: UploadProgress) -> int:
    """The batch's result is told as a status if it differs from what was stored before the batch."""
    if stored and (stored.attempt, stored.status) == (state.attempt, state.status):
        return stored.status_rev
    return state.rev
