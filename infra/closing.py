"""The orderly end of a connection, told to the client before it happens."""

from __future__ import annotations

from domain.connection import Connection
from domain.protocol import Disconnect, disconnect, encode
from infra.connections import ConnectionStore
from infra.management import Delivery, ManagementApi
from infra.telemetry import Metrics, log, log_failure


class Closing:
    """Mark the row `closing`, say why, close, forget. Each step may be repeated; a sweep repeats what was left.

    API Gateway closes with 1000 and no reason of ours, so the reason travels as the last message. A client that is
    closed without a word would come back, wanted or not: what could not be told is not closed either, but left to
    the next sweep. Nothing reaches a marked connection meanwhile, and the gateway itself ends it after two hours.
    """

    def __init__(self, connections: ConnectionStore, management: ManagementApi, metrics: Metrics) -> None:
        self._connections = connections
        self._management = management
        self._metrics = metrics

    def close(self, connection: Connection, why: Disconnect, now: int) -> bool:
        """Close one connection; False if somebody else already does, or if the gateway did not take it."""
        return self._connections.begin_close(connection, why.reason, now) and self.finish(connection, why, now)

    def finish(self, connection: Connection, why: Disconnect, now: int) -> bool:
        """Close a connection whose row is marked; False if that could not be told or done: a sweep must repeat it."""
        told = self._management.send(connection.connection_id, encode(disconnect(why)))
        return told is not Delivery.FAILED and self.end(connection, why, now)

    def end(self, connection: Connection, why: Disconnect, now: int) -> bool:
        """Close a connection that was told why; False if that could not be done.

        One that the gateway does not know because its handshake is still under way would outlive its row.
        """
        closed = self._management.close(connection.connection_id)
        if closed is Delivery.FAILED or (closed is Delivery.GONE and connection.is_in_handshake(now)):
            return False
        self._log_closed(connection, why.reason)
        self._forget(connection)
        return True

    def turn_away(self, connection_id: str, why: Disconnect) -> None:
        """Close a connection that has no row (any more), told or not: no sweep would ever come back to it."""
        self._management.send(connection_id, encode(disconnect(why)))
        self._management.close(connection_id)

    def forget_gone(self, connection: Connection) -> None:
        """The gateway says 410, and no handshake explains it: nobody will ever tell us more of this connection."""
        if self._connections.remove(connection.user_id, connection.connection_id):
            self._log_closed(connection, "gone")

    def _log_closed(self, connection: Connection, reason: str) -> None:
        counted = self._metrics.of(by="reason", ConnectionsClosed=1)
        log("closed", connectionId=connection.connection_id, userId=connection.user_id, reason=reason, **counted)

    def _forget(self, connection: Connection) -> None:
        """The connection is closed already; a row that stays, marked as it is, is the next sweep's."""
        try:
            self._connections.remove(connection.user_id, connection.connection_id)
        except Exception:
            log_failure("row_left", connectionId=connection.connection_id, userId=connection.user_id)
