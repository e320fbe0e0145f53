"""The pool of kept-alive connections to the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from infra.gateway.sender.batch import SendBatch
from infra.gateway.sender.connect_rounds import ConnectRounds
from infra.gateway.sender.connection import ConnectionListener, HttpConnection
from infra.gateway.sender.connector import Connector
from infra.gateway.sender.outcome import NoResponse
from infra.gateway.sender.timeouts import Timeouts

TICK_SECONDS = 0.05
READ_BYTES = 16 * 1024


class ConnectionPool:
    """Opens connections while more work is `wanted` than is free, at most `max_connections`; each may serve any call.

    `listener` is that of all its connections. `unreachable` is called when none is open and none can be opened.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connector: Connector,
        timeouts: Timeouts,
        listener: ConnectionListener,
        unreachable: Callable[[NoResponse], None],
        wanted: Callable[[], int],
    ) -> None:
        self._loop, self._timeouts, self._listener = loop, timeouts, listener
        self._unreachable, self._wanted = unreachable, wanted
        self._rounds = ConnectRounds(loop, connector, timeouts.connect_seconds, self._cannot_open, self.grow)
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._open: set[HttpConnection] = set()
        self._free: list[HttpConnection] = []
        self._ticking = False

    def take(self) -> HttpConnection | None:
        """Returns the most recently used free connection, so that surplus ones reach the idle timeout."""
        while self._free:
            connection = self._free.pop()
            if not connection.usable:
                continue
            if self._loop.time() - connection.idle_since < self._timeouts.idle_seconds:
                return connection
            connection.abort()
        return None

    def put_back(self, connection: HttpConnection) -> None:
        connection.idle_since = self._loop.time()
        self._free.append(connection)

    def grow(self) -> None:
        """Begins to open connections for the waiting sends."""
        rounds = len(self._rounds)
        room = (
            min(self._wanted(), self._timeouts.max_opening, self._timeouts.max_connections - len(self._open)) - rounds
        )
        self._rounds.open(room, lambda: HttpConnection(self._listener, self._buffer))

    def watch(self) -> None:
        """Starts the timer that closes overdue connections."""
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(TICK_SECONDS, self._tick)

    def opened(self, connection: HttpConnection) -> None:
        self._open.add(connection)
        self._rounds.succeeded()

    def closed(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        if connection.overdue_at is None and connection in self._free:
            self._free.remove(connection)

    def drop_as_old_as(self, stale: HttpConnection) -> None:
        """Drops connections that were idle at least as long as a stale one: the gateway probably closed them too."""
        for connection in [one for one in self._free if one.idle_since <= stale.idle_since]:
            self._free.remove(connection)
            connection.abort()

    def abort(self, batch: SendBatch) -> None:
        """Closes the connections that wait for a response to one of these sends."""
        for connection in self._open:
            if connection.send is not None and connection.send.batch is batch:
                connection.abort()

    def close(self) -> list[asyncio.Task[None]]:
        """Closes all connections; returns the tasks to await."""
        for connection in self._open:
            connection.abort()
        return self._rounds.cancel()

    def _cannot_open(self, why: NoResponse) -> None:
        if not self._open:
            self._unreachable(why)

    def _tick(self) -> None:
        now, busy = self._loop.time(), False
        for connection in self._open:
            if connection.overdue_at is not None:
                busy = True
                if connection.overdue_at <= now:
                    connection.abort(NoResponse.TIMED_OUT)
        self._ticking = False
        if busy:
            self.watch()
