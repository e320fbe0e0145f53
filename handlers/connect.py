"""`$connect`: stores the connection under its user, and keeps the user to the limit of connections."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from domain.connection import HANDSHAKE_MS, Connection, surplus
from domain.deadlines import new_connection
from domain.disconnect import CONNECTION_LIMIT
from domain.handshake import SUBPROTOCOL
from handlers import bootstrap
from handlers.gateway_event import GatewayEvent, now_ms, read_event
from handlers.handshake_event import read_handshake
from infra.telemetry import log, log_failure

bootstrap.build_early(bootstrap.connections)  # few connections cause closes of others


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Returns 200, with the subprotocol if the client offered it; the gateway echoes none by itself.

    Returns 400 if the client offers only unknown subprotocols: most clients would fail at a 101 without one. Nothing is
    sent to the new connection: until this function has returned, the gateway answers 410 for it.
    """
    request, handshake = read_event(event), read_handshake(event)
    if handshake.has_foreign_subprotocols:
        log("handshake_refused", **request.about, reason="subprotocol", expected=SUBPROTOCOL)
        return {"statusCode": 400}
    connection = new_connection(
        request.user_id,
        request.connection_id,
        connected_at=request.connected_at,
        token_expires_at=request.token_expires_at,
        limits=bootstrap.limits(),
        user_agent=handshake.user_agent,
    )
    try:
        bootstrap.connections().add(connection)
    except Exception:
        log_failure("connect_failed", **request.about)
        raise
    log("connected", **request.about, **bootstrap.metrics().of(ConnectionsOpened=1))
    _try_to_keep_to_cap(connection, request)
    chosen = handshake.chosen_subprotocol
    return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": chosen} if chosen else {}}


def _try_to_keep_to_cap(connection: Connection, request: GatewayEvent) -> None:
    """Keeps to the limit; after a failure a sweep or the next connection does, since this one is stored."""
    try:
        _keep_to_cap(connection)
    except Exception:
        log_failure("cap_not_kept", **request.about)
        with suppress(Exception):
            bootstrap.connections().schedule_trim(connection, now_ms() + HANDSHAKE_MS)


def _keep_to_cap(connection: Connection) -> None:
    """Closes the least recently active connections; schedules a sweep if only handshakes are left."""
    now, cap = now_ms(), bootstrap.limits().max_connections_per_user
    connections = bootstrap.connections().of_user(connection.user_id, now)
    leaving = surplus(connections, connection.connection_id, cap, now)
    if leaving:  # else the adapters that close are not built
        bootstrap.close_connection().close_all(leaving, CONNECTION_LIMIT, now)
    if len(connections) - len(leaving) > cap:
        bootstrap.connections().schedule_trim(connection, now + HANDSHAKE_MS)
