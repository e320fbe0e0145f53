"""The events of connections that a gateway reports to an observer."""

from __future__ import annotations

from typing import Protocol

from local_emulator.apigateway.connections import WebSocketConnection


class Observer(Protocol):
    """Receives the events of connections, each as it happens."""

    def opened(self, connection: WebSocketConnection) -> None: ...

    def received(self, connection: WebSocketConnection, body: str) -> None: ...

    def sent(self, connection: WebSocketConnection, data: bytes) -> None: ...

    def closed(self, connection: WebSocketConnection, code: int, reason: str) -> None: ...
