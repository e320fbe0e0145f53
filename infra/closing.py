"""The orderly end of a connection, told to the client before it happens."""

from __future__ import annotations

from domain.connection import Connection
from domain.protocol import Disconnect, disconnect, encode
from infra.connections import ConnectionStore
from infra.management import ManagementApi


class Closing:
    """Mark the row `closing`, say why, close, forget. Each step may be repeated; a sweep repeats what was left.

    API Gateway closes with 1000 and no reason of ours, so the reason travels as the last message.
    """

    def __init__(self, connections: ConnectionStore, management: ManagementApi) -> None:
        self._connections = connections
        self._management = management

    def close(self, connection: Connection, why: Disconnect, now: int) -> bool:
        """Close one connection; False if somebody else already does, or if the gateway did not take it."""
        return self._connections.begin_close(connection, why.reason, now) and self.finish(connection, why)

    def finish(self, connection: Connection, why: Disconnect) -> bool:
        """Close a connection whose row is marked; False if the gateway did not take it, and a sweep must repeat it."""
        if not self.turn_away(connection.connection_id, why):
            return False
        self._connections.remove(connection.user_id, connection.connection_id)
        return True

    def turn_away(self, connection_id: str, why: Disconnect) -> bool:
        """Close a connection that has no row (any more)."""
        self._management.send(connection_id, encode(disconnect(why)))
        return self._management.close(connection_id)
