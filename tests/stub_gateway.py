"""A management API with a gateway's memory behind it: real HTTP on loopback, connections that open, drop and close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.stub_management import StubManagement

IDLE_MS, MAX_AGE_MS = 600_000, 7_200_000  # API Gateway quotas: idle connection timeout, connection duration

Message = dict[str, Any]


@dataclass
class GatewayConnection:
    """One connection as the gateway knows it.

    `heard` is what its client received, with the moment; a client that is gone without a word (`half_open`) receives
    nothing although the gateway answers 200 for it. `ended_by` says who closed it, once it is closed.
    """

    connection_id: str
    user_id: str
    connected_at: int
    authorizer: dict[str, Any]
    is_open: bool = False
    half_open: bool = False
    loses_disconnect: bool = False
    ended_by: str | None = None
    spoke_at: int = 0
    heard: list[tuple[int, Message]] = field(default_factory=list)

    @property
    def lives(self) -> bool:
        """Whether there is somebody at the other end."""
        return self.is_open and not self.half_open


class StubGateway(StubManagement):
    """Knows its connections; `clock` gives epoch milliseconds.

    `unheard_ends` are the connections whose `$disconnect` is still to be invoked; a lost one never gets there.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__()
        self.clock = clock
        self.connections: dict[str, GatewayConnection] = {}
        self.unheard_ends: list[GatewayConnection] = []

    def begin(self, connection: GatewayConnection) -> None:
        """A handshake: `$connect` is being asked, and until it has answered the management API says 410."""
        self.connections[connection.connection_id] = connection

    def open(self, connection: GatewayConnection) -> None:
        connection.is_open, connection.spoke_at = True, self.clock()

    def drop(self, connection: GatewayConnection) -> None:
        """The client closes, or its network does so in a way that the gateway notices."""
        self._end(connection, "client")

    def cut_what_is_over(self) -> None:
        """The gateway's own limits: ten minutes without a frame either way, two hours in all."""
        now = self.clock()
        for one in [one for one in self.connections.values() if one.is_open]:
            if now >= min(one.spoke_at + IDLE_MS, one.connected_at + MAX_AGE_MS):
                self._end(one, "gateway")

    def live(self) -> list[GatewayConnection]:
        return [one for one in self.connections.values() if one.lives]

    def take_ends(self) -> list[GatewayConnection]:
        ends, self.unheard_ends = self.unheard_ends, []
        return ends

    def _take(self, method: str, connection_id: str, body: bytes) -> int:
        answer = super()._take(method, connection_id, body)
        if answer >= 300:
            return answer
        connection = self.connections.get(connection_id)
        if connection is None or not connection.is_open:
            return 410
        if method == "DELETE":
            self._end(connection, "server")
        else:
            connection.spoke_at = self.clock()
            if not connection.half_open:
                connection.heard.append((self.clock(), self.calls[-1][2]))
        return answer

    def _end(self, connection: GatewayConnection, by: str) -> None:
        connection.is_open, connection.ended_by = False, by
        if not connection.loses_disconnect:
            self.unheard_ends.append(connection)
