"""The open connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.events import ConnectionFacts
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.apigateway.wire.framing import Framing
from local_emulator.deployment import WebSocketApi

OnMessage = Callable[["WebSocketConnection", str], None]
OnSent = Callable[["WebSocketConnection", bytes], None]
OnClosed = Callable[["WebSocketConnection", int, str, Reason | None], None]

# The ids of connections that have ended, so that a 410 can say so.
MAX_CLOSED_IDS = 1_000


@dataclass(slots=True, eq=False)
class WebSocketConnection:
    """One open connection, from the 101 until it is over; times in epoch milliseconds.

    `authorizer` is what its events repeat for life: the principal and the context that the authorizer gave.
    """

    api: WebSocketApi
    facts: ConnectionFacts
    authorizer: Mapping[str, str] | None
    on_message: OnMessage
    on_closed: OnClosed
    on_sent: OnSent
    now: Callable[[], int]
    over: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    framing: Framing = field(init=False)
    last_active_at: int = 0
    pings_count: bool = False
    is_open: bool = False
    timer: asyncio.TimerHandle | None = None

    @property
    def id(self) -> str:
        return self.facts.connection_id

    def message_received(self, body: str) -> None:
        self.last_active_at = self.now()
        self.on_message(self, body)

    def ping_received(self) -> None:
        if self.pings_count:
            self.last_active_at = self.now()

    def closed(self, code: int, reason: str, cause: Reason | None) -> None:
        if not self.over.done():
            self.over.set_result(None)
        if self.timer is not None:
            self.timer.cancel()  # or it would hold the connection in memory until it is due
        self.on_closed(self, code, reason, cause)

    def send(self, data: bytes) -> None:
        """Sends one text message. Raises SlowConsumerError."""
        self.framing.send_text(data)
        # Reported: what is sent to a connection postpones its idle close as much as what it says.
        self.last_active_at = self.now()
        self.on_sent(self, data)

    def close(self, code: int, reason: str, cause: Reason | None = None) -> None:
        self.framing.close(code, reason, cause)


class Connections:
    """All open connections of the emulator by id; a closing one is in here no more."""

    def __init__(self) -> None:
        self._by_id: dict[str, WebSocketConnection] = {}
        self._closed_ids: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[WebSocketConnection]:
        return iter(list(self._by_id.values()))

    def by_id(self, connection_id: str) -> WebSocketConnection | None:
        return self._by_id.get(connection_id)

    def add(self, connection: WebSocketConnection) -> None:
        self._by_id[connection.id] = connection
        connection.is_open = True

    def find(self, api: WebSocketApi, connection_id: str) -> WebSocketConnection | None:
        connection = self._by_id.get(connection_id)
        return connection if connection is not None and connection.api == api else None

    def remove(self, connection: WebSocketConnection) -> None:
        self._by_id.pop(connection.id, None)
        connection.is_open = False
        self._closed_ids[connection.id] = None
        if len(self._closed_ids) > MAX_CLOSED_IDS:
            del self._closed_ids[next(iter(self._closed_ids))]

    def absence(self, connection_id: str) -> Reason:
        """Returns the reason why a stage has no open connection of this id."""
        other = self._by_id.get(connection_id)
        if other is not None:
            return reasons.gone(f"it belongs to stage {other.facts.stage} of {other.api.logical_id}")
        if connection_id in self._closed_ids:
            return reasons.gone("it is closed")
        return reasons.gone("it has not been open: its $connect has not returned, or there was none")


class ConnectionTimeouts:
    """Closes connections at the idle limit and at the age limit, with one timer per connection.

    Activity does not reset the timer; a timer that fires early is set again for the remaining time.
    """

    def __init__(self, limits: GatewayLimits, close: Callable[[WebSocketConnection, int, str, Reason], None]) -> None:
        self._limits = limits
        self._close = close

    def watch(self, connection: WebSocketConnection) -> None:
        if connection.over.done():
            return
        now, limits = connection.now(), self._limits
        too_old_at = connection.facts.connected_at + limits.max_age_seconds * 1000
        idle_at = connection.last_active_at + limits.idle_seconds * 1000
        if now >= too_old_at:
            # Documented: two hours at most. The code is inferred.
            cause: Reason = reasons.max_age(limits.max_age_seconds)
            self._close(connection, limits.max_age_close_code, limits.max_age_close_reason, cause)
        elif now >= idle_at:
            # Documented: ten minutes without data. Reported: 1001 "Going away".
            cause = reasons.idle(limits.idle_seconds)
            self._close(connection, limits.idle_close_code, limits.idle_close_reason, cause)
        else:
            wait = (min(too_old_at, idle_at) - now) / 1000
            connection.timer = asyncio.get_running_loop().call_later(wait + 0.001, self.watch, connection)
