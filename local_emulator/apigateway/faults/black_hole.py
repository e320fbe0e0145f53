"""A transport that discards writes and delivers no reads: half-open and black-hole faults."""

from __future__ import annotations

import asyncio


class BlackHoleTransport(asyncio.Transport):
    """Replaces the transport `behind`: accepts every byte and passes none on, in either direction.

    The protocol of `behind` gets no events, not even the end of the connection, before `abort` or `close`.
    """

    def __init__(self, behind: asyncio.Transport) -> None:
        super().__init__()
        self._behind = behind
        self._served_by = behind.get_protocol()
        self._deaf = _DiscardingProtocol()
        self._over = False
        behind.set_protocol(self._deaf)
        behind.resume_reading()  # else the client could fill its own buffers and notice

    def cut(self) -> None:
        """Ends the client's TCP connection; the protocol of the transport gets no event."""
        self._behind.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Discards the bytes."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._over

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        """Ends the connection and passes the end on to its protocol."""
        if self._over:
            return
        self._over = True
        self._behind.set_protocol(self._served_by)
        if self._deaf.lost and isinstance(self._served_by, asyncio.Protocol):
            self._served_by.connection_lost(None)
        else:
            self._behind.abort()


class _DiscardingProtocol(asyncio.Protocol):
    lost = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
