"""The SQS event sources of a deployment."""

from __future__ import annotations

import asyncio

from local_emulator.deployment import Deployment
from local_emulator.event_sources.sqs_poller import PollerServices, QueuePoller


class SqsEventSources:
    """One poller for each enabled event source, as in the Lambda API reference, CreateEventSourceMapping."""

    def __init__(
        self,
        deployment: Deployment,
        services: PollerServices,
    ) -> None:
        self._services = services
        self._pollers = [
            QueuePoller(source, deployment.functions[source.function], services)
            for source in deployment.event_sources
            if source.enabled and source.function in deployment.functions
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(poller.run()) for poller in self._pollers]

    def stop(self) -> None:
        """Stops for good; a thread that still polls ends at its next call of SQS."""
        self._services.sqs.stop()
        for task in self._tasks:
            task.cancel()
        for poller in self._pollers:
            poller.stop()
