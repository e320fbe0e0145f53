"""Builds the emulator: one HTTP server in front of the gateway, Lambda's API and the identity provider."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp import web

from local_emulator.activity_log import Journal
from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.apigateway.backends.aws_service import Endpoints
from local_emulator.apigateway.connections import Connections
from local_emulator.apigateway.faults.injectors import GatewayFaults
from local_emulator.apigateway.gateway import Gateway
from local_emulator.apigateway.integrations import Integrations
from local_emulator.apigateway.management_api import ManagementApiServer
from local_emulator.apigateway.request_ids import add_request_ids
from local_emulator.apigateway.request_size import MAX_BYTES
from local_emulator.apigateway.router import Router
from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.throttling import Rates
from local_emulator.apigateway.url_paths import PathResolver
from local_emulator.aws.process import AwsProcess
from local_emulator.aws.resources import ResourceCreationError, delete_tables
from local_emulator.awslambda.faults import FunctionFaults
from local_emulator.awslambda.functions import Functions
from local_emulator.faults.api import FaultsApi, check_function
from local_emulator.faults.registry import FaultRegistry
from local_emulator.identity.provider import LocalIdentity
from local_emulator.identity.provider import routes as identity_routes
from local_emulator.inspector.inspector import Inspector
from local_emulator.inspector.recording import Recording
from local_emulator.lambda_services import LambdaServices
from local_emulator.project import Project
from local_emulator.readiness import ready_facts
from local_emulator.runtimes.api_hosts import ApiHosts
from local_emulator.runtimes.bootstrap.redirection import is_service_host
from local_emulator.runtimes.environment import enter, sdk_environment
from local_emulator.runtimes.selection import Environments
from local_emulator.settings import Settings
from local_emulator.template.changes import changes
from local_emulator.template.file_watch import FileWatch
from local_emulator.template.reader import InvalidTemplateError
from local_emulator.timestamps import now_ms
from local_emulator.web.broken_requests import BrokenRequests
from local_emulator.web.browser_guard.aiohttp import same_origin
from local_emulator.web.current_application import CurrentApplication
from local_emulator.web.listen import Listeners
from local_emulator.web.service_hosts import ServiceHosts
from local_emulator.web.tls import TlsServer

AUDIENCE = "upload-progress"
MAX_BYTES_OF_SERVICES = 100_000_000  # an object of S3 that a function puts in one request


class EmulatorServer:
    """A deployment, running.

    `settings` name the ports that it has bound. Raises ListenError, InvalidTemplateError, InvalidFaultError when made,
    ResourceCreationError when started.
    """

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._listeners = Listeners.open(settings.host, settings.port, settings.aws_port)
        port, aws_port = self._listeners.ports
        self.settings = replace(settings, port=port, aws_port=aws_port)
        try:
            self._read(journal)
        except BaseException:
            self._listeners.close()
            raise

    def _read(self, journal: Journal) -> None:
        settings = self.settings
        self._journal = journal
        self._changing = asyncio.Lock()
        self._connections = Connections()
        self._faults = FaultRegistry(
            lambda strike, subject: journal.fault(subject.about, strike.fault.kind, strike.text)
        )
        self.recording = Recording()
        self.tls = _tls(settings)
        self._rates = Rates(settings.limits)
        self._gateway_faults = GatewayFaults(self._faults, self._connections)
        self._applications, self._applications_at_hosts = CurrentApplication(), CurrentApplication()
        self._project, self._problem = Project(settings), ""
        self._watch = FileWatch(lambda: self._project.files)
        self.deployment = self._project.read()
        self._watch.take_new_files()
        self.identity = LocalIdentity(settings.issuer, AUDIENCE)
        for fault in settings.faults:
            check_function(fault, self.deployment)

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    async def start(self) -> None:
        self.recording.start()
        self._journal.listener = self.recording.logged
        answers, other_dynamodb = self.settings.answers, self.settings.dynamodb_endpoint
        self._aws = AwsProcess(self.deployment, self._faults, self._journal, answers, other_dynamodb)
        self._aws.start(self._listeners.aws)
        self._api_hosts = ApiHosts(self.deployment)
        try:
            await self._start_functions()
        except BaseException:
            self._aws.stop()
            await self._api_hosts.stop()
            self._listeners.close()
            raise

    async def _start_functions(self) -> None:
        settings = self.settings
        tls = await self._api_hosts.start()
        self._environments = Environments(self.deployment, settings, self._journal, tls)
        enter(sdk_environment(self.deployment, settings), settings)
        self._aws.create()
        runtimes, faults = self._environments.start(), FunctionFaults(self._faults)
        called = self.recording.called
        self._functions = Functions(self.deployment.functions, runtimes, settings.lambda_limits, faults, called)
        self._lambda = LambdaServices(self.deployment, self._functions, settings, self._journal)
        await self._take_applications(self._new_gateway())
        self._runner = self._new_runner(self._applications)
        await self._runner.setup()
        self._add_faults()
        await self._serve_gateway(self._runner)
        await self._api_hosts.serve(self._new_runner(self._applications_at_hosts))
        self._lambda.start()
        self._aws.invoke_with(self._lambda.service_invocations.invoke, asyncio.get_running_loop().call_soon_threadsafe)
        self._following = BackgroundTasks()
        self._following.start(self._project.follow_archives(self._journal))
        self._following.start(self._watch.run(self._redeploy))

    def _new_runner(self, applications: CurrentApplication) -> web.AppRunner:
        return web.AppRunner(
            applications.front,
            # aiohttp closes what has no whole request head by then, be it an idle connection or half a head.
            keepalive_timeout=self.settings.limits.request_head_seconds,
            access_log=None,
            logger=BrokenRequests(lambda problem: self._journal.refused("HTTP", "400", problem)),
            handle_signals=False,
            shutdown_timeout=0.5,
            max_line_size=MAX_BYTES,
            max_field_size=MAX_BYTES,
            auto_decompress=False,
        )

    async def _serve_gateway(self, runner: web.AppRunner) -> None:
        if self.tls is not None and runner.server is not None:
            self.tls.start(runner.server, self._listeners.gateway)
            return
        for listener in self._listeners.gateway:
            await web.SockSite(runner, listener).start()

    async def reset(self) -> dict[str, int]:
        """Returns to the state after the start: no connection, no work, no rows and messages, the first faults.

        No function sees it as an event: `$disconnect` is not invoked. Returns counts. Raises ResourceCreationError.
        """
        async with self._changing:
            counts = {"faults": self._faults.clear_all(), "connections": await self._drop_work()}
            try:
                if self.settings.dynamodb == "local":
                    await asyncio.to_thread(delete_tables, self.deployment)
                await asyncio.to_thread(self._aws.reset)
                await self._drop_work()  # that the services had already sent off
            finally:
                self._lambda.resume()
            self._rates.reset()
            self._add_faults()
            return counts

    async def _drop_work(self) -> int:
        """Ends connections, calls and events, and stops polling. Returns the number of connections."""
        dropped = self._gateway.drop_all()
        self._lambda.pause()
        await self._environments.drop_calls()
        return dropped

    def _add_faults(self) -> None:
        for fault in self.settings.faults:
            self._faults.add(fault, now_ms())

    async def stop(self) -> None:
        """Closes every connection with 1001 and stops within a short time."""
        self._journal.stopping()
        self._lambda.stop()
        self._following.cancel()
        for connection in self._connections:
            connection.close(1001, "Going away")
            connection.framing.abort()
        if self.tls is not None:
            self.tls.stop()
        await self._runner.cleanup()
        self._aws.stop()
        await self._environments.stop()
        await self._api_hosts.stop()
        self._project.remove_folders()

    async def _redeploy(self) -> bool:
        """Takes a changed template. Returns False if it cannot be used; the one from before then runs on."""
        file = self.settings.template.name
        async with self._changing:
            try:
                deployment = await asyncio.to_thread(self._project.read)
                outdated = await asyncio.to_thread(self._aws.deploy, deployment)
            except (InvalidTemplateError, ResourceCreationError) as fault:
                if self._problem != str(fault):
                    self._problem = str(fault)
                    self._journal.not_redeployed(file, self._problem)
                return False
            before, self.deployment, self._problem = self.deployment, deployment, ""
            what = changes(before, deployment)
            if what:
                await self._replace_deployment()
        self._journal.redeployed(file, what or "nothing that runs has changed")
        for notice in (*outdated, *(one for one in deployment.notices if one not in before.notices)):
            self._journal.notice(notice)
        return True

    async def _replace_deployment(self) -> None:
        """Lets functions, event sources, gateway and inspector take the deployment.

        Inferred: a deployment leaves connections open, and their next message finds its routes. A stage that is gone
        takes its connections with it.
        """
        deployment, gateway = self.deployment, self._new_gateway()
        self._functions.deploy(deployment.functions, self._environments.deploy(deployment))
        self._lambda.deploy(deployment)
        await self._take_applications(gateway)
        stages = {(api.api_id, api.stage_name): api for api in deployment.apis}
        for connection in self._connections:
            api = stages.get((connection.facts.api_id, connection.facts.stage))
            if api is None:
                gateway.close(connection, 1001, "Going away", reasons.closed_by("a template without its stage"))
            else:
                gateway.adopt(connection, api)

    def _new_gateway(self) -> Gateway:
        settings, limits, journal = self.settings, self.settings.limits, self._journal
        endpoints = Endpoints(settings.aws_url, settings.url, settings.dynamodb_endpoint or settings.aws_url)
        integrations = Integrations(self.deployment, self._functions, journal, limits, endpoints)
        connections, rates, faults = self._connections, self._rates, self._gateway_faults
        self._gateway = Gateway(
            self.deployment, integrations, connections, limits, journal, rates, faults, self.recording
        )
        return self._gateway

    async def _take_applications(self, gateway: Gateway) -> None:
        """Serves the deployment at the emulator's address and at the hosts of its APIs."""
        application, at_hosts = self._made_applications(gateway)
        await self._applications.set(application)
        await self._applications_at_hosts.set(at_hosts)

    def _made_applications(self, gateway: Gateway) -> tuple[web.Application, web.Application]:
        connections, limits, journal = self._connections, self.settings.limits, self._journal
        faults = self._gateway_faults
        management = ManagementApiServer(gateway, connections, limits, journal, self._rates, faults.management)
        faults_api = FaultsApi(self._faults, self.deployment, faults.connections.apply_to_open)
        front = Router(PathResolver(self.deployment), gateway, management, journal, limits)
        urls = self._lambda.function_urls.serve  # public: pages of other websites may call them, as in AWS
        app = web.Application(middlewares=[front.refusals, urls, same_origin(self.settings.host)])
        app.on_response_prepare.append(add_request_ids)
        if self.settings.log_level == "debug":
            app.on_response_prepare.append(self._log_request)
        app.router.add_routes(self._lambda.routes())
        app.router.add_get("/_emulator/health", self._health)
        app.router.add_post("/_emulator/reset", self._reset)
        app.router.add_routes(identity_routes(self.identity))
        app.router.add_routes(faults_api.routes())
        self._inspector(gateway).add_to(app)
        app.router.add_route("*", "/{path:.*}", front.answer)
        at_hosts = web.Application(middlewares=[front.refusals, urls], client_max_size=MAX_BYTES_OF_SERVICES)
        at_hosts.on_response_prepare.append(add_request_ids)
        services = ServiceHosts(self.settings.aws_url, self.settings.url)
        at_hosts.on_cleanup.append(services.close)

        async def at_host(request: web.Request) -> web.StreamResponse:
            is_service = is_service_host(request.host.partition(":")[0])
            return await (services.answer if is_service else front.answer_at_host)(request)

        at_hosts.router.add_route("*", "/{path:.*}", at_host)
        return app, at_hosts

    def _inspector(self, gateway: Gateway) -> Inspector:
        connections, limits = self._connections, self.settings.limits
        return Inspector(self.deployment, self.recording, connections, gateway, limits, self._faults)

    async def _log_request(self, request: web.Request, response: web.StreamResponse) -> None:
        self._journal.requested(request.method, request.path, response.status)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response(ready_facts(self.deployment, self.settings))

    async def _reset(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(await self.reset())
        except ResourceCreationError as problem:
            return web.json_response({"message": str(problem)}, status=502)


def _tls(settings: Settings) -> TlsServer | None:
    """Returns the server of `--tls`. Raises ListenError for a certificate that cannot be used."""
    if not settings.tls:
        return None
    return TlsServer(settings.tls_cert, settings.tls_key, settings.limits.request_head_seconds)
