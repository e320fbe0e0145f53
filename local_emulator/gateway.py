"""The WebSocket side of API Gateway: authorizer, `$connect`, messages, `$disconnect`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from typing import Any

from aiohttp import web

from local_emulator import events, frames
from local_emulator.connections import Clock, Connection, Connections
from local_emulator.deployment import Deployment, Function, Route, WebSocketApi
from local_emulator.framing import Framing, SlowConsumer
from local_emulator.functions import Functions, Invocation
from local_emulator.ids import new_connection_id, new_message_id, new_request_id
from local_emulator.journal import Journal
from local_emulator.limits import Limits
from local_emulator.policy import InvalidAuthorizerResult, InvalidPolicy, allows, read_authorizer_result
from local_emulator.refusals import Refusal, internal_error
from local_emulator.routing import RouteSelection, select_route
from local_emulator.upgrade import Upgrade, check_upgrade


class IntegrationFailed(Exception):
    """A function failed, or answered something that is no proxy result."""


class IntegrationTimedOut(Exception):
    """A function took longer than the integration waits; it may still be running."""


class Gateway:
    """Every WebSocket API of a deployment. A handshake is held until `$connect` has answered."""

    def __init__(
        self,
        deployment: Deployment,
        functions: Functions,
        connections: Connections,
        limits: Limits,
        journal: Journal,
    ) -> None:
        self._deployment = deployment
        self._functions = functions
        self._connections = connections
        self._limits = limits
        self._journal = journal
        self._clock = Clock(limits, self.close)
        self._selections = {api.logical_id: RouteSelection(api.route_selection_expression) for api in deployment.apis}
        self._running: set[asyncio.Task[None]] = set()

    async def handshake(self, request: web.Request, api: WebSocketApi, added: Mapping[str, str]) -> web.StreamResponse:
        """Answer one handshake: 101 and a connection, or a refusal. `added` are headers of a CDN on the way."""
        check_upgrade(request)
        handshake = _handshake(request, added)
        facts = self._new_facts(api, handshake)
        connect = api.routes.get("$connect")
        authorizer, latency = await self._authorize(connect, facts, handshake)
        response = await self._connect(connect, facts, handshake, authorizer, latency)
        connection = Connection(api, facts, authorizer, self._message_received, self._closed, now_ms)
        upgrade = Upgrade(request, _subprotocol(response))
        await upgrade.prepare(request)
        self._open(connection, request)
        await connection.over.wait()
        return upgrade

    def close(self, connection: Connection, code: int, reason: str) -> None:
        """Close from the gateway's side; from this moment the management API answers 410 for it."""
        self._connections.remove(connection)
        connection.close(code, reason)

    def _open(self, connection: Connection, request: web.Request) -> None:
        transport = request.transport
        connection.last_active_at = now_ms()
        if transport is None:
            # The client left during the handshake: there was a connection for $connect, so $disconnect follows.
            connection.closed(self._limits.abnormal_close_code, self._limits.abnormal_close_reason)
            return
        connection.framing = Framing(transport, connection, self._limits)
        self._connections.add(connection)
        self._clock.watch(connection)
        request.protocol.set_parser(connection.framing)

    def _new_facts(self, api: WebSocketApi, handshake: events.Handshake) -> events.ConnectionFacts:
        return events.ConnectionFacts(
            api_id=api.api_id,
            stage=api.stage_name,
            domain_name=f"{api.api_id}.execute-api.{self._deployment.region}.amazonaws.com",
            connection_id=new_connection_id(),
            connected_at=now_ms(),
            source_ip=handshake.source_ip,
            user_agent=handshake.user_agent,
            stage_variables=api.stage_variables,
        )

    async def _authorize(
        self, route: Route | None, facts: events.ConnectionFacts, handshake: events.Handshake
    ) -> tuple[Mapping[str, str] | None, int | None]:
        """Ask the authorizer, if there is one; answers what later events repeat of it, and its latency in ms."""
        if route is None or route.authorization != "CUSTOM" or route.authorizer is None:
            return None, None
        _require_identity(route.authorizer.identity_sources, handshake)
        arn = events.connect_method_arn(self._deployment.region, self._deployment.account_id, facts.api_id, facts.stage)
        event = events.authorizer_event(facts, handshake, arn, request_id=new_request_id(), now=now_ms())
        invocation = await self._call(route.authorizer.function, event, self._limits.authorizer_timeout_ms)
        self._journal.invoked("authorizer", facts.connection_id, invocation)
        if invocation.failed:
            # Documented: an authorizer that throws exactly "Unauthorized" makes a 401; any other error a 500.
            if invocation.result.get("errorMessage") == "Unauthorized":
                raise Refusal(401, "Unauthorized", "UnauthorizedException")
            raise internal_error()
        return _context_if_allowed(invocation.result, arn), round(invocation.duration_ms)

    async def _connect(
        self,
        route: Route | None,
        facts: events.ConnectionFacts,
        handshake: events.Handshake,
        authorizer: Mapping[str, str] | None,
        latency: int | None,
    ) -> Any:
        # Documented: an integration for $connect is optional; without it every client is accepted.
        if route is None or not route.integration_type:
            return {}
        event = events.connect_event(
            facts,
            handshake,
            authorizer,
            request_id=new_request_id(),
            now=now_ms(),
            integration_latency=latency,
        )
        try:
            result, status = await self._integrate(route, facts.connection_id, event)
        except IntegrationFailed:
            raise Refusal(
                self._limits.malformed_connect_status, "Internal server error", "BadGatewayException"
            ) from None
        except IntegrationTimedOut:
            raise Refusal(504, "Endpoint request timed out", "GatewayTimeoutException") from None
        # Reported: any status that is no success is the handshake's, as it is; body and headers are not passed on.
        if not 200 <= status < 300:
            raise Refusal(status)
        return result

    def _message_received(self, connection: Connection, body: str) -> None:
        api = connection.api
        route = select_route(api.routes, self._selections[api.logical_id].key(body))
        if route is None:
            # Reported, byte for byte: no route and no $default leaves the connection open.
            self._send(connection, frames.forbidden(connection.id, new_request_id()))
            return
        # Documented: messages of one connection are handled side by side, and answers may overtake each other.
        self._spawn(self._deliver(connection, route, body))

    async def _deliver(self, connection: Connection, route: Route, body: str) -> None:
        request_id = new_request_id()
        event = events.message_event(
            connection.facts,
            route.key,
            body,
            connection.authorizer,
            message_id=new_message_id(connection.id),
            request_id=request_id,
            now=now_ms(),
        )
        try:
            result, _ = await self._integrate(route, connection.id, event)
        except IntegrationFailed:
            # Reported: sent even if the route has no route response, and the connection stays.
            self._send(connection, frames.internal_server_error(connection.id, request_id))
        except IntegrationTimedOut:
            self._send(connection, frames.endpoint_request_timed_out(connection.id, request_id))
        else:
            # Documented: without a route response the result reaches nobody.
            if route.route_response and isinstance(result.get("body"), str):
                self._send(connection, result["body"])

    def _closed(self, connection: Connection, code: int, reason: str) -> None:
        self._connections.remove(connection)
        self._spawn(self._disconnect(connection, code, reason))

    async def _disconnect(self, connection: Connection, code: int, reason: str) -> None:
        """Documented: after the connection is over, best effort, and the result is ignored."""
        route = connection.api.routes.get("$disconnect")
        if route is None or not route.integration_type:
            self._journal.disconnected(connection.id, code, reason)
            return
        event = events.disconnect_event(
            connection.facts,
            code,
            reason,
            connection.authorizer,
            host=connection.facts.domain_name,
            request_id=new_request_id(),
            now=now_ms(),
        )
        try:
            await self._integrate(route, connection.id, event)
        except (IntegrationFailed, IntegrationTimedOut):
            pass  # the journal has told it
        self._journal.disconnected(connection.id, code, reason)

    async def _integrate(self, route: Route, connection_id: str, event: events.Event) -> tuple[Any, int]:
        """Call a route's function; answers the proxy result and its status."""
        invocation = await self._call(route.function, event, route.timeout_ms)
        self._journal.invoked(route.key, connection_id, invocation)
        if invocation.failed:
            raise IntegrationFailed
        result = invocation.result
        return result, _status(result)

    async def _call(self, function_id: str | None, event: events.Event, timeout_ms: int) -> Invocation:
        function: Function | None = self._deployment.functions.get(function_id or "")
        if function is None:
            raise internal_error()
        payload = json.dumps(event, ensure_ascii=False)
        try:
            return await asyncio.wait_for(self._functions.invoke(function, payload), timeout_ms / 1000)
        except TimeoutError:
            raise IntegrationTimedOut from None

    def _send(self, connection: Connection, text: str) -> None:
        if connection.over.is_set():
            return
        try:
            connection.send(text.encode())
        except SlowConsumer:
            pass  # an answer of the gateway itself that the client does not care to read

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def now_ms() -> int:
    return int(time.time() * 1000)


def _handshake(request: web.Request, added: Mapping[str, str]) -> events.Handshake:
    sent = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]
    replaced = {name.lower() for name in added}
    kept = [(name, value) for name, value in sent if name.lower() not in replaced]
    return events.Handshake(
        headers=(*kept, *added.items()),
        query_string=request.rel_url.raw_query_string,
        source_ip=request.remote or "127.0.0.1",
        user_agent=request.headers.get("User-Agent"),
    )


def _require_identity(sources: tuple[str, ...], handshake: events.Handshake) -> None:
    """Documented: every declared identity source must be there and not empty, else 401 without a call."""
    from urllib.parse import parse_qsl

    headers = {name.lower(): value for name, value in handshake.headers}
    query = dict(parse_qsl(handshake.query_string))
    for source in sources:
        kind, _, name = source.removeprefix("route.request.").partition(".")
        present = headers.get(name.lower()) if kind == "header" else query.get(name)
        if kind in ("header", "querystring") and not present:
            raise Refusal(401, "Unauthorized", "UnauthorizedException")


def _context_if_allowed(result: Any, arn: str) -> Mapping[str, str]:
    try:
        answer = read_authorizer_result(result)
        allowed = allows(answer.policy_document, arn)
    except (InvalidAuthorizerResult, InvalidPolicy):
        raise internal_error() from None
    if not allowed:
        raise Refusal(403, "User is not authorized to access this resource", "AccessDeniedException")
    return answer.event_fields()


def _status(result: Any) -> int:
    """The statusCode of a proxy result; anything without one counts as a failure (inferred from REST APIs)."""
    status = result.get("statusCode") if isinstance(result, dict) else None
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise IntegrationFailed
    return status


def _subprotocol(result: Any) -> str | None:
    """The one header of $connect's result that reaches the client (reported); the gateway echoes none by itself."""
    headers = result.get("headers") if isinstance(result, dict) else None
    if not isinstance(headers, dict):
        return None
    return next((str(value) for name, value in headers.items() if name.lower() == "sec-websocket-protocol"), None)
