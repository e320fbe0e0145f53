"""Polls the stream of one table for one function: an event source mapping of Lambda."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.async_retries import throttle_delay
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.destinations import Destinations
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Function, StreamSource
from local_emulator.event_sources.partial_batch import failed_messages
from local_emulator.event_sources.poller import Poller
from local_emulator.event_sources.stream_batches import Abandoned, StreamBatch, after_failure, failure_record
from local_emulator.event_sources.stream_client import Streams
from local_emulator.event_sources.stream_event import Record, sequence_number, stream_events, stream_record


@dataclass(frozen=True, slots=True)
class StreamServices:
    """The services that all pollers of streams share; `embedded` is False for a DynamoDB server of another process."""

    functions: Functions
    streams: Streams
    destinations: Destinations
    workers: ThreadPool
    limits: LambdaLimits
    journal: Journal
    embedded: bool = True


class StreamPoller(Poller):
    """Reads the shards of a stream one after the other, and invokes with each batch until it succeeds or is given up.

    Source: Lambda Developer Guide, with-ddb and services-ddb-params. One batch at a time; in AWS, order is promised
    for the changes of one item only.
    """

    def __init__(self, source: StreamSource, function: Function, services: StreamServices, declared: bool) -> None:
        super().__init__(source.logical_id, function, services.journal)
        self._source = source
        self._services = services
        self._iterators: dict[str, str] = {}
        self._ended: set[str] = set()
        # The emulator makes its own tables before it polls: for a mapping of the template, LATEST is their beginning.
        self._position = "TRIM_HORIZON" if declared and services.embedded else source.starting_position

    async def _follow(self) -> None:
        """Reads one stream until it fails. A shard that was begun goes on where it was."""
        streams, table = self._services.streams, self._source.table_name
        self._arn: str = await self._call(lambda: streams.stream_arn(table))
        while not self._is_retired:
            await self._find_shards()
            for shard in list(self._iterators):
                await self._read_batch(shard)
            if not self._iterators:
                await asyncio.sleep(self._services.limits.stream_poll_seconds)

    async def _find_shards(self) -> None:
        """Looks for shards at first, and when all that are known have ended."""
        if self._iterators:
            return
        streams, first = self._services.streams, not self._ended
        for shard in await self._call(lambda: streams.shards(self._arn)):
            if shard not in self._ended:
                position = self._position if first else "TRIM_HORIZON"
                self._iterators[shard] = await self._call(
                    lambda shard=shard, position=position: streams.iterator(self._arn, shard, position)  # type: ignore[misc]
                )

    async def _read_batch(self, shard: str) -> None:
        """Documented: a batch goes when it is full, or at the end of its window, which begins with its first record."""
        batch: list[Record] = []
        end: float | None = None
        while len(batch) < self._source.batch_size and shard in self._iterators:
            got = await self._read(shard, self._source.batch_size - len(batch))
            batch += got
            if batch and end is None:
                end = time.monotonic() + self._source.window_seconds
            if end is not None and time.monotonic() >= end:
                break
            if not got:
                await asyncio.sleep(self._services.limits.stream_poll_seconds)
                if not batch:
                    break
        for part in stream_events(batch, self._services.limits.request_bytes):
            await self._process(part, shard)

    async def _read(self, shard: str, most: int) -> list[Record]:
        """Returns records that the filters match; the iterator moves on past the others."""
        iterator = self._iterators[shard]
        records, following = await self._call(lambda: self._services.streams.records(iterator, most))
        if following is None:
            del self._iterators[shard]
            self._ended.add(shard)
        else:
            self._iterators[shard] = following
        made = (stream_record(record, self._arn) for record in records)
        return [record for record in made if self._source.filters.matches(record)]

    async def _process(self, records: tuple[Record, ...], shard: str) -> None:
        """Documented: the next batch waits until this one has succeeded or is given up."""
        waiting = [StreamBatch(records)]
        while waiting and not self._is_retired:
            batch = waiting.pop(0)
            invocation = await self._invoke(batch)
            failed = self._first_failed(batch, invocation)
            if failed is None:
                continue
            following = after_failure(batch, failed, self._source, time.time())
            if isinstance(following, Abandoned):
                await self._abandon(following, invocation, shard)
                continue
            waiting = following + waiting
            if len(following) == 1:
                await asyncio.sleep(throttle_delay(following[0].attempts, self._services.limits))

    async def _invoke(self, batch: StreamBatch) -> Invocation:
        """A throttled batch waits and is no attempt."""
        payload, throttles = Payload(json.dumps({"Records": batch.records})), 0
        while True:
            try:
                invocation = await self._services.functions.invoke(self.function, payload)
            except ThrottledError:
                throttles += 1
                await asyncio.sleep(throttle_delay(throttles, self._services.limits))
                continue
            self._services.journal.invoked("stream", self.function.logical_id, invocation)
            return invocation

    def _first_failed(self, batch: StreamBatch, invocation: Invocation) -> int | None:
        """Returns the index of the first record that failed: documented, the lowest sequence number counts."""
        if invocation.failed:
            return 0
        if not self._source.report_batch_item_failures:
            return None
        numbers = [sequence_number(record) for record in batch.records]
        failed = failed_messages(invocation.result, numbers)
        return min(map(numbers.index, failed)) if failed else None

    async def _abandon(self, abandoned: Abandoned, last: Invocation, shard: str) -> None:
        count = len(abandoned.batch.records)
        self._services.journal.notice(f"{self._source.logical_id} gave up {count} records: {abandoned.condition}")
        if self._source.on_failure:
            now = datetime.now(UTC)
            record = failure_record(abandoned, last, self.function, self._arn, shard, now)
            await self._services.destinations.deliver(self._source.on_failure, json.dumps(record), _no_function)

    async def _call(self, call: Callable[[], Any]) -> Any:
        return await self._services.workers.submit(call)


def _no_function(function: Function, payload: str) -> None:
    """Documented: a stream's destination is a queue, a topic or a bucket, never a function."""
