"""Ends uploads without news, and sends their ends to the connections of their users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from application.broadcast import Broadcast
from domain.abandonment import look
from domain.upload import UploadProgress
from infra.dynamodb.due_index import DueKey
from infra.dynamodb.uploads import UploadStore
from infra.rate_limiter import RateLimiter
from infra.telemetry import log_failure
from infra.thread_pool import SecondsLeft

MAX_AT_ONCE = 25  # few enough that their posts are sent within the time that a sweep keeps


class AbandonUploads:
    """Looks at due uploads. An end is stored before it is sent, and sent again by later sweeps until it arrives."""

    def __init__(
        self,
        uploads: UploadStore,
        broadcast: Broadcast,
        pace: RateLimiter,
        *,
        abandon_after_ms: int,
        max_connections_per_user: int,
    ) -> None:
        self._uploads = uploads
        self._broadcast = broadcast
        self._pace = pace
        self._abandon_after_ms = abandon_after_ms
        self._max_connections_per_user = max_connections_per_user

    def run(self, keys: Iterable[DueKey], clock: Callable[[], int], seconds_left: SecondsLeft) -> Counter[str]:
        """Processes due uploads while there is time; the rest stays due for the next sweep. Returns the counts."""
        counts: Counter[str] = Counter()
        remaining = iter(keys)
        while seconds_left() > 0 and (some := list(islice(remaining, MAX_AT_ONCE))):
            try:
                counts.update(self._take(some, clock(), seconds_left))
            except Exception:
                log_failure("uploads_not_swept", uploads=len(some))
                counts["uploads_failed"] += len(some)
        return counts

    def _take(self, keys: Sequence[DueKey], now: int, seconds_left: SecondsLeft) -> Counter[str]:
        rows = self._uploads.read((key.user_id, key.item_id) for key in keys).values()
        looks = [(one, look(one, now, self._abandon_after_ms)) for one in rows if one.is_due(now)]
        written = [(stored, state) for stored, state in looks if self._uploads.replace(stored, state)]
        ends = [state for _, state in written if state.is_abandoned and state.due_at is not None]
        return Counter(
            uploads_abandoned=sum(state.is_abandoned and not stored.is_abandoned for stored, state in written),
            uploads_waiting=len(written) - len(ends),
            ends_sent=self._send(ends, now, seconds_left) if ends else 0,
        )

    def _send(self, ends: Sequence[UploadProgress], now: int, seconds_left: SecondsLeft) -> int:
        """Sends ends and takes those that arrived out of the index; returns their number."""
        self._pace.wait(len(ends) * self._max_connections_per_user)
        undelivered = self._broadcast.deliver(ends, now, seconds_left).undelivered
        arrived = [one for one in ends if (one.user_id, one.upload_id) not in undelivered]
        for one in arrived:
            self._uploads.replace(one, replace(one, due_at=None))
        return len(arrived)
