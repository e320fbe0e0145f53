"""Bring new states to every live connection of their user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from domain.connection import Connection
from domain.protocol import encode, upload_message
from domain.upload import UploadProgress
from infra.connections import ConnectionStore
from infra.management import Delivery, ManagementApi
from infra.telemetry import log_failure

Send = tuple[Connection, bytes]


class Broadcast:
    """Sends states and settles what the answers mean for the rows: gone ones go, delivered ones are active."""

    def __init__(self, connections: ConnectionStore, management: ManagementApi) -> None:
        self._connections = connections
        self._management = management

    def deliver(self, states: Iterable[UploadProgress], now: int) -> Counter[str]:
        """Send each state to all connections of its user; counts `delivered`, `pending`, `gone` and `failed`."""
        sends: list[Send] = []
        by_user = sorted(states, key=lambda state: state.user_id)
        for user_id, theirs in groupby(by_user, key=lambda state: state.user_id):
            messages = [encode(upload_message(state)) for state in theirs]
            reachable = [one for one in self._connections.of_user(user_id, now) if one.is_reachable(now)]
            sends += [(connection, message) for connection in reachable for message in messages]
        answers = self._management.send_all([(one.connection_id, message) for one, message in sends])
        for connection, outcome in _by_connection(sends, answers):
            self._try_to_settle(connection, outcome, now)
        return self._counts(sends, answers, now)

    def _try_to_settle(self, connection: Connection, outcome: set[Delivery], now: int) -> None:
        """What was delivered was delivered, whether or not that can be written down."""
        try:
            self._settle(connection, outcome, now)
        except Exception:
            log_failure("delivery_not_settled", connectionId=connection.connection_id, userId=connection.user_id)

    def _settle(self, connection: Connection, outcome: set[Delivery], now: int) -> None:
        """One 410 among several sends is enough: a connection that is gone does not come back."""
        if Delivery.GONE in outcome:
            if not connection.is_in_handshake(now):
                self._connections.remove(connection.user_id, connection.connection_id)
        elif Delivery.DELIVERED in outcome and connection.wants_activity(now):
            self._connections.record_delivery(connection, now)

    def _counts(self, sends: Sequence[Send], answers: Sequence[Delivery], now: int) -> Counter[str]:
        """A 410 of a connection whose handshake may still be under way is pending: its snapshot fills the gap."""
        counts: Counter[str] = Counter()
        for (connection, _), answer in zip(sends, answers, strict=True):
            pending = answer is Delivery.GONE and connection.is_in_handshake(now)
            counts["pending" if pending else answer.value] += 1
        return counts


def _by_connection(sends: Sequence[Send], answers: Sequence[Delivery]) -> Iterable[tuple[Connection, set[Delivery]]]:
    outcomes: dict[str, tuple[Connection, set[Delivery]]] = {}
    for (connection, _), answer in zip(sends, answers, strict=True):
        outcomes.setdefault(connection.connection_id, (connection, set()))[1].add(answer)
    return outcomes.values()
