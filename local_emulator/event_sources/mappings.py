"""The event source mappings of a deployment, and those that calls create: queues and streams of tables."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from local_emulator.deployment import Deployment, EventSource, Function
from local_emulator.event_sources.poller import Poller, Source
from local_emulator.event_sources.sqs_poller import PollerServices, QueuePoller
from local_emulator.event_sources.stream_poller import StreamPoller, StreamServices


@dataclass(slots=True)
class EventSourceMapping:
    """One source and its function. `task` runs while the mapping is enabled.

    `declared` is True for a mapping of the template, which was there before the first record of an embedded table.
    """

    id: str
    source: Source
    function: Function
    declared: bool = False
    modified: float = field(default_factory=time.time)
    poller: Poller | None = None
    task: asyncio.Task[None] | None = None

    def take(self, function: Function) -> None:
        """Invokes another version of the function from the next batch on."""
        self.function = function
        if self.poller is not None:
            self.poller.function = function

    def retire(self) -> None:
        """Ends the polling after what runs."""
        if self.poller is not None:
            self.poller.retire()

    def stop(self) -> None:
        """Stops polling, and cancels what runs."""
        if self.task is not None:
            self.task.cancel()
        if self.poller is not None:
            self.poller.stop()
        self.poller, self.task = None, None


class UnknownMappingError(Exception):
    """There is no mapping with this id."""


class EventSourceMappings:
    """Runs one poller for each enabled mapping, as in the Lambda API reference, CreateEventSourceMapping."""

    def __init__(self, deployment: Deployment, queues: PollerServices, streams: StreamServices) -> None:
        self._queues, self._streams = queues, streams
        self._mappings: dict[str, EventSourceMapping] = {}
        self._retired: list[EventSourceMapping] = []
        self._declare(deployment)

    @property
    def all(self) -> list[EventSourceMapping]:
        return list(self._mappings.values())

    def start(self) -> None:
        for mapping in self._mappings.values():
            if mapping.task is None:
                self._run(mapping)

    def deploy(self, deployment: Deployment) -> None:
        """Takes the mappings of a changed template; those that are as before, and those of calls, poll on."""
        wanted = {_key(source): deployment.functions.get(source.function) for source in _sources(deployment)}
        for mapping in self.all:
            function = wanted.get(_key(mapping.source)) if mapping.declared else None
            if function is not None:
                mapping.take(function)
            elif mapping.declared:
                self._retired.append(self._mappings.pop(mapping.id))
                mapping.retire()
        self._declare(deployment)
        self.start()

    def stop(self) -> None:
        """Stops without a restart; a thread that still polls ends at its next call."""
        self._queues.sqs.stop()
        self._streams.streams.stop()
        for mapping in (*self._mappings.values(), *self._retired):
            mapping.stop()

    def find(self, mapping_id: str) -> EventSourceMapping:
        """Returns a mapping. Raises UnknownMappingError."""
        if mapping_id not in self._mappings:
            raise UnknownMappingError(mapping_id)
        return self._mappings[mapping_id]

    def add(self, source: Source, function: Function) -> EventSourceMapping:
        """Creates a mapping, and polls its source if it is enabled."""
        mapping = EventSourceMapping(str(uuid.uuid4()), source, function)
        self._mappings[mapping.id] = mapping
        self._run(mapping)
        return mapping

    def change(self, mapping: EventSourceMapping, change: Callable[[Source], Source]) -> None:
        """Replaces the settings of a mapping, and polls with these."""
        mapping.stop()
        mapping.source, mapping.modified = change(mapping.source), time.time()
        self._run(mapping)

    def remove(self, mapping: EventSourceMapping) -> None:
        mapping.stop()
        del self._mappings[mapping.id]

    def _declare(self, deployment: Deployment) -> None:
        """Adds the mappings of a template that are not there yet."""
        known = {_key(mapping.source) for mapping in self.all if mapping.declared}
        for source in _sources(deployment):
            if _key(source) not in known and source.function in deployment.functions:
                function = deployment.functions[source.function]
                mapping = EventSourceMapping(str(uuid.uuid4()), source, function, declared=True)
                self._mappings[mapping.id] = mapping

    def _run(self, mapping: EventSourceMapping) -> None:
        if not mapping.source.enabled:
            return
        if isinstance(mapping.source, EventSource):
            mapping.poller = QueuePoller(mapping.source, mapping.function, self._queues)
        else:
            mapping.poller = StreamPoller(mapping.source, mapping.function, self._streams, mapping.declared)
        mapping.task = asyncio.get_running_loop().create_task(mapping.poller.run())


def _sources(deployment: Deployment) -> tuple[Source, ...]:
    return (*deployment.event_sources, *deployment.stream_sources)


def _key(source: Source) -> tuple[type[Source], Source]:
    return type(source), source
