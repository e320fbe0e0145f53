"""Bring new states to every live connection of their user."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from domain.connection import Connection
from domain.protocol import encode, upload_message
from domain.upload import UploadProgress
from infra.audience import Audience
from infra.connections import ConnectionStore
from infra.management import Delivery, ManagementApi
from infra.telemetry import log_failure
from infra.uploads import UploadKey


@dataclass(frozen=True, slots=True)
class Send:
    """One state on its way to one connection, and what became of it."""

    connection: Connection
    state: UploadProgress
    message: bytes


@dataclass(slots=True)
class Told:
    """How often each thing happened: `delivered`, `pending`, `gone`, `failed`.

    `untold` are the uploads that not every connection of their user could be told of now.
    """

    counts: Counter[str] = field(default_factory=Counter)
    untold: set[UploadKey] = field(default_factory=set)

    def add(self, state: UploadProgress, outcome: str) -> None:
        self.counts[outcome] += 1
        if outcome == Delivery.FAILED.value:
            self.untold.add((state.user_id, state.upload_id))


class Broadcast:
    """Sends states and settles what the answers mean for the rows: gone ones go, delivered ones are active."""

    def __init__(self, audience: Audience, connections: ConnectionStore, management: ManagementApi) -> None:
        self._audience = audience
        self._connections = connections
        self._management = management

    def deliver(self, states: Iterable[UploadProgress], now: int, may_go_on: Callable[[], bool]) -> Told:
        """Send each state to all connections of its user; if these cannot be found out, it counts as failed once."""
        by_user: defaultdict[str, list[UploadProgress]] = defaultdict(list)
        for state in states:
            by_user[state.user_id].append(state)
        sends: list[Send] = []
        told = Told()
        for user_id, connections in self._audience.of([*by_user], now, may_go_on).items():
            for state in by_user[user_id]:
                if connections is None:
                    told.add(state, Delivery.FAILED.value)
                elif connections:
                    message = encode(upload_message(state))
                    sends += [Send(connection, state, message) for connection in connections]
        answers = self._management.send_all([(one.connection.connection_id, one.message) for one in sends])
        for connection, outcome in _by_connection(sends, answers):
            self._try_to_settle(connection, outcome, now)
        for send, answer in zip(sends, answers, strict=True):
            told.add(send.state, _outcome(send, answer, now))
        return told

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


def _outcome(send: Send, answer: Delivery, now: int) -> str:
    """A 410 of a connection whose handshake may still be under way is pending: its snapshot fills the gap."""
    pending = answer is Delivery.GONE and send.connection.is_in_handshake(now)
    return "pending" if pending else answer.value


def _by_connection(sends: Sequence[Send], answers: Sequence[Delivery]) -> Iterable[tuple[Connection, set[Delivery]]]:
    outcomes: dict[str, tuple[Connection, set[Delivery]]] = {}
    for send, answer in zip(sends, answers, strict=True):
        outcomes.setdefault(send.connection.connection_id, (send.connection, set()))[1].add(answer)
    return outcomes.values()
