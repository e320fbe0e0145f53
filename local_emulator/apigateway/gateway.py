"""The WebSocket side of API Gateway: a connection from its handshake over its messages to `$disconnect`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import cast

from aiohttp import web
from aiohttp.http_websocket import WebSocketReader

from local_emulator.activity_log import Journal
from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.apigateway import errors
from local_emulator.apigateway.connections import Connections, ConnectionTimeouts, WebSocketConnection
from local_emulator.apigateway.faults.injectors import GatewayFaults
from local_emulator.apigateway.handshake import AcceptedHandshake, Handshakes
from local_emulator.apigateway.integrations import (
    IntegrationError,
    Integrations,
    IntegrationTimeoutError,
    NotMappedError,
)
from local_emulator.apigateway.message_order import MessageOrder
from local_emulator.apigateway.observer import Observer
from local_emulator.apigateway.rules import error_frames, events, reasons
from local_emulator.apigateway.rules.ids import new_message_id, new_request_id
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.apigateway.rules.request_models import RequestModels
from local_emulator.apigateway.rules.route_selection import RouteSelection, custom_keys, select_route
from local_emulator.apigateway.rules.throttling import Rates
from local_emulator.apigateway.wire.compression import Compression, negotiate
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
        if (throttled := self._rates.connect(api)) is not None:
            raise errors.too_many_requests(throttled)
        accepted = await self._handshakes.decide(api, _handshake(request, added))
        offers = request.headers.getall("Sec-WebSocket-Extensions", ())
        compression = negotiate(offers) if self._limits.compression else None
        upgrade = Upgrade(request, accepted.subprotocol, compression)
        await upgrade.prepare(request)
        await self._serve(request, api, accepted, compression)
        return upgrade

    def adopt(self, connection: WebSocketConnection, api: WebSocketApi) -> None:
        """Serves a connection that the gateway of an earlier template has opened, from its next message on."""
        connection.api, connection.on_message, connection.on_closed = api, self._message_received, self._closed

    def close(self, connection: WebSocketConnection, code: int, reason: str, cause: Reason) -> None:
        """Closes from the gateway's side; the management API answers 410 for the connection from this moment."""
        self._connections.remove(connection)
        connection.close(code, reason, cause)

    def send(self, connection: WebSocketConnection, data: bytes) -> None:
        """Sends one text message. Raises SlowConsumerError."""
        self._faults.deliveries.send(connection, data)

    def drop_all(self) -> int:
        """Ends every connection and all work on messages, without $disconnect. Returns the number of connections."""
        dropped = list(self._connections)
        for connection in dropped:
            self.close(connection, 1001, "Going away", reasons.closed_by("a reset of the emulator"))
            connection.framing.abort()
        self._tasks.cancel()
        return len(dropped)

    async def _serve(
        self, request: web.Request, api: WebSocketApi, accepted: AcceptedHandshake, compression: Compression | None
    ) -> None:
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
            lost = reasons.CONNECTION_LOST
            connection.closed(self._limits.abnormal_close_code, self._limits.abnormal_close_reason, lost)
            return
        connection.framing = Framing(transport, connection, self._limits, compression)
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
        if (throttled := self._rates.call()) is not None:
            self._throttled(connection, throttled)
            return
        selection = self._selections[api.logical_id]
        key = selection.key(body)
        route = select_route(api.routes, key)
        if route is None:
            # Reported, byte for byte: no route and no $default leaves the connection open.
            no_route = reasons.no_route(key, selection.expression, custom_keys(api.routes))
            self._refuse(connection, error_frames.forbidden(connection.id, new_request_id()), no_route)
        elif (throttled := self._rates.route(api, route)) is not None:
            self._throttled(connection, throttled)
        elif (problem := self._models.problem(api, route, body)) is not None:
            # Documented: the function is not called, and the connection stays.
            frame = error_frames.bad_request_body(connection.id, new_message_id(connection.id))
            self._refuse(connection, frame, reasons.bad_request_body(route.key, problem))
        else:
            # Documented: messages of one connection are handled side by side, and answers may overtake each other.
            work = self._deliver(connection, route, body)
            self._tasks.start(work if self._limits.messages_run_concurrently else self._turns.take(connection.id, work))

    def _throttled(self, connection: WebSocketConnection, throttled: Reason) -> None:
        """Documented: a throttled message does not close the connection. Unknown: if a frame reports it."""
        frame = error_frames.too_many_requests(connection.id, new_request_id())
        self._refuse(connection, frame if self._limits.sends_throttled_frame else None, throttled)

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
            result, status = await self._integrations.call(route, connection.id, json_of(event))
        except IntegrationTimeoutError as failed:
            # Reported: the function runs on.
            frame = error_frames.endpoint_request_timed_out(connection.id, request_id)
            self._refuse(connection, frame, failed.reason)
        except NotMappedError as failed:
            frame = error_frames.not_mapped(connection.id, request_id, failed.problem)
            self._refuse(connection, frame, failed.reason)
        except IntegrationError as failed:
            # Reported: sent even if the route has no route response, and the connection stays.
            self._fail(connection, request_id, failed.reason)
        else:
            self._reply(connection, route, result.get("body") or "", status, request_id)

    def _reply(self, connection: WebSocketConnection, route: Route, body: str, status: int, request_id: str) -> None:
        """Sends the result of a route response verbatim, with any status (reported, disputed)."""
        limits = self._limits
        if status >= 400 and limits.failing_status_is_error_frame:
            self._fail(connection, request_id, reasons.failing_status(status))
        elif route.route_response:  # documented: without a route response the result is dropped
            data = body.encode("utf-8", "replace")
            if len(data) > limits.message_bytes:  # documented: 128 KB, in either direction
                reason = reasons.too_large("the bytes of the answer (message_bytes)", len(data), limits.message_bytes)
                self._fail(connection, request_id, reason)
            elif data or limits.empty_route_response_is_sent:
                self._send_bytes(connection, data)

    def _fail(self, connection: WebSocketConnection, request_id: str, reason: Reason) -> None:
        self._refuse(connection, error_frames.internal_server_error(connection.id, request_id), reason)

    def _closed(self, connection: WebSocketConnection, code: int, reason: str, cause: Reason | None) -> None:
        self._connections.remove(connection)
        self._turns.forget(connection.id)
        self._observer.closed(connection, code, reason, cause)
        self._tasks.start(self._disconnect(connection, code, reason, cause))

    async def _disconnect(self, connection: WebSocketConnection, code: int, reason: str, cause: Reason | None) -> None:
        """Documented: $disconnect is invoked after the connection ended, best effort; its result is ignored."""
        route = connection.api.routes.get("$disconnect")
        if route is not None and route.integration_type and not self._faults.connections.is_disconnect_lost(connection):
            facts, authorizer = connection.facts, connection.authorizer
            request_id, host = new_request_id(), connection.facts.domain_name
            event = events.disconnect_event(
                facts, code, reason, authorizer, host=host, request_id=request_id, now=now_ms()
            )
            try:
                await self._integrations.call(route, connection.id, json_of(event))
            except IntegrationError as failed:
                self._journal.refused(connection.id, "$disconnect", failed.reason)
        self._journal.disconnected(connection.id, code, reason, cause)

    def _refuse(self, connection: WebSocketConnection, frame: str | None, reason: Reason) -> None:
        """Answers a message in place of a function, and logs why; drops the frame if the client does not read."""
        self._journal.refused(connection.id, json.loads(frame)["message"] if frame else "no answer", reason)
        if frame is not None:
            self._send_bytes(connection, frame.encode())

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
