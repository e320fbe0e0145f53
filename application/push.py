"""Take what pipelines say: store it, tell it, and name what must come again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from application.broadcast import Broadcast
from application.disconnect_user import DisconnectUser
from application.store_updates import SavedUpload, StoreUpdates
from domain.acceptance import brought_status
from domain.push_batch import InvalidItem, check_items
from domain.push_item import PushItem
from infra.dynamodb.uploads import UploadKey
from infra.thread_pool import SecondsLeft

EXPIRED = "expired: it is older than 24 h, or the end of an attempt than 1 h, and the upload is not stored"
MAX_CORRELATION_IDS = 100  # in one line of the log


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of a push.

    `expired` are the updates that were refused for their age; `left` are the valid items that could not be taken for a
    passing reason; `correlation_ids` are of the states told, `updated_at` of the messages delivered.
    """

    counts: Counter[str]
    invalid: list[InvalidItem]
    expired: list[InvalidItem]
    left: list[PushItem]
    correlation_ids: list[str]
    updated_at: list[int]


class Push:
    """States are stored before anybody hears of them; whoever connects meanwhile finds them in the snapshot."""

    def __init__(self, store_updates: StoreUpdates, broadcast: Broadcast, disconnect_user: DisconnectUser) -> None:
        self._store_updates = store_updates
        self._broadcast = broadcast
        self._disconnect_user = disconnect_user

    def take(self, items: Sequence[PushItem], now: int, seconds_left: SecondsLeft) -> PushResult:
        """Take each item by itself. Progress that could not be told is forgotten, for more will follow.

        A status is left. So is whatever could not be stored, and a request to disconnect whose work is not done.
        """
        batch = check_items(items)
        counts = Counter(received=len(items), invalid=len(batch.invalid))
        saved = self._store_updates.save(batch.updates, now, seconds_left) if batch.updates else []
        _count(saved, counts)
        states = [one.state for one in saved if one.state]
        told = self._broadcast.deliver(states, now, seconds_left)
        disconnected = self._disconnect_user.disconnect_all(batch.requests, now, seconds_left)
        left = [*_undelivered(saved, told.undelivered), *disconnected.left]
        counts.update(told.counts)
        counts.update(closed=disconnected.closed, failed=len(disconnected.left))
        ids = [state.facts["correlationId"] for state in states if "correlationId" in state.facts]
        again = [items[place] for place in left]
        return PushResult(counts, batch.invalid, _expired(saved), again, ids[:MAX_CORRELATION_IDS], told.updated_at)


def _count(saved: Iterable[SavedUpload], counts: Counter[str]) -> None:
    for one in saved:
        if one.batch is None:
            counts.update(failed=len(one.updates))
        else:
            batch = one.batch
            counts.update(stale=batch.stale, duplicate=batch.duplicate, conflated=batch.conflated)
            counts.update(ignored=batch.ignored, expired=len(batch.expired))


def _expired(saved: Iterable[SavedUpload]) -> list[InvalidItem]:
    places = sorted(place for one in saved if one.batch for place in one.batch.expired)
    return [InvalidItem(place, "rev", EXPIRED) for place in places]


def _undelivered(saved: Iterable[SavedUpload], undelivered: set[UploadKey]) -> Iterable[int]:
    """The positions of updates that were not stored, and of those whose status could not be told to everybody."""
    for one in saved:
        if one.batch is None:
            yield from (update.position for update in one.updates)
        elif one.state and (one.state.user_id, one.state.upload_id) in undelivered:
            yield from (update.position for update in one.updates if brought_status(one.state, update))
