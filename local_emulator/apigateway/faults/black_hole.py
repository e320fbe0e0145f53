"""A TCP connection that the gateway believes in although it leads nowhere."""

from __future__ import annotations

import asyncio


class BlackHoleTransport(asyncio.Transport):
    """Stands for `behind`: takes every byte, and lets none through in either direction.

    Whoever served the transport until now hears nothing more of it, not even its end, until they give it up with
    `abort` or `close`.
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
        """Let the client see its connection end; those who serve it still do not."""
        self._behind.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nothing."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._over

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        """End it, and let those who served it know at last."""
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
