"""See to it that nothing of a push is lost: what must come again does, what never will be valid is kept for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from application.push import PushResult
from domain.push_item import PushEvent, PushItem
from infra.sqs.progress_queue import NotQueuedError, ProgressQueue
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft


class Requeue:
    """`queue` gives the queue, which most invocations never need."""

    def __init__(self, queue: Callable[[], ProgressQueue]) -> None:
        self._queue = queue

    def date(self, pushed: PushEvent) -> PushEvent:
        """Sends messages anew, with their times, that an invocation died over before; answers the event without them.

        The next death may bring a message to the dead-letter queue, and what comes back from there has a new
        SentTimestamp: without times in its text an old update would be the newest.
        """
        died = {item.message_id for item in pushed.items if _receives(item) > 1 and self._lacks_times(item)}
        again = [item for item in pushed.items if item.message_id in died]
        if not again or not self._put(again):
            return pushed
        log("messages_dated", messages=len(died))
        rest = [item for item in pushed.items if item.message_id not in died]
        return replace(pushed, items=tuple(replace(item, position=place) for place, item in enumerate(rest)))

    def settle(self, pushed: PushEvent, taken: PushResult, seconds_left: SecondsLeft) -> list[dict[str, str]]:
        """Answers the batch item failures of an SQS batch; for other sources, puts what is left on ProgressQueue.

        Nobody reads an answer to SQS or EventBridge: their invalid items are parked on the dead-letter queue. Raises
        NotQueuedError if the caller must invoke again instead.
        """
        unparked: list[PushItem] = []
        if taken.invalid and pushed.source != "direct":
            found = [(pushed.items[invalid.position], invalid) for invalid in taken.invalid]
            unparked = self._queue().park(found, seconds_left)
        if pushed.source == "sqs":
            return self._settle_messages(pushed, taken, unparked)
        if unparked:
            raise NotQueuedError(f"{len(unparked)} invalid items")
        if taken.left:
            self._queue().put(taken.left)
            taken.counts.update(queued=len(taken.left))
        return []

    def _settle_messages(
        self, pushed: PushEvent, taken: PushResult, unparked: Sequence[PushItem]
    ) -> list[dict[str, str]]:
        """A message comes again as it is, except one that must not: its items that are left do so in a new one.

        That is a message without its times, which the dead-letter queue would make newer than it is, and one whose
        invalid items are parked already, which would be parked at every receive.
        """
        stay = {item.message_id for item in unparked}
        parked = {pushed.items[invalid.position].message_id for invalid in taken.invalid} - stay
        moving = {one.message_id for one in taken.left if one.message_id in parked or self._lacks_times(one)} - stay
        moved = [one for one in taken.left if one.message_id in moving]
        if not moved or not self._put(moved):
            return self._fail([*taken.left, *unparked])
        taken.counts.update(queued=len(moved))
        return self._fail([*(one for one in taken.left if one.message_id not in moving), *unparked])

    def _lacks_times(self, item: PushItem) -> bool:
        return not item.is_dated and self._queue().owns(item)

    def _put(self, items: Sequence[PushItem]) -> bool:
        """Answers whether all of them wait on ProgressQueue; if not, their messages must come again."""
        try:
            self._queue().put(items)
        except NotQueuedError:
            log_failure("not_queued", items=len(items))
            return False
        return True

    def _fail(self, items: Iterable[PushItem]) -> list[dict[str, str]]:
        failed: dict[str, Any] = {item.message_id: item.message for item in items if item.message_id}
        if failed:
            self._queue().hasten(failed.values())
        return [{"itemIdentifier": one} for one in failed]


def _receives(item: PushItem) -> int:
    attributes = item.message.get("attributes") if item.message else None
    count = attributes.get("ApproximateReceiveCount") if isinstance(attributes, dict) else None
    return int(count) if isinstance(count, str) and count.isascii() and count.isdigit() else 1
