"""Sends new states to every open connection of their user."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from application.close_connection import CloseConnection
from domain.connection import Connection
from domain.protocol import encode, upload_message
from domain.upload import UploadProgress
from infra.dynamodb.connections import ConnectionStore
from infra.dynamodb.uploads import UploadKey
from infra.gateway.management_api import Delivery, ManagementApi
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft, WorkerPool

MAX_REFUSED_MS = 60_000  # four deliveries by the queue; the connection is closed before the fifth and last one
MIN_SEND_SECONDS, MAX_SEND_SECONDS = 2.0, 20.0  # for all sends together; the queue retries the rest
SendOutcome = Literal["delivered", "pending", "gone", "failed"]
Answers = tuple[Connection, set[Delivery]]


class OutgoingMessage(NamedTuple):
    """One state for one connection, as the bytes to send."""

    connection: Connection
    state: UploadProgress
    message: bytes


@dataclass(slots=True)
class BroadcastResult:
    """Counts the sends by outcome.

    `undelivered` are the uploads whose state did not reach every connection; `received_at` has the time of receipt of
    each delivered state.
    """

    counts: Counter[SendOutcome] = field(default_factory=Counter)
    undelivered: set[UploadKey] = field(default_factory=set)
    received_at: list[int] = field(default_factory=list)

    def add(self, state: UploadProgress, outcome: SendOutcome) -> None:
        self.counts[outcome] += 1
        if outcome == "failed":
            self.undelivered.add((state.user_id, state.upload_id))
        elif outcome == "delivered":
            self.received_at.append(state.received_at)


class Broadcast:
    """Sends states and updates the rows: deletes gone connections, records activity on delivered ones."""

    def __init__(
        self,
        connections: ConnectionStore,
        management: ManagementApi,
        closer: CloseConnection,
        workers: WorkerPool,
    ) -> None:
        self._connections = connections
        self._closer = closer
        self._management = management
        self._workers = workers

    def deliver(
        self, states: Iterable[UploadProgress], now: int, seconds_left: SecondsLeft, sender: str | None = None
    ) -> BroadcastResult:
        """Sends each state to all connections of its user; a failure to read them counts as one failed send.

        `sender` is the connection that reported the states, and gets none of them.
        """
        by_user: defaultdict[str, list[UploadProgress]] = defaultdict(list)
        for state in states:
            by_user[state.user_id].append(state)
        sends: list[OutgoingMessage] = []
        result = BroadcastResult()
        for user_id, connections in self._connections_of([*by_user], now, seconds_left).items():
            for state in by_user[user_id]:
                if connections is None:
                    result.add(state, "failed")
                elif connections:
                    message = encode(upload_message(state))
                    sends += [
                        OutgoingMessage(connection, state, message)
                        for connection in connections
                        if connection.connection_id != sender
                    ]
        within = max(MIN_SEND_SECONDS, min(MAX_SEND_SECONDS, seconds_left()))
        answers = self._management.send_all([(one.connection.connection_id, one.message) for one in sends], within)
        self._settle_all(_by_connection(sends, answers), now, seconds_left)
        closed = self._close_unresponsive(sends, answers, now, seconds_left)
        for send, answer in zip(sends, answers, strict=True):
            is_closed = send.connection.connection_id in closed
            result.add(send.state, "gone" if is_closed else _outcome(send, answer, now))
        return result

    def _connections_of(
        self, user_ids: Sequence[str], now: int, seconds_left: SecondsLeft
    ) -> dict[str, list[Connection] | None]:
        """Returns the reachable connections of each user; None if reading failed or no time was left."""
        found = self._workers.map(lambda user_id: self._try_to_read(user_id, now, seconds_left), user_ids)
        return dict(zip(user_ids, found, strict=True))

    def _try_to_read(self, user_id: str, now: int, seconds_left: SecondsLeft) -> list[Connection] | None:
        if seconds_left() <= 0:
            log("user_left", userId=user_id)
            return None
        try:
            return [one for one in self._connections.of_user(user_id, now) if one.is_reachable(now)]
        except Exception:
            log_failure("connections_not_read", userId=user_id)
            return None

    def _close_unresponsive(
        self, sends: Sequence[OutgoingMessage], answers: Sequence[Delivery], now: int, left: SecondsLeft
    ) -> set[str]:
        """Closes connections that still refuse states that are a minute old, and returns their ids.

        Their clients get the states from a snapshot when they reconnect, so the queue need not retry.
        """
        refused = {
            send.connection.connection_id: send.connection
            for send, answer in zip(sends, answers, strict=True)
            if answer is Delivery.REFUSED and now - send.state.received_at >= MAX_REFUSED_MS
        }
        if not refused or left() <= 0:
            return set()
        return {one.connection_id for one in self._closer.close_unresponsive([*refused.values()], now)}

    def _settle_all(self, outcomes: Iterable[Answers], now: int, seconds_left: SecondsLeft) -> None:
        due = [one for one in outcomes if _is_gone(*one, now) or _is_active(*one, now)]
        self._workers.map(lambda one: self._try_to_settle(*one, now, seconds_left), due)

    def _try_to_settle(self, connection: Connection, answers: set[Delivery], now: int, left: SecondsLeft) -> None:
        """Updates the row; a failure is logged, because the message itself was delivered."""
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
    """Returns True for one 410 among several sends: a connection that is gone does not come back."""
    return Delivery.GONE in answers and not connection.is_in_handshake(now)


def _is_active(connection: Connection, answers: set[Delivery], now: int) -> bool:
    return Delivery.DELIVERED in answers and Delivery.GONE not in answers and connection.wants_activity(now)


def _outcome(send: OutgoingMessage, answer: Delivery, now: int) -> SendOutcome:
    """Returns the outcome; a 410 during the handshake is pending, since the snapshot delivers the state."""
    if answer is Delivery.GONE and send.connection.is_in_handshake(now):
        return "pending"
    if answer is Delivery.GONE:
        return "gone"
    return "failed" if answer.is_failure else "delivered"


def _by_connection(sends: Sequence[OutgoingMessage], answers: Sequence[Delivery]) -> Iterable[Answers]:
    outcomes: dict[str, tuple[Connection, set[Delivery]]] = {}
    for send, answer in zip(sends, answers, strict=True):
        outcomes.setdefault(send.connection.connection_id, (send.connection, set()))[1].add(answer)
    return outcomes.values()
