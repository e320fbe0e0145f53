"""What Lambda does besides answering the gateway: its API, asynchronous events, queues and schedules."""

from __future__ import annotations

from aiohttp import web

from local_emulator import handler_output
from local_emulator.async_invocations import AsyncInvocations
from local_emulator.deployment import Deployment
from local_emulator.destinations import Destinations
from local_emulator.functions import Functions
from local_emulator.journal import Journal
from local_emulator.lambda_api import PATH as INVOKE_PATH
from local_emulator.lambda_api import LambdaApi
from local_emulator.queues import EventSources
from local_emulator.schedules import Schedules
from local_emulator.schedules_api import schedule_routes
from local_emulator.settings import Settings
from local_emulator.sqs import Sqs
from local_emulator.workers import Workers


class LambdaSide:
    """Everything of one deployment that invokes functions without the gateway."""

    def __init__(self, deployment: Deployment, functions: Functions, settings: Settings, journal: Journal) -> None:
        limits = settings.lambda_limits
        self._workers = workers = Workers()  # of its own: long polls take no places from handlers
        self._sqs = Sqs(deployment.region)
        destinations = Destinations(functions, self._sqs, workers, journal)
        self._events = AsyncInvocations(functions, destinations, limits, journal)
        self._sources = EventSources(deployment, functions, self._sqs, workers, limits, journal)
        self._schedules = Schedules(deployment, functions, self._events, journal, settings.schedules)
        self._api = LambdaApi(deployment, functions, self._events, limits, journal)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(INVOKE_PATH, self._api.invoke), *schedule_routes(self._schedules)]

    def start(self) -> None:
        """Begin to poll and to watch the clock."""
        self._sources.start()
        self._schedules.start()

    def stop(self) -> None:
        """At once: nothing that waits is waited for."""
        self._sqs.stop()
        self._schedules.stop()
        self._sources.stop()
        self._events.stop()
        self._workers.stop()
        handler_output.uninstall()
