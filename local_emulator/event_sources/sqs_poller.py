"""Polls one queue for one function: an event source mapping of Lambda."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from local_emulator.activity_log import Journal
from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.async_retries import throttle_delay
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.payload import Payload
from local_emulator.awslambda.service_clients import SERVICE_ERRORS, StoppedError
from local_emulator.awslambda.sqs_client import Sqs
from local_emulator.deployment import EventSource, Function
from local_emulator.event_sources.partial_batch import failed_messages
from local_emulator.event_sources.poller import Poller
from local_emulator.event_sources.sqs_event import Message, sqs_events, sqs_record

WINDOW_POLL_SECONDS = 0.1  # between looks at a queue in the last second of a window


@dataclass(frozen=True, slots=True)
class PollerServices:
    """The services that all pollers of an emulator share."""

    functions: Functions
    sqs: Sqs
    workers: ThreadPool
    limits: LambdaLimits
    journal: Journal


class QueuePoller(Poller):
    """Reads batches, invokes, and deletes the messages that succeeded; the others return by the queue's rules.

    Source: Lambda Developer Guide, services-sqs-configure, services-sqs-errorhandling and services-sqs-scaling.
    """

    def __init__(self, source: EventSource, function: Function, services: PollerServices) -> None:
        super().__init__(source.logical_id, function, services.journal)
        self._source = source
        self._services = services
        self._fifo = source.queue_arn.endswith(".fifo")
        self._free_slots = asyncio.Semaphore(source.max_concurrency or services.limits.batches_at_once)
        self._batches = BackgroundTasks()

    async def _follow(self) -> None:
        self._url = await self._services.workers.submit(lambda: self._services.sqs.url(self._source.queue_arn))
        while not self._is_retired:
            await self._next_batch()

    def stop(self) -> None:
        """Cancels the batches that are running."""
        self._batches.cancel()

    async def _next_batch(self) -> None:
        """Receives a batch as soon as another may run, and starts it."""
        await self._free_slots.acquire()
        messages: Sequence[Message] = ()
        try:
            messages = await self._services.workers.submit(self._receive_batch)
        finally:
            if not messages:
                self._free_slots.release()
        if messages:
            self._batches.start(self._handle(messages)).add_done_callback(self._end)

    def _end(self, batch: asyncio.Task[None]) -> None:
        self._free_slots.release()
        if not batch.cancelled() and isinstance(problem := batch.exception(), SERVICE_ERRORS):
            self._services.journal.notice(f"{self._source.logical_id}: {problem}")

    def _receive_batch(self) -> list[Message]:
        """Returns one batch, empty after a long poll without messages; runs in a thread of the pool.

        Documented: a batch is full at its size, at the end of its window (which begins with the first message), or at
        the payload limit.
        """
        most = self._source.batch_size
        messages = self._receive(most, self._services.limits.poll_seconds)
        end = time.monotonic() + self._source.window_seconds
        while 0 < len(messages) < most and _size(messages) < self._services.limits.request_bytes:
            left = end - time.monotonic()
            wait = max(0, min(int(left), self._services.limits.poll_seconds))
            more = self._receive(most - len(messages), wait)
            messages += more
            if not more and (left <= 0 or self._services.sqs.stopping.wait(min(left, WINDOW_POLL_SECONDS))):
                break
        return messages

    def _receive(self, most: int, wait_seconds: int) -> list[Message]:
        """Documented: a message that no filter matches is deleted, and comes into no batch."""
        received = self._services.sqs.receive(self._url, most, wait_seconds)
        matching: list[Message] = []
        others: list[Message] = []
        for message in received:
            record = sqs_record(message, self._source.queue_arn)
            (matching if self._source.filters.matches_message(record) else others).append(message)
        self._services.sqs.delete(self._url, others)
        return matching

    async def _handle(self, messages: Sequence[Message]) -> None:
        events = sqs_events(messages, self._source.queue_arn, self._services.limits.request_bytes)
        with contextlib.suppress(StoppedError):
            for part, payload in events:
                succeeded = await self._process(part, payload)
                if self._fifo and not succeeded:
                    return  # what follows in its group must not overtake what failed

    async def _process(self, messages: Sequence[Message], payload: str) -> bool:
        """Invokes with one event. Returns True if all messages succeeded and are deleted."""
        invocation = await self._invoke(payload)
        if invocation is None:
            return False
        self._services.journal.invoked("queue", self.function.logical_id, invocation)
        if invocation.failed:
            return False  # documented: the messages come back when their visibility time-out ends
        failed: set[str] = set()
        if self._source.report_batch_item_failures:
            failed = failed_messages(invocation.result, [message["MessageId"] for message in messages])
        done = [message for message in messages if message["MessageId"] not in failed]
        await self._services.workers.submit(lambda: self._services.sqs.delete(self._url, done))
        return not failed

    async def _invoke(self, payload: str) -> Invocation | None:
        """Documented: a throttled batch is retried while its messages are invisible. Returns None after that."""
        throttles, end = 0, None
        while True:
            try:
                return await self._services.functions.invoke(self.function, Payload(payload))
            except ThrottledError:
                throttles += 1
            if end is None:
                hidden = await self._services.workers.submit(lambda: self._services.sqs.visibility_seconds(self._url))
                end = time.monotonic() + hidden
            delay = throttle_delay(throttles, self._services.limits)
            if time.monotonic() + delay >= end:
                return None
            await asyncio.sleep(delay)


def _size(messages: Sequence[Message]) -> int:
    return sum(len(message["Body"]) for message in messages)
