"""Runs asynchronous invocations: retries them, then sends their outcomes to the function's destinations."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from local_emulator.activity_log import Journal
from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.awslambda.async_retries import Discard, Retry, after_error, after_throttle
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.destinations import Destinations
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.invocation_record import EndedEvent, dead_letter_attributes, invocation_record
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Function

Ended = Callable[[EndedEvent], None]


class TooManyEventsError(Exception):
    """More events wait than the emulator keeps."""


@dataclass(slots=True)
class Event:
    """One event that waits or runs; `source` is its name on the console, `added_at` monotonic seconds."""

    function: Function
    payload: str
    source: str
    request_id: str
    added_at: float
    attempts: int = 0
    throttles: int = 0
    last: Invocation | None = None

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.added_at


class AsyncInvocations:
    """Lambda's queue of asynchronous events.

    Source: Lambda Developer Guide, "Invoking a function asynchronously".
    """

    def __init__(
        self, functions: Functions, destinations: Destinations, limits: LambdaLimits, journal: Journal
    ) -> None:
        self._functions = functions
        self._destinations = destinations
        self._limits = limits
        self._journal = journal
        self._places = asyncio.Semaphore(limits.events_at_once)
        self._tasks = BackgroundTasks()

    def put(self, function: Function, payload: str, source: str = "invoke", ended: Ended | None = None) -> str:
        """Runs a function with a JSON payload as soon as possible; returns the request id. Raises TooManyEventsError.

        `ended` is called once the event has succeeded or was given up.
        """
        if len(self._tasks) >= self._limits.waiting_events:
            raise TooManyEventsError
        event = Event(function, payload, source, str(uuid.uuid4()), time.monotonic())
        self._tasks.start(self._see_through(event, ended))
        return event.request_id

    def stop(self) -> None:
        """Drops every event, also those that wait for their next attempt."""
        self._tasks.cancel()

    async def _see_through(self, event: Event, ended: Ended | None) -> None:
        # Each pause is the documented wait before the next attempt; no event ends it early.
        while isinstance(step := await self._attempt(event), Retry):  # noqa: ASYNC110
            await asyncio.sleep(step.delay_seconds)
        condition = step.condition if step else "Success"
        end = EndedEvent(event.function, event.payload, event.request_id, condition, event.attempts, event.last)
        if ended:
            ended(end)
        await self._tell(end)

    async def _attempt(self, event: Event) -> Retry | Discard | None:
        """One attempt, and what follows from it: None once it has succeeded."""
        try:
            async with self._places:
                event.last = await self._functions.invoke(event.function, Payload(event.payload), event.request_id)
        except ThrottledError:
            event.throttles += 1
            return after_throttle(event.function, event.throttles, event.age_seconds, self._limits)
        event.attempts, event.throttles = event.attempts + 1, 0
        self._journal.invoked(event.source, event.function.logical_id, event.last)
        if not event.last.failed:
            return None
        return after_error(event.function, event.attempts, event.age_seconds, self._limits)

    async def _tell(self, ended: EndedEvent) -> None:
        """Documented: a destination gets the record; a dead-letter queue, also beside a destination, the payload."""
        succeeded, wishes = ended.condition == "Success", ended.function.event_invoke
        if not succeeded:
            self._journal.notice(f"{ended.function.logical_id} gave up an event: {ended.condition}")
        if destination := wishes.on_success if succeeded else wishes.on_failure:
            record = json.dumps(invocation_record(ended, time.time()))
            await self._destinations.deliver(destination, record, self.put)
        if ended.function.dead_letter and not succeeded:
            attributes = dead_letter_attributes(ended)
            await self._destinations.deliver(ended.function.dead_letter, ended.payload, self.put, attributes)
