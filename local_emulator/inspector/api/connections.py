"""The HTTP API of open connections: list, get, send, close."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from local_emulator.apigateway.connections import Connections, WebSocketConnection
from local_emulator.apigateway.gateway import Gateway
from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.wire.framing import SlowConsumerError
from local_emulator.inspector.connection_list import connection_page, described
from local_emulator.inspector.table_rows import READ_ERRORS, TableRows
from local_emulator.redaction import redacted_value
from local_emulator.timestamps import now_ms

PATH = "/_emulator/connections"


class ConnectionsApi:
    """Serves connections by user, fifty per page, each with its rows in the template's tables."""

    def __init__(self, connections: Connections, gateway: Gateway, rows: TableRows, limits: GatewayLimits) -> None:
        self._connections = connections
        self._gateway = gateway
        self._rows = rows
        self._limits = limits

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PATH, self._list),
            web.get(f"{PATH}/{{id}}", self._one),
            web.post(f"{PATH}/{{id}}/messages", self._send),
            web.delete(f"{PATH}/{{id}}", self._close),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        page = int(query.get("page", "0")) if query.get("page", "0").isdecimal() else 0
        found = connection_page(self._connections, query.get("find", ""), query.get("order", "user"), page)
        rows, problem = await self._rows_of(found.connections)
        shown = [described(one, self._limits) | {"rows": rows.get(one.id, [])} for one in found.connections]
        counts = {"open": found.open, "found": found.found, "users": found.users, "ofUser": found.of_user}
        paging = {"page": found.page, "pages": found.pages, "now": now_ms(), "problem": problem}
        return web.json_response({"connections": shown, **counts, **paging})

    async def _one(self, request: web.Request) -> web.Response:
        connection = self._find(request)
        if connection is None:
            return _gone()
        rows, problem = await self._rows_of([connection])
        about = {"authorizer": redacted_value(dict(connection.authorizer or {})), "rows": rows.get(connection.id, [])}
        return web.json_response(described(connection, self._limits) | about | {"now": now_ms(), "problem": problem})

    async def _send(self, request: web.Request) -> web.Response:
        """Sends the body to the client, as a post to @connections would."""
        connection = self._find(request)
        if connection is None:
            return _gone()
        try:
            self._gateway.send(connection, await request.read())
        except SlowConsumerError as slow:
            return web.json_response({"message": f"The client does not read: {slow}"}, status=429)
        return web.Response(status=204)

    async def _close(self, request: web.Request) -> web.Response:
        """Closes the connection, as a DELETE of @connections would."""
        connection = self._find(request)
        if connection is None:
            return _gone()
        code, reason = self._limits.delete_close_code, self._limits.delete_close_reason
        self._gateway.close(connection, code, reason, reasons.closed_by("the inspector"))
        return web.Response(status=204)

    def _find(self, request: web.Request) -> WebSocketConnection | None:
        return self._connections.by_id(request.match_info["id"])

    async def _rows_of(
        self, connections: list[WebSocketConnection]
    ) -> tuple[dict[str, list[dict[str, Any]]], str | None]:
        """Returns the rows, and the error text if they cannot be read."""
        try:
            return await asyncio.to_thread(self._rows.of_connections, connections), None
        except READ_ERRORS as problem:
            return {}, str(problem)


def _gone() -> web.Response:
    return web.json_response(
        {"message": "this connection is not open; `apigw-emulator connections` lists the open ones"}, status=404
    )
