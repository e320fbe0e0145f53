"""One connection's bytes: RFC 6455 frames in and out of a transport, under the gateway's limits.

The framing itself is `websockets`' sans-I/O protocol: unlike aiohttp's it shows every single frame, which the rule of
32 KB per frame needs, and it can send a message in several.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol as FrameProtocol
from websockets.protocol import Side, State

from local_emulator.limits import Limits

# Reported: a consumer that does not read is answered for with 429. Unknown: how much the gateway buffers for it.
MOST_UNREAD_BYTES = 1024 * 1024
# A peer gets this long to answer our close frame before its TCP connection is cut. Unknown for the gateway.
CLOSE_WAIT_SECONDS = 5.0


class SlowConsumer(Exception):
    """The client does not read what was already sent; `unread` bytes are waiting."""

    def __init__(self, unread: int) -> None:
        super().__init__(f"{unread} bytes unread")
        self.unread = unread


class Listener(Protocol):
    """Who hears what a connection's bytes mean."""

    def message_received(self, body: str) -> None: ...

    def closed(self, code: int, reason: str) -> None:
        """The connection is over, for whatever reason; called once."""


class Framing:
    """Feeds what arrives to the listener, and frames what is sent. aiohttp hands it the bytes (`set_parser`)."""

    __slots__ = ("_closing", "_limits", "_listener", "_over", "_parts", "_protocol", "_transport", "_verdict")

    def __init__(self, transport: asyncio.Transport, listener: Listener, limits: Limits) -> None:
        self._transport = transport
        self._listener = listener
        self._limits = limits
        self._protocol = FrameProtocol(Side.SERVER, max_size=(limits.message_bytes, limits.frame_bytes))
        # Not a list of parts: a client may send a message in frames of one byte, or of none.
        self._parts: bytearray | None = None
        self._verdict: tuple[int, str] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._over = False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._protocol.receive_data(data)
        for frame in self._protocol.events_received():
            self._take(frame)
        self._flush()
        return False, b""

    def feed_eof(self) -> None:
        self._protocol.receive_eof()
        self._flush()
        self._finish()

    def send_text(self, data: bytes) -> None:
        """Send one text message, in frames of 32 KB (inferred). Raises SlowConsumer if too much is unread.

        On a connection that is closing it does nothing: nobody would see it.
        """
        if self._protocol.state is not State.OPEN:
            return
        unread = self._transport.get_write_buffer_size()
        if unread > MOST_UNREAD_BYTES:
            raise SlowConsumer(unread)
        size = self._limits.outbound_frame_bytes
        self._protocol.send_text(data[:size], fin=len(data) <= size)
        for start in range(size, len(data), size):
            self._protocol.send_continuation(data[start : start + size], fin=start + size >= len(data))
        self._flush()

    def close(self, code: int, reason: str) -> None:
        """Close from our side; `$disconnect` will tell this code and reason whatever the client answers."""
        if self._protocol.state is State.OPEN:
            self._verdict = (code, reason)
            self._protocol.send_close(code, reason)
            self._flush()
            self._closing = asyncio.get_running_loop().call_later(CLOSE_WAIT_SECONDS, self.abort)

    def abort(self) -> None:
        """Cut the TCP connection without another word."""
        self._transport.abort()
        self._finish()

    def _take(self, frame: object) -> None:
        if not isinstance(frame, Frame) or self._protocol.state is not State.OPEN:
            return
        match frame.opcode:
            case Opcode.TEXT | Opcode.CONT:
                self._take_part(bytes(frame.data), frame.fin)
            case Opcode.BINARY:
                # Documented: binary frames close the connection with 1003.
                self._protocol.fail(self._limits.binary_close_code)

    def _take_part(self, data: bytes, fin: bool) -> None:
        if self._parts is not None:
            self._parts += data
            data = bytes(self._parts) if fin else b""
        elif not fin:
            self._parts = bytearray(data)
        if not fin:
            return
        self._parts = None
        try:
            body = data.decode()
        except UnicodeDecodeError:
            self._protocol.fail(1007)  # RFC 6455, section 8.1
        else:
            self._listener.message_received(body)

    def _flush(self) -> None:
        if self._transport.is_closing():
            return
        ends = False
        for data in self._protocol.data_to_send():
            ends = ends or not data
            if data:
                self._transport.write(data)
        if self._transport.get_write_buffer_size() > 4 * MOST_UNREAD_BYTES:
            self.abort()  # it makes us answer (pings, say) and reads nothing
        elif ends:
            self._transport.close()
            self._finish()

    def _finish(self) -> None:
        if self._over:
            return
        self._over = True
        if self._closing is not None:
            self._closing.cancel()
        self._listener.closed(*self._outcome())

    def _outcome(self) -> tuple[int, str]:
        """What `$disconnect` tells: our own close first, then the client's, then a protocol failure, then silence."""
        if self._verdict is not None:
            return self._verdict
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        if received is not None:
            code, reason = int(received.code), received.reason
            return (code, self._limits.no_status_reason) if code == self._limits.no_status_code else (code, reason)
        if sent is not None:
            return int(sent.code), sent.reason
        return self._limits.abnormal_close_code, self._limits.abnormal_close_reason
