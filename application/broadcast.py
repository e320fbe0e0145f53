"""Bring new states to every live connection of their user."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from application.close_connection import CloseConnection
from application.recipients import Recipients
from domain.connection import Connection
from domain.protocol import encode, upload_message
from domain.upload import UploadProgress
from infra.dynamodb.connections import ConnectionStore
from infra.dynamodb.uploads import UploadKey
from infra.gateway.management_api import Delivery, ManagementApi
from infra.telemetry import log_failure
from infra.thread_pool import SecondsLeft, WorkerPool

MAX_REFUSED_MS = 60_000  # four deliveries by the queue; before the fifth and last one the connection is closed
MIN_SEND_SECONDS, MAX_SEND_SECONDS = 2.0, 20.0  # for all sends together; what takes longer had better wait on the queue
Outcome = tuple[Connection, set[Delivery]]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One state on its way to one connection, and what became of it."""

    connection: Connection
    state: UploadProgress
    message: bytes


@dataclass(slots=True)
class BroadcastResult:
    """How often each thing happened: `delivered`, `pending`, `gone`, `failed`.

    `undelivered` are the uploads that not every connection of their user could be result of now; `updated_at` of every
    message that was delivered says how old its news was.
    """

    counts: Counter[str] = field(default_factory=Counter)
    undelivered: set[UploadKey] = field(default_factory=set)
    updated_at: list[int] = field(default_factory=list)

    def add(self, state: UploadProgress, outcome: str) -> None:
        self.counts[outcome] += 1
        if outcome == Delivery.FAILED.value:
            self.undelivered.add((state.user_id, state.upload_id))
        elif outcome == Delivery.DELIVERED.value:
            self.updated_at.append(state.updated_at)


class Broadcast:
    """Sends states and settles what the answers mean for the rows: gone ones go, delivered ones are active."""

    def __init__(
        self,
        recipients: Recipients,
        connections: ConnectionStore,
        management: ManagementApi,
        closer: CloseConnection,
        workers: WorkerPool,
    ) -> None:
        self._recipients = recipients
        self._connections = connections
        self._closer = closer
        self._management = management
        self._workers = workers

    def deliver(self, states: Iterable[UploadProgress], now: int, seconds_left: SecondsLeft) -> BroadcastResult:
        """Sends each state to all connections of its user; if these cannot be found out, it counts as failed once."""
        by_user: defaultdict[str, list[UploadProgress]] = defaultdict(list)
        for state in states:
            by_user[state.user_id].append(state)
        sends: list[OutgoingMessage] = []
        result = BroadcastResult()
        for user_id, connections in self._recipients.of([*by_user], now, seconds_left).items():
            for state in by_user[user_id]:
                if connections is None:
                    result.add(state, Delivery.FAILED.value)
                elif connections:
                    message = encode(upload_message(state))
                    sends += [OutgoingMessage(connection, state, message) for connection in connections]
        within = max(MIN_SEND_SECONDS, min(MAX_SEND_SECONDS, seconds_left()))
        answers = self._management.send_all([(one.connection.connection_id, one.message) for one in sends], within)
        self._settle_all(_by_connection(sends, answers), now, seconds_left)
        close_unresponsive = self._close_unresponsive(sends, answers, now, seconds_left)
        for send, answer in zip(sends, answers, strict=True):
            outcome = "gone" if send.connection.connection_id in close_unresponsive else _outcome(send, answer, now)
            result.add(send.state, outcome)
        return result

    def _close_unresponsive(
        self, sends: Sequence[OutgoingMessage], answers: Sequence[Delivery], now: int, left: SecondsLeft
    ) -> set[str]:
        """Closes connections that still refuse news of a minute ago, and returns their ids.

        Their clients get the news from a snapshot if they come back, so the queue need not try again.
        """
        refused = {
            send.connection.connection_id: send.connection
            for send, answer in zip(sends, answers, strict=True)
            if answer is Delivery.REFUSED and now - send.state.received_at >= MAX_REFUSED_MS
        }
        if not refused or left() <= 0:
            return set()
        return {one.connection_id for one in self._closer.close_unresponsive([*refused.values()], now)}

    def _settle_all(self, outcomes: Iterable[Outcome], now: int, seconds_left: SecondsLeft) -> None:
        due = [one for one in outcomes if _is_gone(*one, now) or _is_active(*one, now)]
        self._workers.map(lambda one: self._try_to_settle(*one, now, seconds_left), due)

    def _try_to_settle(self, connection: Connection, answers: set[Delivery], now: int, left: SecondsLeft) -> None:
        """What was delivered was delivered, whether or not that can be written down."""
        if left() <= 0:
            return
        try:
            if _is_gone(connection, answers, now):
                self._closer.remove_gone(connection)
            else:
                self._connections.record_delivery(connection, now)
        except Exception:
            log_failure("delivery_not_settled", connectionId=connection.connection_id, userId=connection.user_id)


def _is_gone(connection: Connection, answers: set[Delivery], now: int) -> bool:
    """One 410 among several sends is enough: a connection that is gone does not come back."""
    return Delivery.GONE in answers and not connection.is_in_handshake(now)


def _is_active(connection: Connection, answers: set[Delivery], now: int) -> bool:
    return Delivery.DELIVERED in answers and Delivery.GONE not in answers and connection.wants_activity(now)


def _outcome(send: OutgoingMessage, answer: Delivery, now: int) -> str:
    """A 410 of a connection whose handshake may still be under way is pending: its snapshot fills the gap."""
    if answer is Delivery.GONE and send.connection.is_in_handshake(now):
        return "pending"
    return Delivery.FAILED.value if answer.is_failure else answer.value


def _by_connection(sends: Sequence[OutgoingMessage], answers: Sequence[Delivery]) -> Iterable[Outcome]:
    outcomes: dict[str, tuple[Connection, set[Delivery]]] = {}
    for send, answer in zip(sends, answers, strict=True):
        outcomes.setdefault(send.connection.connection_id, (send.connection, set()))[1].add(answer)
    return outcomes.values()
