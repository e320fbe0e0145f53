"""Requeues items that failed temporarily, and sends invalid ones to the dead-letter queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from application.push import PushResult
from domain.push_item import PushEvent, PushItem, numbered
from infra.sqs.progress_queue import NotQueuedError, ProgressQueue
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft


class Requeue:
    """`queue` returns the queue when it is first needed, which is rare."""

    def __init__(self, queue: Callable[[], ProgressQueue]) -> None:
        self._queue = queue

    def add_times(self, pushed: PushEvent) -> PushEvent:
        """Sends messages again with their times if an earlier invocation failed on them; returns the other items.

        Such a message may reach the dead-letter queue. Moved back from there it has a new SentTimestamp, so without
        times in its text an old update would count as the newest.
        """
        failed = {item.message_id for item in pushed.items if _receives(item) > 1 and self._lacks_times(item)}
        again = [item for item in pushed.items if item.message_id in failed]
        if not again or not self._put(again):
            return pushed
        log("messages_dated", messages=len(failed))
        rest = [item for item in pushed.items if item.message_id not in failed]
        return replace(pushed, items=numbered(rest))

    def settle(self, pushed: PushEvent, result: PushResult, seconds_left: SecondsLeft) -> list[dict[str, str]]:
        """Returns the batch item failures of an SQS batch; for other sources, requeues the items that are left.

        SQS and EventBridge ignore the answer, so their invalid items go to the dead-letter queue.
        Raises NotQueuedError if the caller must invoke again.
        """
        unparked: list[PushItem] = []
        if result.invalid and pushed.source != "direct":
            unparked = self._queue().park(result.invalid, seconds_left)
        if pushed.source == "sqs":
            return self._settle_messages(result, unparked)
        if unparked:
            raise NotQueuedError(f"{len(unparked)} invalid items")
        if result.left:
            self._queue().put(result.left)
            result.counts.queued += len(result.left)
        return []

    def _settle_messages(self, result: PushResult, unparked: Sequence[PushItem]) -> list[dict[str, str]]:
        """Returns the messages that SQS must deliver again; items of others are sent in new messages.

        New messages are needed for two kinds. A message without times would become newer on the dead-letter queue. A
        message whose invalid items are parked already would park them at every receive.
        """
        stay = {item.message_id for item in unparked}
        parked = {invalid.item.message_id for invalid in result.invalid} - stay
        moving = {one.message_id for one in result.left if one.message_id in parked or self._lacks_times(one)} - stay
        moved = [one for one in result.left if one.message_id in moving]
        if not moved or not self._put(moved):
            return self._fail([*result.left, *unparked])
        result.counts.queued += len(moved)
        return self._fail([*(one for one in result.left if one.message_id not in moving), *unparked])

    def _lacks_times(self, item: PushItem) -> bool:
        return not item.is_dated and self._queue().owns(item)

    def _put(self, items: Sequence[PushItem]) -> bool:
        """Returns True once all items are on ProgressQueue; if not, SQS must deliver their messages again."""
        try:
            self._queue().put(items)
        except NotQueuedError:
            log_failure("not_queued", items=len(items))
            return False
        return True

    def _fail(self, items: Iterable[PushItem]) -> list[dict[str, str]]:
        failed: dict[str, Any] = {item.message_id: item.message for item in items if item.message_id}
        if failed:
            self._queue().shorten_wait(failed.values())
        return [{"itemIdentifier": one} for one in failed]


def _receives(item: PushItem) -> int:
    attributes = item.message.get("attributes") if item.message else None
    count = attributes.get("ApproximateReceiveCount") if isinstance(attributes, dict) else None
    return int(count) if isinstance(count, str) and count.isascii() and count.isdigit() else 1
