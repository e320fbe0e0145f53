"""`@connections`: post to, get and delete a connection, as in the API Gateway Management API reference."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local_emulator.activity_log import Journal
from local_emulator.apigateway import errors
from local_emulator.apigateway.connections import Connections, WebSocketConnection
from local_emulator.apigateway.faults.management import ManagementFaults
from local_emulator.apigateway.gateway import Gateway
from local_emulator.apigateway.handshake import require_signature
from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.ids import is_connection_id
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.throttling import Rates
from local_emulator.apigateway.wire.framing import SlowConsumerError
from local_emulator.deployment import WebSocketApi
from local_emulator.timestamps import iso_8601
from local_emulator.trace_id import new_root
from local_emulator.web.body import BodyTooLargeError, read_limited

METHODS = ("POST", "GET", "DELETE")


class ManagementApiServer:
    """Answers the management API of every WebSocket API, in the form that SDKs expect."""

    def __init__(
        self,
        gateway: Gateway,
        connections: Connections,
        limits: GatewayLimits,
        journal: Journal,
        rates: Rates,
        faults: ManagementFaults,
    ) -> None:
        self._rates = rates
        self._gateway = gateway
        self._connections = connections
        self._limits = limits
        self._journal = journal
        self._faults = faults

    async def answer(self, request: web.Request, api: WebSocketApi, connection_id: str) -> web.Response:
        """Answers one call. Raises RefusedRequestError: 400, 403, 410, 413, 429."""
        if self._limits.requires_signature:
            # The management API requires credentials; a laptop cannot verify them.
            require_signature(request.headers.items(), request.rel_url.raw_query_string)
        # Documented: calls count among the account's requests, more are answered with 429.
        if (throttled := self._rates.call()) is not None:
            raise errors.limit_exceeded(throttled)
        connection = self._connections.find(api, connection_id)
        if connection is None:
            return await self._carry_out(request, connection_id, None)
        return await self._faults.around(
            request.method, connection, lambda: self._carry_out(request, connection_id, connection)
        )

    async def _carry_out(
        self, request: web.Request, connection_id: str, connection: WebSocketConnection | None
    ) -> web.Response:
        data = await self._read(request) if request.method == "POST" else b""
        if request.method not in METHODS:
            raise errors.forbidden(reasons.no_such_method(request.method))
        if not is_connection_id(connection_id):
            raise errors.invalid_connection_id(connection_id, reasons.no_connection_id(connection_id))
        if connection is None or not connection.is_open:
            raise errors.gone(self._connections.absence(connection_id))
        match request.method:
            case "POST":
                return self._post(connection, data)
            case "GET":
                return _described(connection)
        return self._delete(connection)

    def _post(self, connection: WebSocketConnection, data: bytes) -> web.Response:
        try:
            self._gateway.send(connection, data)
        except SlowConsumerError as slow:
            raise errors.limit_exceeded(reasons.slow_consumer(slow.unread, self._limits.unread_bytes)) from None
        self._journal.sent(connection.id, len(data))
        return web.Response(status=200, headers=_answered())

    async def _read(self, request: web.Request) -> bytes:
        try:
            return await read_limited(request, self._limits.post_bytes)
        except BodyTooLargeError:
            reason = reasons.too_large("the bytes of the post (post_bytes)", None, self._limits.post_bytes)
            raise errors.payload_too_large(reason) from None

    def _delete(self, connection: WebSocketConnection) -> web.Response:
        """Reported: 204; the client gets 1000, and `$disconnect` has this code and reason."""
        code, reason = self._limits.delete_close_code, self._limits.delete_close_reason
        self._gateway.close(connection, code, reason, reasons.closed_by("DeleteConnection"))
        return web.Response(status=204, headers=_answered(None))


def _answered(content_type: str | None = "application/json") -> dict[str, str]:
    """Returns the headers of a success. Reported, by captures: these, and none of a content type with a 204."""
    headers = {"x-amzn-trace-id": new_root()}
    return headers if content_type is None else headers | {"Content-Type": content_type}


def _described(connection: WebSocketConnection) -> web.Response:
    """Returns the answer to GET, in the form and order of a capture.

    Documented: names in lower camel case; with capitals boto3 would see an empty answer.
    """
    identity: dict[str, Any] = {"sourceIp": connection.facts.source_ip}
    if connection.facts.user_agent is not None:
        identity["userAgent"] = connection.facts.user_agent
    description = {
        "identity": identity,
        "connectedAt": _iso(connection.facts.connected_at),
        "lastActiveAt": _iso(connection.last_active_at),
    }
    text = json.dumps(description, indent=2, separators=(",", " : "), ensure_ascii=False)
    return web.Response(body=text.encode("utf-8", "replace"), headers=_answered())


def _iso(epoch_ms: int) -> str:
    return iso_8601(datetime.fromtimestamp(epoch_ms / 1000, UTC))
