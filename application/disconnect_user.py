"""Closes every connection of a user: log-out on all devices, a ban."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.close_connection import CloseConnection
from domain.connection import Connection
from domain.disconnect_request import DisconnectRequest
from infra.dynamodb.connections import ConnectionStore
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft, WorkerPool


@dataclass(slots=True)
class Marked:
    """The connections of one user that are marked as closing; `complete` if these are all of them."""

    request: DisconnectRequest
    connections: list[Connection]
    complete: bool


class DisconnectUser:
    """Closes the connections that are open now. Tokens stay valid: a client that has one may connect again.

    All connections of all users are marked first: a marked one receives nothing more, and a sweep finishes its close.
    """

    def __init__(self, connections: ConnectionStore, closer: CloseConnection, workers: WorkerPool) -> None:
        self._connections = connections
        self._closer = closer
        self._workers = workers

    def disconnect_all(
        self, requests: Sequence[DisconnectRequest], now: int, seconds_left: SecondsLeft
    ) -> tuple[int, list[int]]:
        """Carries out requests concurrently; of several for one user the last one gives the reason.

        Returns the number of closed connections, and the indexes of requests that must be processed again. A connection
        that is marked, but not closed now, is not counted: the next sweep repeats its close.
        """
        by_user = {request.user_id: request for request in requests}
        marked = self._workers.map(lambda one: self._mark(one, now, seconds_left), [*by_user.values()])
        closed = self._workers.map(lambda one: self._close(one, now, seconds_left), marked)
        incomplete = {one.request.user_id for one in marked if not one.complete}
        return sum(closed), [one.index for one in requests if one.user_id in incomplete]

    def _mark(self, request: DisconnectRequest, now: int, seconds_left: SecondsLeft) -> Marked:
        """Marks the connections of a user; those that are closing already are closed at once as well."""
        marked = Marked(request, [], complete=False)
        if seconds_left() <= 0:
            log("disconnect_left", userId=request.user_id)
            return marked
        try:
            for one in self._connections.of_user(request.user_id, now):
                if one.closing or self._connections.begin_close(one, request.disconnect.reason, now):
                    marked.connections.append(one)
            marked.complete = True
        except Exception:
            log_failure("not_disconnected", userId=request.user_id)
        return marked

    def _close(self, marked: Marked, now: int, seconds_left: SecondsLeft) -> int:
        closes = [(one, marked.request.disconnect) for one in marked.connections]
        closed = len(self._closer.finish_all(closes, now)) if seconds_left() > 0 else 0
        log("disconnected", userId=marked.request.user_id, closed=closed, marked=len(closes))
        return closed
