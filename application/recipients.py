"""Reads the connections that a user's uploads are sent to."""

from __future__ import annotations

from collections.abc import Sequence

from domain.connection import Connection
from infra.dynamodb.connections import ConnectionStore
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft, WorkerPool


class Recipients:
    """Reads the connections of several users concurrently; a failure for one does not affect the others."""

    def __init__(self, connections: ConnectionStore, workers: WorkerPool) -> None:
        self._connections = connections
        self._workers = workers

    def of(self, user_ids: Sequence[str], now: int, seconds_left: SecondsLeft) -> dict[str, list[Connection] | None]:
        """Returns the reachable connections of each user; None if reading failed or no time was left."""
        found = self._workers.map(lambda user_id: self._of(user_id, now, seconds_left), user_ids)
        return dict(zip(user_ids, found, strict=True))

    def _of(self, user_id: str, now: int, seconds_left: SecondsLeft) -> list[Connection] | None:
        if seconds_left() <= 0:
            log("user_left", userId=user_id)
            return None
        try:
            return [one for one in self._connections.of_user(user_id, now) if one.is_reachable(now)]
        except Exception:
            log_failure("connections_not_read", userId=user_id)
            return None
