"""The parts of Lambda beside the gateway's calls: its API, asynchronous events, queues and schedules."""

from __future__ import annotations

from aiohttp import web

from local_emulator.activity_log import Journal
from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.async_queue import AsyncInvocations
from local_emulator.awslambda.destinations import Destinations
from local_emulator.awslambda.function_urls import FunctionUrls
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invoke_api import PATH as INVOKE_PATH
from local_emulator.awslambda.invoke_api import LambdaApi
from local_emulator.awslambda.sqs_client import Sqs
from local_emulator.deployment import Deployment
from local_emulator.event_sources.mappings import EventSourceMappings
from local_emulator.event_sources.mappings_api import MappingsApi
from local_emulator.event_sources.service_invocations import ServiceInvocations
from local_emulator.event_sources.sqs_poller import PollerServices
from local_emulator.event_sources.stream_client import Streams
from local_emulator.event_sources.stream_poller import StreamServices
from local_emulator.scheduler.api import schedule_routes
from local_emulator.scheduler.scheduler import Schedules
from local_emulator.settings import Settings


class LambdaServices:
    """All parts of one deployment that invoke functions without the gateway."""

    def __init__(self, deployment: Deployment, functions: Functions, settings: Settings, journal: Journal) -> None:
        self._deployment, self._functions, self._journal = deployment, functions, journal
        self._limits = limits = settings.lambda_limits
        self._embedded = settings.dynamodb_endpoint is None or settings.dynamodb == "local"
        self._workers = workers = ThreadPool()  # of its own: long polls take no places from handlers
        self._sqs = self._polling_sqs = Sqs(deployment.region)
        self._destinations = Destinations(functions, self._sqs, workers, journal)
        self._events = AsyncInvocations(functions, self._destinations, limits, journal)
        self._sources = self._new_sources()
        self._schedules = Schedules(deployment, functions, self._events, journal, settings.schedules)
        self.service_invocations = ServiceInvocations(functions, self._events, journal)
        self._api = LambdaApi(deployment, functions, self._events, limits, journal)
        self.function_urls = FunctionUrls(deployment, functions, limits, journal)
        self._mappings_api = MappingsApi(deployment, functions, lambda: self._sources)

    def routes(self) -> list[web.RouteDef]:
        mappings = self._mappings_api.routes()
        return [web.post(INVOKE_PATH, self._api.invoke), *mappings, *schedule_routes(self._schedules)]

    def start(self) -> None:
        """Starts the pollers and the schedules."""
        self._sources.start()
        self._schedules.start()

    def pause(self) -> None:
        """Drops events and messages that run or wait, and polls no source until `resume`."""
        self._events.stop()
        self._sources.stop()
        self._sources = self._new_sources()

    def resume(self) -> None:
        """Polls the sources again."""
        self._sources.start()

    def deploy(self, deployment: Deployment) -> None:
        """Takes the queues and schedules of a changed template; events that wait stay."""
        self._deployment = deployment
        self.function_urls = FunctionUrls(deployment, self._functions, self._limits, self._journal)
        self._sources.deploy(deployment)
        self._schedules.deploy(deployment)

    def stop(self) -> None:
        """Stops at once, without waiting for running work."""
        self._sqs.stop()
        self._schedules.stop()
        self._sources.stop()
        self._events.stop()
        self._workers.stop()

    def _new_sources(self) -> EventSourceMappings:
        """Returns sources with clients of their own: threads that poll for earlier sources receive no more."""
        self._polling_sqs = self._polling_sqs.successor()
        services = PollerServices(self._functions, self._polling_sqs, self._workers, self._limits, self._journal)
        streams = StreamServices(
            self._functions,
            Streams(self._deployment.region),
            self._destinations,
            self._workers,
            self._limits,
            self._journal,
            self._embedded,
        )
        return EventSourceMappings(self._deployment, services, streams)
