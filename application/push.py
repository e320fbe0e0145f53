"""Processes a push: stores updates, sends the new states, and returns the items that must be processed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from application.broadcast import Broadcast, BroadcastResult
from application.disconnect_user import DisconnectUser
from application.push_counts import PushCounts
from application.store_updates import SavedUpload, StoreUpdates
from domain.acceptance import brought_status
from domain.push_batch import InvalidItem, check_items
from domain.push_item import PushItem
from infra.dynamodb.uploads import UploadKey
from infra.thread_pool import SecondsLeft

EXPIRED = "expired: it is older than 24 h, or the end of an attempt than 1 h, and the upload is not stored"
MAX_CORRELATION_IDS = 100  # in one line of the log


class PushResult(NamedTuple):
    """The result of a push.

    `expired` are updates that were refused for their age; `left` are valid items that failed temporarily.
    `correlation_ids` belong to the states sent, `received_at` to the messages delivered.
    """

    counts: PushCounts
    invalid: list[InvalidItem]
    expired: list[InvalidItem]
    left: list[PushItem]
    correlation_ids: list[str]
    received_at: list[int]


class Push:
    """Stores each state before it is sent, so that a client that connects meanwhile finds it in the snapshot."""

    def __init__(self, store_updates: StoreUpdates, broadcast: Broadcast, disconnect_user: DisconnectUser) -> None:
        self._store_updates = store_updates
        self._broadcast = broadcast
        self._disconnect_user = disconnect_user

    def process(
        self,
        items: Sequence[PushItem],
        now: int,
        seconds_left: SecondsLeft,
        may_report_for: Callable[[str], bool] | None = None,
    ) -> PushResult:
        """Processes each item independently of the others; `may_report_for` decides on the users of the sender.

        Progress that could not be sent is dropped, because more follows. These are left for another try: a status that
        could not be sent, an update that could not be stored, and a request to disconnect that is not complete.
        """
        batch = check_items(items, may_report_for)
        counts = PushCounts(received=len(items), invalid=len(batch.invalid))
        saved = self._store_updates.save(batch.updates, now, seconds_left) if batch.updates else []
        _count(saved, counts)
        states = [one.state for one in saved if one.state]
        sent = self._broadcast.deliver(states, now, seconds_left)
        counts.closed, incomplete = self._disconnect_user.disconnect_all(batch.requests, now, seconds_left)
        _count_sends(sent, counts)
        counts.failed += len(incomplete)
        left = [items[place] for place in (*_undelivered(saved, sent.undelivered), *incomplete)]
        too_old = sorted(place for one in saved if one.batch for place in one.batch.expired)
        expired = [InvalidItem(items[place], "rev", EXPIRED) for place in too_old]
        ids = [state.facts["correlationId"] for state in states if "correlationId" in state.facts]
        return PushResult(counts, batch.invalid, expired, left, ids[:MAX_CORRELATION_IDS], sent.received_at)


def _count(saved: Iterable[SavedUpload], counts: PushCounts) -> None:
    for one in saved:
        if one.batch is None:
            counts.failed += len(one.updates)
            continue
        counts.stale += one.batch.stale
        counts.duplicate += one.batch.duplicate
        counts.conflated += one.batch.conflated
        counts.ignored += one.batch.ignored
        counts.expired += len(one.batch.expired)


def _count_sends(sent: BroadcastResult, counts: PushCounts) -> None:
    counts.delivered = sent.counts["delivered"]
    counts.pending = sent.counts["pending"]
    counts.gone = sent.counts["gone"]
    counts.failed += sent.counts["failed"]


def _undelivered(saved: Iterable[SavedUpload], undelivered: set[UploadKey]) -> Iterable[int]:
    """Yields the indexes of updates that were not stored, or whose status did not reach every connection."""
    for one in saved:
        if one.batch is None:
            yield from (update.index for update in one.updates)
        elif one.state and (one.state.user_id, one.state.upload_id) in undelivered:
            yield from (update.index for update in one.updates if brought_status(one.state, update))
