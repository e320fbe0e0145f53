"""Closes connections: sends the reason first, then closes, then deletes the row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.connection import Connection
from domain.disconnect import CLOSED_WITHOUT_NOTICE, DISCONNECTS, NO_PONG, Disconnect
from domain.protocol import disconnect, encode
from infra.dynamodb.connections import ConnectionStore
from infra.gateway.management_api import Delivery, ManagementApi
from infra.telemetry import Metrics, log, log_failure

NOTICE_SECONDS = 3.0  # for the notices of several closes together

Close = tuple[Connection, Disconnect]


class CloseConnection:
    """Marks the row `closing`, sends the reason, closes the connection, deletes the row. Each step can be repeated.

    API Gateway always closes with 1000, so the reason is sent as the last message. A client that got no reason
    reconnects, so a notice that failed is repeated once, by a sweep. After that the connection is closed without it,
    and so at once for CLOSED_WITHOUT_NOTICE: a client that reads nothing cannot keep its connection open.
    """

    def __init__(self, connections: ConnectionStore, management: ManagementApi, metrics: Metrics) -> None:
        self._connections = connections
        self._management = management
        self._metrics = metrics

    def close(self, connection: Connection, why: Disconnect, now: int) -> bool:
        """Closes one connection; returns False if its close has begun already or a sweep must repeat it."""
        return bool(self.close_all([connection], why, now))

    def close_all(self, connections: Iterable[Connection], why: Disconnect, now: int) -> list[Connection]:
        """Closes several connections at once, and returns those that are closed.

        A row that is marked already keeps the reason of its mark.
        """
        begun = [one for one in connections if one.closing or self._connections.begin_close(one, why.reason, now)]
        return self.finish_all([(one, DISCONNECTS.get(one.closing or "", why)) for one in begun], now)

    def finish_all(self, closes: Sequence[Close], now: int) -> list[Connection]:
        """Closes connections whose rows are marked, and returns those that are closed; a sweep repeats the others."""
        notices = [(one.connection_id, encode(disconnect(why))) for one, why in closes]
        sent = self._management.send_all(notices, NOTICE_SECONDS)
        ready = [close for close, answer in zip(closes, sent, strict=True) if may_close(*close, answer)]
        answers = self._management.close_all([one.connection_id for one, _ in ready])
        ended = zip(ready, answers, strict=True)
        return [one for (one, why), answer in ended if self._settle(one, why.reason, answer, now)]

    def end(self, connection: Connection, why: Disconnect, now: int) -> bool:
        """Closes a connection whose notice was sent; returns False if the close failed."""
        return self._settle(connection, why.reason, self._management.close(connection.connection_id), now)

    def close_unresponsive(self, connections: Sequence[Connection], now: int) -> list[Connection]:
        """Closes connections that refuse what they are sent, and returns those that are closed.

        None is marked before. While the account's request rate is exceeded the gateway refuses closes too, and then
        the connections stay as they are.
        """
        answers = self._management.close_all([one.connection_id for one in connections], NOTICE_SECONDS)
        cut = zip(connections, answers, strict=True)
        return [one for one, answer in cut if self._settle(one, NO_PONG.reason, answer, now)]

    def reject_unknown(self, connection_id: str, why: Disconnect) -> None:
        """Closes a connection without a row, even if the notice fails: no sweep finds it later."""
        self._management.send(connection_id, encode(disconnect(why)))
        self._management.close(connection_id)

    def remove_gone(self, connection: Connection) -> None:
        """Deletes the row of a connection that the gateway answers with 410 outside its handshake."""
        if self._connections.remove(connection.user_id, connection.connection_id):
            self._log_closed(connection, "gone")

    def _settle(self, connection: Connection, reason: str, answer: Delivery, now: int) -> bool:
        """Deletes the row of a connection that the gateway has closed; returns False if it has not.

        A 410 during the handshake is no close: the connection would outlive its row.
        """
        if answer.is_failure or (answer is Delivery.GONE and connection.is_in_handshake(now)):
            return False
        self._log_closed(connection, reason)
        self._forget(connection)
        return True

    def _log_closed(self, connection: Connection, reason: str) -> None:
        counted = self._metrics.of(by="reason", ConnectionsClosed=1)
        log("closed", connectionId=connection.connection_id, userId=connection.user_id, reason=reason, **counted)

    def _forget(self, connection: Connection) -> None:
        """Deletes the row; after a failure the next sweep finds it, because it is marked."""
        try:
            self._connections.remove(connection.user_id, connection.connection_id)
        except Exception:
            log_failure("row_left", connectionId=connection.connection_id, userId=connection.user_id)


def may_close(connection: Connection, why: Disconnect, notice: Delivery) -> bool:
    """Returns whether a connection may be closed after this answer to its notice.

    `connection` is as it was read: if it was closing then, this notice was the second one.
    """
    return not notice.is_failure or why.reason in CLOSED_WITHOUT_NOTICE or connection.closing is not None
