"""One kept-alive HTTP/1.1 connection to the gateway."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from infra.gateway.sender.batch import Send
from infra.gateway.sender.outcome import NoResponse
from infra.gateway.sender.response_reader import ResponseReader, UnreadableResponseError


class ConnectionListener(Protocol):
    """Receives the events of a connection."""

    def opened(self, connection: HttpConnection) -> None:
        """Handles a new connection, which can be written to."""

    def answered(self, send: Send, status: int, headers: dict[str, str]) -> None:
        """Handles the response of a send, whose rest may still be under way."""

    def free(self, connection: HttpConnection) -> None:
        """Handles a connection that can be written to again."""

    def closed(self, connection: HttpConnection, send: Send | None, why: NoResponse) -> None:
        """Handles the end of a connection; `send` is the one without a response."""


class HttpConnection(asyncio.BufferedProtocol):
    """Carries one request at a time: with pipelining, a lost connection would leave several in doubt.

    The status decides as soon as the head of a response is there. The rest decides only if the connection is used
    again. `overdue_at` is the time limit of the response, `idle_since` when the connection became free (both of the
    loop's clock). `stale` means that it served before and then broke without a response: the gateway closed it while
    it was idle. All connections of a loop read into the same `buffer`, since asyncio's own way allocates 256 KB for
    each response of 80 bytes.
    """

    def __init__(self, listener: ConnectionListener, buffer: memoryview) -> None:
        self._listener, self._buffer = listener, buffer
        self._reader = ResponseReader()
        self._why = NoResponse.LOST
        self._served = self._heard = False
        self.send: Send | None = None
        self.overdue_at: float | None = None
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        return not self._transport.is_closing()

    @property
    def stale(self) -> bool:
        return self._served and not self._heard

    def write(self, send: Send, request: bytes, overdue_at: float) -> None:
        self.send, self.overdue_at, self._heard = send, overdue_at, False
        self._reader.expect()
        self._transport.write(request)

    def abort(self, why: NoResponse = NoResponse.LOST) -> None:
        self._why = why
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._listener.opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._heard, readable = True, True
        try:
            self._reader.feed(self._buffer[:nbytes])
        except UnreadableResponseError:
            readable = False
        self._report_response()
        if not readable:
            self.abort()
        elif self._reader.complete:
            self._finish_response()

    def connection_lost(self, error: Exception | None) -> None:
        send, self.send = self.send, None
        self._listener.closed(self, send, self._why)

    def _report_response(self) -> None:
        send, status = self.send, self._reader.status
        if send is not None and status is not None:
            self.send = None
            self._listener.answered(send, status, self._reader.headers)

    def _finish_response(self) -> None:
        self.overdue_at, self._served = None, True
        if self._reader.keep_alive:
            self._listener.free(self)
        else:
            self._transport.abort()
