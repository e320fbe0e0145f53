"""The SQS event sources of a deployment."""

from __future__ import annotations

from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.deployment import Deployment, EventSource, Function
from local_emulator.event_sources.sqs_poller import PollerServices, QueuePoller


class SqsEventSources:
    """One poller for each enabled event source, as in the Lambda API reference, CreateEventSourceMapping."""

    def __init__(self, deployment: Deployment, services: PollerServices) -> None:
        self._services = services
        self._deployment = deployment
        self._pollers: dict[EventSource, QueuePoller] = {}
        self._retired: list[QueuePoller] = []
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        for source, function in _enabled(self._deployment).items():
            if source in self._pollers:
                self._pollers[source].function = function
            else:
                self._pollers[source] = QueuePoller(source, function, self._services)
                self._tasks.start(self._pollers[source].run())

    def deploy(self, deployment: Deployment) -> None:
        """Takes the mappings of a changed template; those that are as before poll on."""
        self._deployment = deployment
        for source in self._pollers.keys() - _enabled(deployment):
            self._retired.append(poller := self._pollers.pop(source))
            poller.retire()
        self.start()

    def stop(self) -> None:
        """Stops for good; a thread that still polls ends at its next call of SQS."""
        self._services.sqs.stop()
        self._tasks.cancel()
        for poller in (*self._pollers.values(), *self._retired):
            poller.stop()


def _enabled(deployment: Deployment) -> dict[EventSource, Function]:
    functions = deployment.functions
    sources = deployment.event_sources
    return {one: functions[one.function] for one in sources if one.enabled and one.function in functions}
