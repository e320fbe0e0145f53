"""A client that writes whatever bytes it likes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os

from websockets.frames import Frame, Opcode

PATIENCE_SECONDS = 10


def handshake(path: str = "/dev", *more: str) -> bytes:
    """The bytes of a handshake in good order, with `more` header lines."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", "Host: h", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *more, "", ""]
    return "\r\n".join(lines).encode()


class RawConnection:
    """One TCP connection to the emulator, upgraded or not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def dial(cls, port: int) -> RawConnection:
        """A TCP connection without a handshake."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    @classmethod
    async def open(cls, port: int) -> RawConnection:
        """A WebSocket connection."""
        connection = await cls.dial(port)
        connection.writer.write(handshake())
        head = await connection.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        return connection

    def send(self, opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> None:
        self.writer.write(Frame(opcode, data, fin).serialize(mask=mask))

    def send_raw(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self) -> tuple[int, bool, bytes]:
        """The next frame: opcode, whether it ends its message, payload."""
        first, second = await asyncio.wait_for(self.reader.readexactly(2), PATIENCE_SECONDS)
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8))
        return first & 0x0F, bool(first & 0x80), await self.reader.readexactly(size)

    async def message(self) -> str:
        """The next text message, in however many frames."""
        data, fin = b"", False
        while not fin:
            opcode, fin, part = await self.receive()
            assert opcode in (Opcode.TEXT, Opcode.CONT), (opcode, part)
            data += part
        return data.decode()

    async def closed_with(self) -> int:
        """The code of the server's close frame, once it has ended the connection too; 0 for a frame without one."""
        while True:
            opcode, _, data = await self.receive()
            if opcode == Opcode.CLOSE:
                assert await asyncio.wait_for(self.reader.read(), PATIENCE_SECONDS) == b""
                return int.from_bytes(data[:2])

    async def answer(self) -> bytes:
        """All that the server says until it ends the connection."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE_SECONDS)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):  # the server was quicker
            await self.writer.wait_closed()
