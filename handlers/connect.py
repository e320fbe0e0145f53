"""`$connect`: remember the connection under its user, and keep the user to the cap."""

from __future__ import annotations

from typing import Any

from domain.connection import new_connection, surplus
from domain.protocol import CONNECTION_LIMIT
from handlers.event import GatewayEvent, now_ms, read_event, read_handshake
from infra import bootstrap
from infra.telemetry import log


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """200, with our subprotocol if the client offered it; the gateway echoes none by itself.

    Nothing is sent to the new connection: until this function has answered, the gateway says 410 for it.
    """
    request, handshake = read_event(event), read_handshake(event)
    connection = new_connection(
        request.user_id,
        request.connection_id,
        connected_at=request.connected_at,
        token_expires_at=request.token_expires_at,
        limits=bootstrap.limits(),
        user_agent=handshake.user_agent,
    )
    bootstrap.connections().add(connection)
    log("connected", connectionId=request.connection_id, userId=request.user_id)
    _keep_to_cap(request)
    chosen = handshake.chosen_subprotocol
    return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": chosen} if chosen else {}}


def _keep_to_cap(request: GatewayEvent) -> None:
    now = now_ms()
    theirs = bootstrap.connections().of_user(request.user_id, now)
    cap = bootstrap.limits().max_connections_per_user
    for connection in surplus(theirs, request.connection_id, cap, now):
        bootstrap.closing().close(connection, CONNECTION_LIMIT, now)
        log(
            "closed",
            connectionId=connection.connection_id,
            userId=request.user_id,
            reason=CONNECTION_LIMIT.reason,
        )
