"""The events of connections that a gateway reports to an observer."""

from __future__ import annotations

from typing import Protocol

from local_emulator.apigateway.connections import Connection


class Observer(Protocol):
    """Receives the events of connections, each as it happens."""

    def opened(self, connection: Connection) -> None: ...

    def received(self, connection: Connection, body: str) -> None: ...

    def sent(self, connection: Connection, data: bytes) -> None: ...

    def closed(self, connection: Connection, code: int, reason: str) -> None: ...
