"""Faults of connections: half-open, black hole, lost $disconnect."""

from __future__ import annotations

import asyncio

from local_emulator.apigateway.connections import Connections, WebSocketConnection
from local_emulator.apigateway.faults.black_hole import BlackHoleTransport
from local_emulator.apigateway.faults.subject import of_connection
from local_emulator.faults.registry import ActiveFault, FaultRegistry, Strike

KINDS = ("half-open", "black-hole")


class ConnectionFaults:
    """Injects faults at the beginning and at the end of connections."""

    def __init__(self, faults: FaultRegistry, connections: Connections) -> None:
        self._faults = faults
        self._connections = connections

    def opened(self, connection: WebSocketConnection) -> None:
        """Injects the faults of a connection that opens."""
        if not self._faults:
            return
        for kind in KINDS:
            self._lose(connection, self._faults.strike(kind, of_connection(connection), connection.now()))

    def apply_to_open(self, added: ActiveFault) -> None:
        """Applies a new fault to the connections that are already open."""
        if added.fault.kind in KINDS:
            for connection in self._connections:
                self._lose(connection, self._faults.ask(added, of_connection(connection), connection.now()))

    def is_disconnect_lost(self, connection: WebSocketConnection) -> bool:
        """Returns True if $disconnect is not to be invoked. Documented: $disconnect is best effort."""
        if not self._faults:
            return False
        return self._faults.strike("lost-disconnect", of_connection(connection), connection.now()) is not None

    def _lose(self, connection: WebSocketConnection, strike: Strike | None) -> None:
        if strike is not None:
            cut = strike.fault.kind == "half-open"
            asyncio.get_running_loop().call_later(strike.delay_seconds, _lose, connection, cut)


def _lose(connection: WebSocketConnection, cut: bool) -> None:
    """Reported: a post to a half-open connection is answered 200 and does not arrive, until a limit closes it."""
    transport = connection.framing.transport
    if not connection.over.done() and not isinstance(transport, BlackHoleTransport):
        connection.framing.transport = void = BlackHoleTransport(transport)
        if cut:
            void.cut()
