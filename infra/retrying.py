"""See to it that nothing of a push is lost: what must come again does, what never will be valid is kept for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from domain.push_event import Item, PushEvent
from infra.push import Taken
from infra.queue import NotQueued, ProgressQueue
from infra.telemetry import log_failure


class Retrying:
    """`queue` gives the queue, which most invocations never need."""

    def __init__(self, queue: Callable[[], ProgressQueue]) -> None:
        self._queue = queue

    def settle(self, pushed: PushEvent, taken: Taken) -> list[dict[str, str]]:
        """Answers the batch item failures of an SQS batch; for other sources, puts what is left on ProgressQueue.

        Nobody reads an answer to SQS or EventBridge: their invalid items are parked on the dead-letter queue. Raises
        NotQueued if the caller must invoke again instead.
        """
        if pushed.source == "sqs":
            return self._fail([*taken.left, *self._unparked(pushed, taken)])
        if pushed.source == "eventbridge":
            for invalid in taken.invalid:
                self._queue().park(pushed.items[invalid.position], invalid)
        if taken.left:
            self._queue().put(taken.left)
            taken.counts.update(queued=len(taken.left))
        return []

    def _unparked(self, pushed: PushEvent, taken: Taken) -> Iterable[Item]:
        """What cannot be parked goes the way of every message that fails too often."""
        for invalid in taken.invalid:
            item = pushed.items[invalid.position]
            try:
                self._queue().park(item, invalid)
            except NotQueued:
                log_failure("not_parked", messageId=item.message_id)
                yield item

    def _fail(self, items: Iterable[Item]) -> list[dict[str, str]]:
        failed: dict[str, Any] = {item.message_id: item.message for item in items if item.message_id}
        if failed:
            self._queue().hasten(failed.values())
        return [{"itemIdentifier": one} for one in failed]
