"""The WebSocket side of API Gateway: a connection from its handshake over its messages to `$disconnect`."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, cast

from aiohttp import web
from aiohttp.http_websocket import WebSocketReader

from local_emulator.activity_log import Journal
from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.apigateway import errors
from local_emulator.apigateway.connections import Connections, ConnectionTimeouts, WebSocketConnection
from local_emulator.apigateway.faults.injectors import GatewayFaults
from local_emulator.apigateway.handshake import AcceptedHandshake, Handshakes
from local_emulator.apigateway.integrations import (
    IntegrationFailedError,
    Integrations,
    IntegrationTimeoutError,
    NotMappedError,
)
from local_emulator.apigateway.message_order import MessageOrder
from local_emulator.apigateway.observer import Observer
from local_emulator.apigateway.rules import error_frames, events
from local_emulator.apigateway.rules.ids import new_message_id, new_request_id
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.request_models import RequestModels
from local_emulator.apigateway.rules.route_selection import RouteSelection, select_route
from local_emulator.apigateway.rules.throttling import Rates
from local_emulator.apigateway.wire.framing import Framing, SlowConsumerError
from local_emulator.apigateway.wire.upgrade import Upgrade, check_upgrade
from local_emulator.awslambda.payload import json_of
from local_emulator.deployment import Deployment, Route, WebSocketApi
from local_emulator.timestamps import now_ms


class Gateway:
    """Every WebSocket API of a deployment."""

    def __init__(
        self,
        deployment: Deployment,
        integrations: Integrations,
        connections: Connections,
        limits: GatewayLimits,
        journal: Journal,
        rates: Rates,
        faults: GatewayFaults,
        observer: Observer,
    ) -> None:
        self._rates = rates
        self._models = RequestModels(deployment)
        self._turns = MessageOrder()
        self._handshakes = Handshakes(deployment, integrations, limits)
        self._integrations = integrations
        self._connections = connections
        self._limits = limits
        self._journal = journal
        self._faults = faults
        self._observer = observer
        self._clock = ConnectionTimeouts(limits, self.close)
        self._selections = {api.logical_id: RouteSelection(api.route_selection_expression) for api in deployment.apis}
        self._tasks = BackgroundTasks()

    async def handshake(self, request: web.Request, api: WebSocketApi, added: Mapping[str, str]) -> web.StreamResponse:
        """Answers one handshake; `added` are the headers of a CDN. Raises RefusedRequestError.

        Documented: the 101 waits for $connect, so the connection does not exist for others before.
        """
        check_upgrade(request)
        if not self._rates.connect(api):
            raise errors.too_many_requests()
        accepted = await self._handshakes.decide(api, _handshake(request, added))
        upgrade = Upgrade(request, accepted.subprotocol)
        await upgrade.prepare(request)
        await self._serve(request, api, accepted)
        return upgrade

    def close(self, connection: WebSocketConnection, code: int, reason: str) -> None:
        """Closes from the gateway's side; the management API answers 410 for the connection from this moment."""
        self._connections.remove(connection)
        connection.close(code, reason)

    def send(self, connection: WebSocketConnection, data: bytes) -> None:
        """Sends one text message. Raises SlowConsumerError."""
        self._faults.deliveries.send(connection, data)

    def drop_all(self) -> int:
        """Ends every connection and all work on messages, without $disconnect. Returns the number of connections."""
        dropped = list(self._connections)
        for connection in dropped:
            self.close(connection, 1001, "Going away")
            connection.framing.abort()
        self._tasks.cancel()
        return len(dropped)

    async def _serve(self, request: web.Request, api: WebSocketApi, accepted: AcceptedHandshake) -> None:
        """Opens the connection and waits until it is closed."""
        connection = WebSocketConnection(
            api,
            accepted.facts,
            accepted.authorizer,
            self._message_received,
            self._closed,
            self._observer.sent,
            now_ms,
        )
        connection.last_active_at = now_ms()
        connection.pings_count = self._limits.ping_resets_idle
        transport = request.transport
        if transport is None:
            # The client left during the handshake: $connect has seen a connection, so $disconnect must too.
            connection.closed(self._limits.abnormal_close_code, self._limits.abnormal_close_reason)
            return
        connection.framing = Framing(transport, connection, self._limits)
        self._connections.add(connection)
        self._observer.opened(connection)
        self._clock.watch(connection)
        # aiohttp hands all further bytes to this parser; its own would hide single frames.
        request.protocol.set_parser(cast(WebSocketReader, connection.framing))
        self._faults.connections.opened(connection)
        await connection.over

    def _message_received(self, connection: WebSocketConnection, body: str) -> None:
        self._observer.received(connection, body)
        api = connection.api
        if not self._rates.call():
            self._throttled(connection)
            return
        route = select_route(api.routes, self._selections[api.logical_id].key(body))
        if route is None:
            # Reported, byte for byte: no route and no $default leaves the connection open.
            self._send(connection, error_frames.forbidden(connection.id, new_request_id()))
            return
        if not self._rates.route(api, route):
            self._throttled(connection)
            return
        if not self._models.accept(api, route, body):
            # Documented: the function is not called, and the connection stays.
            self._send(connection, error_frames.bad_request_body(connection.id, new_message_id(connection.id)))
            return
        # Documented: messages of one connection are handled side by side, and answers may overtake each other.
        work = self._deliver(connection, route, body)
        self._tasks.start(work if self._limits.messages_run_concurrently else self._turns.take(connection.id, work))

    def _throttled(self, connection: WebSocketConnection) -> None:
        """Documented: a throttled message does not close the connection. Unknown: if a frame reports it."""
        if self._limits.sends_throttled_frame:
            self._send(connection, error_frames.too_many_requests(connection.id, new_request_id()))

    async def _deliver(self, connection: WebSocketConnection, route: Route, body: str) -> None:
        request_id = new_request_id()
        message_id = new_message_id(connection.id)
        event = events.message_event(
            connection.facts,
            route.key,
            body,
            connection.authorizer,
            message_id=message_id,
            request_id=request_id,
            now=now_ms(),
        )
        try:
            result, _ = await self._integrations.call(route, connection.id, json_of(event))
        except NotMappedError as failed:
            self._send(connection, error_frames.not_mapped(connection.id, request_id, failed.reason))
        except IntegrationFailedError:
            # Reported: sent even if the route has no route response, and the connection stays.
            self._send(connection, error_frames.internal_server_error(connection.id, request_id))
        except IntegrationTimeoutError:
            # Reported: the function runs on.
            self._send(connection, error_frames.endpoint_request_timed_out(connection.id, request_id))
        else:
            # Documented: without a route response the result is dropped.
            if route.route_response and "body" in result:
                self._reply(connection, result["body"], request_id)

    def _reply(self, connection: WebSocketConnection, body: Any, request_id: str) -> None:
        """Sends the result of a route response verbatim, with any status (reported)."""
        data = body.encode("utf-8", "replace") if isinstance(body, str) else None
        # Inferred: what is no text makes the result malformed. Documented: 128 KB, in either direction.
        if body is not None and (data is None or len(data) > self._limits.message_bytes):
            self._send(connection, error_frames.internal_server_error(connection.id, request_id))
        elif data:
            self._send_bytes(connection, data)

    def _closed(self, connection: WebSocketConnection, code: int, reason: str) -> None:
        self._connections.remove(connection)
        self._turns.forget(connection.id)
        self._observer.closed(connection, code, reason)
        self._tasks.start(self._disconnect(connection, code, reason))

    async def _disconnect(self, connection: WebSocketConnection, code: int, reason: str) -> None:
        """Documented: $disconnect is invoked after the connection ended, best effort; its result is ignored."""
        route = connection.api.routes.get("$disconnect")
        if route is not None and route.integration_type and not self._faults.connections.is_disconnect_lost(connection):
            facts, authorizer = connection.facts, connection.authorizer
            request_id, host = new_request_id(), connection.facts.domain_name
            event = events.disconnect_event(
                facts, code, reason, authorizer, host=host, request_id=request_id, now=now_ms()
            )
            with contextlib.suppress(IntegrationFailedError, IntegrationTimeoutError):
                await self._integrations.call(route, connection.id, json_of(event))
        self._journal.disconnected(connection.id, code, reason)

    def _send(self, connection: WebSocketConnection, text: str) -> None:
        """Sends a message of the gateway itself; drops it if the client does not read."""
        self._send_bytes(connection, text.encode("utf-8", "replace"))

    def _send_bytes(self, connection: WebSocketConnection, data: bytes) -> None:
        with contextlib.suppress(SlowConsumerError):
            self._faults.deliveries.send(connection, data)


def _handshake(request: web.Request, added: Mapping[str, str]) -> events.HandshakeRequest:
    """Returns the client's request with a CDN's headers; each of these replaces the client's header of that name."""
    sent = [(_text(name), _text(value)) for name, value in request.raw_headers]
    replaced = {name.lower() for name in added}
    return events.HandshakeRequest(
        headers=(*(pair for pair in sent if pair[0].lower() not in replaced), *added.items()),
        query_string=request.rel_url.raw_query_string,
        source_ip=request.remote or "127.0.0.1",
        user_agent=request.headers.get("User-Agent"),
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
