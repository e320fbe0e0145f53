"""The events of connections that a gateway reports to an observer."""

from __future__ import annotations

from typing import Protocol

from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.apigateway.rules.reasons import Reason


class Observer(Protocol):
    """Receives the events of connections, each as it happens."""

    def opened(self, connection: WebSocketConnection) -> None: ...

    def received(self, connection: WebSocketConnection, body: str) -> None: ...

    def sent(self, connection: WebSocketConnection, data: bytes) -> None: ...

    def closed(self, connection: WebSocketConnection, code: int, reason: str, cause: Reason | None) -> None:
        """A connection has ended; `cause` says why if the client did not close it."""
