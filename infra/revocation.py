"""End every connection of a user: logout everywhere, a ban."""

from __future__ import annotations

from domain.disconnect_request import DisconnectRequest
from infra.closing import Closing
from infra.connections import ConnectionStore
from infra.telemetry import log, log_failure


class Revocation:
    """Closes what is open now. It revokes no token: whoever has a valid one may connect again."""

    def __init__(self, connections: ConnectionStore, closing: Closing) -> None:
        self._connections = connections
        self._closing = closing

    def revoke(self, request: DisconnectRequest, now: int) -> int | None:
        """How many connections were closed; None if that must be tried again, since not all are marked.

        One that is marked, but could not be told or closed, is not counted: the next sweep repeats it.
        """
        try:
            theirs = self._connections.of_user(request.user_id, now)
            closed = sum(self._closing.close(one, request.disconnect, now) for one in theirs)
        except Exception:
            log_failure("not_disconnected", userId=request.user_id)
            return None
        log("disconnected", userId=request.user_id, closed=closed)
        return closed
