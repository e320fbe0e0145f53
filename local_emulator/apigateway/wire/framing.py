"""One connection's bytes: RFC 6455 frames in and out of a transport, under the gateway's limits.

The framing itself is `websockets`' sans-I/O protocol. Unlike aiohttp's it shows every single frame, which the limit
of 32 KB per frame needs, and it can send a message in several.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol as WebSocketProtocol
from websockets.protocol import Side, State

from local_emulator.apigateway.rules.limits import GatewayLimits

# A handler may let everything through at the root logger; what the library tells of each frame is not the handler's.
TROUBLE = logging.getLogger(__name__)
TROUBLE.setLevel(logging.WARNING)


class SlowConsumerError(Exception):
    """The client does not read what was already sent; `unread` bytes are waiting."""

    def __init__(self, unread: int) -> None:
        super().__init__(f"{unread} bytes unread")
        self.unread = unread


class FrameListener(Protocol):
    """Receives the messages and the end of a connection."""

    def message_received(self, body: str) -> None: ...

    def ping_received(self) -> None: ...

    def closed(self, code: int, reason: str) -> None:
        """The connection has ended, for any reason; called once."""


class FrameProtocol(WebSocketProtocol):
    """The server's side of RFC 6455, with the gateway's limits and its close codes."""

    def __init__(self, limits: GatewayLimits) -> None:
        super().__init__(Side.SERVER, max_size=(limits.message_bytes, limits.frame_bytes), logger=TROUBLE)
        self._limits = limits

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        # Documented: 1009 for what is too large. The library's own words for what went wrong are not the gateway's.
        code = self._limits.too_large_close_code if code == CloseCode.MESSAGE_TOO_BIG else code
        super().fail(code, self._limits.failure_close_reason)

    def recv_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PING and not self._limits.answers_pings:
            self.events.append(frame)
        else:
            super().recv_frame(frame)


class Framing:
    """Passes messages that arrive to the listener, and frames messages that are sent.

    aiohttp passes it the bytes (`set_parser`).
    """

    __slots__ = (
        "_closing",
        "_deaf",
        "_limits",
        "_listener",
        "_over",
        "_parts",
        "_protocol",
        "_transport",
        "_verdict",
    )

    def __init__(self, transport: asyncio.Transport, listener: FrameListener, limits: GatewayLimits) -> None:
        self._transport = transport
        self._listener = listener
        self._limits = limits
        self._protocol = FrameProtocol(limits)
        # Not a list of parts: a client may send a message in frames of one byte, or of none.
        self._parts: bytearray | None = None
        self._verdict: tuple[int, str] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._deaf = False
        self._over = False

    @property
    def transport(self) -> asyncio.Transport:
        """The transport of the bytes; a fault may replace it."""
        return self._transport

    @transport.setter
    def transport(self, transport: asyncio.Transport) -> None:
        self._transport = transport

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
        """Sends one text message, in frames of 32 KB (inferred). Raises SlowConsumerError if too much is unread.

        Does nothing on a connection that is closing: the client would ignore the message.
        """
        if self._protocol.state is not State.OPEN:
            return
        unread = self._transport.get_write_buffer_size()
        if unread > self._limits.unread_bytes:
            raise SlowConsumerError(unread)
        opcode = Opcode.BINARY if self._limits.outbound_opcode == "binary" else Opcode.TEXT
        self._flush(message_frames(opcode, data, self._limits.outbound_frame_bytes))

    def close(self, code: int, reason: str) -> None:
        """Closes from the gateway's side; `$disconnect` gets this code and reason, whatever the client answers."""
        if self._protocol.state is State.OPEN:
            self._verdict = (code, reason)
            self._deaf = True
            self._protocol.send_close(code, reason)
            self._flush()
            self._closing = asyncio.get_running_loop().call_later(self._limits.close_wait_seconds, self.abort)

    def abort(self) -> None:
        """Ends the TCP connection without a close frame."""
        self._transport.abort()
        self._finish()

    def _take(self, frame: object) -> None:
        """Handles one frame: also those that came with the client's close frame, but none after the gateway's."""
        if self._deaf or not isinstance(frame, Frame):
            return
        match frame.opcode:
            case Opcode.TEXT | Opcode.CONT:
                self._take_part(bytes(frame.data), frame.fin)
            case Opcode.BINARY:
                # Documented: binary frames close the connection with 1003.
                self._fail(self._limits.binary_close_code)
            case Opcode.PING:
                self._listener.ping_received()

    def _take_part(self, data: bytes, fin: bool) -> None:
        if self._parts is not None:
            self._parts += data
            data = bytes(self._parts) if fin else b""
        elif not fin:
            self._parts = bytearray(data)
        if not fin:
            return
        self._parts = None
        self._take_text(data)

    def _take_text(self, data: bytes) -> None:
        try:
            body = data.decode()
        except UnicodeDecodeError:
            self._fail(1007)  # RFC 6455, section 8.1
        else:
            self._listener.message_received(body)

    def _fail(self, code: int) -> None:
        """Closes because the client broke a rule, unless it has closed already."""
        self._deaf = True
        if self._protocol.state is State.OPEN:
            self._protocol.fail(code)

    def _flush(self, message: bytes = b"") -> None:
        """Writes the protocol's own bytes, and then a message."""
        if self._transport.is_closing():
            return
        ends = False
        for data in self._protocol.data_to_send():
            ends = ends or not data
            if data:
                self._transport.write(data)
        if message:
            self._transport.write(message)
        if self._transport.get_write_buffer_size() > 4 * self._limits.unread_bytes:
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
        """Returns code and reason for `$disconnect`: of the gateway, else the client, a protocol error, or 1006."""
        if self._verdict is not None:
            return self._verdict
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        if received is not None and self._protocol.close_rcvd_then_sent:
            code, reason = int(received.code), received.reason
            return (code, self._limits.no_status_reason) if code == self._limits.no_status_code else (code, reason)
        if sent is not None:
            return int(sent.code), sent.reason
        return self._limits.abnormal_close_code, self._limits.abnormal_close_reason


def message_frames(opcode: Opcode, data: bytes, max_bytes: int) -> bytes:
    """Returns one message in frames of at most `max_bytes`, one after the other."""
    parts = [data[start : start + max_bytes] for start in range(0, len(data), max_bytes)] or [b""]
    frames = (
        Frame(Opcode.CONT if number else opcode, part, fin=number == len(parts) - 1)
        for number, part in enumerate(parts)
    )
    return b"".join(frame.serialize(mask=False) for frame in frames)
