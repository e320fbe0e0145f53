"""One connection's bytes: RFC 6455 frames in and out of a transport, under the gateway's limits.

The framing itself is `websockets`' sans-I/O protocol. Unlike aiohttp's it shows every single frame, which the limit
of 32 KB per frame needs, and it can send a message in several.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Protocol

from websockets.exceptions import PayloadTooBig
from websockets.extensions import Extension
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol as WebSocketProtocol
from websockets.protocol import Side, State

from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.apigateway.wire.compression import Compression

# A handler may let everything through at the root logger; what the library tells of each frame is not the handler's.
TROUBLE = logging.getLogger(__name__)
TROUBLE.setLevel(logging.WARNING)


# What compression adds to 32 KB that it cannot shrink: five bytes for each stored block (RFC 1951, section 3.2.4), and
# zlib makes blocks of 2 KB with little memory.
DEFLATE_OVERHEAD_BYTES = 128


class SlowConsumerError(Exception):
    """The client does not read what was already sent; `unread` bytes are waiting."""

    def __init__(self, unread: int) -> None:
        super().__init__(f"{unread} bytes unread")
        self.unread = unread


class FrameListener(Protocol):
    """Receives the messages and the end of a connection."""

    def message_received(self, body: str) -> None: ...

    def ping_received(self) -> None: ...

    def closed(self, code: int, reason: str, cause: Reason | None) -> None:
        """The connection has ended; called once. `cause` says why if the client did not close it."""


class FrameProtocol(WebSocketProtocol):
    """The server's side of RFC 6455, with the gateway's limits and its close codes. `failure` is the broken rule."""

    def __init__(self, limits: GatewayLimits, compression: Compression | None = None) -> None:
        super().__init__(Side.SERVER, max_size=(limits.message_bytes, limits.frame_bytes), logger=TROUBLE)
        self._limits = limits
        self.failure: Reason | None = None
        if compression is not None:
            keeps_window = limits.compression_keeps_window
            self.extensions = [compression.extension(limits.message_bytes, keeps_window=keeps_window)]

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        """Closes with the gateway's code and words; `reason` is the library's, for the console alone."""
        limits = self._limits
        if code == CloseCode.ABNORMAL_CLOSURE:
            return super().fail(code)
        if code == CloseCode.MESSAGE_TOO_BIG:
            self.fail_too_large(sys.exception())
        else:
            self.fail_for(reasons.protocol_violation(reason), code, limits.protocol_error_close_reason)

    def fail_for(self, cause: Reason, code: int, words: str) -> None:
        """Closes with `code`, and with `words` as the reason in the close frame."""
        self.failure = cause
        super().fail(code, words)

    def fail_too_large(self, problem: BaseException | None) -> None:
        """Documented: 1009 for both. Reported: the reason for a frame. Unknown: that for a message."""
        limits = self._limits
        size = problem.size if isinstance(problem, PayloadTooBig) else None
        if size is not None and size > limits.frame_bytes:
            words = limits.frame_too_large_close_reason.replace("{}", str(limits.frame_bytes))
            self.fail_for(reasons.frame_too_large(size, limits.frame_bytes), limits.too_large_close_code, words)
        else:
            cause = reasons.message_too_large(limits.message_bytes)
            self.fail_for(cause, limits.too_large_close_code, limits.message_too_large_close_reason)

    def recv_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            # RFC 6455, section 5.4: a close may come between the frames of a message. The library refuses it.
            self.current_size = None
        if frame.opcode is Opcode.PING and not self._limits.answers_pings:
            self.events.append(frame)
        else:
            super().recv_frame(frame)


class Framing:
    """Passes messages that arrive to the listener, and frames messages that are sent.

    aiohttp passes it the bytes (`set_parser`).
    """

    __slots__ = (
        *("_cause", "_closing", "_deaf", "_limits", "_listener", "_over", "_parts", "_protocol", "_verdict"),
        "transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        listener: FrameListener,
        limits: GatewayLimits,
        compression: Compression | None = None,
    ) -> None:
        self.transport = transport  # a fault may replace it
        self._listener = listener
        self._limits = limits
        self._protocol = FrameProtocol(limits, compression)
        # Not a list of parts: a client may send a message in frames of one byte, or of none.
        self._parts: bytearray | None = None
        self._verdict: tuple[int, str] | None = None
        self._cause: Reason | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._deaf = False
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
        """Sends one text message, in frames of 32 KB (inferred). Raises SlowConsumerError if too much is unread.

        Compressed if the client offered it.

        Does nothing on a connection that is closing: the client would ignore the message.
        """
        if self._protocol.state is not State.OPEN:
            return
        unread = self.transport.get_write_buffer_size()
        if unread > self._limits.unread_bytes:
            raise SlowConsumerError(unread)
        opcode = Opcode.BINARY if self._limits.outbound_opcode == "binary" else Opcode.TEXT
        self._flush(message_frames(opcode, data, self._limits.outbound_frame_bytes, self._protocol.extensions))

    def close(self, code: int, reason: str, cause: Reason | None = None) -> None:
        """Closes from the gateway's side; `$disconnect` gets this code and reason, whatever the client answers."""
        if self._protocol.state is State.OPEN:
            self._verdict, self._cause = (code, reason), cause
            self._deaf = True
            self._protocol.send_close(code, reason)
            self._flush()
            self._closing = asyncio.get_running_loop().call_later(self._limits.close_wait_seconds, self.abort)

    def abort(self) -> None:
        """Ends the TCP connection without a close frame."""
        self.transport.abort()
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
                self._fail(reasons.BINARY_FRAME, self._limits.binary_close_code, self._limits.binary_close_reason)
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
            # RFC 6455, section 8.1: 1007.
            self._fail(reasons.INVALID_TEXT, 1007, self._limits.invalid_text_close_reason)
        else:
            self._listener.message_received(body)

    def _fail(self, cause: Reason, code: int, words: str) -> None:
        """Closes because the client broke a rule, unless it has closed already."""
        self._deaf = True
        if self._protocol.state is State.OPEN:
            self._protocol.fail_for(cause, code, words)

    def _flush(self, message: bytes = b"") -> None:
        """Writes the protocol's own bytes, and then a message."""
        if self.transport.is_closing():
            return
        ends = False
        for data in self._protocol.data_to_send():
            ends = ends or not data
            if data:
                self.transport.write(data)
        if message:
            self.transport.write(message)
        if self.transport.get_write_buffer_size() > 4 * self._limits.unread_bytes:
            # It makes the gateway answer, with pings say, and reads nothing.
            self._cause = reasons.unread_answers(self.transport.get_write_buffer_size())
            self.abort()
        elif ends:
            self.transport.close()
            self._finish()

    def _finish(self) -> None:
        if self._over:
            return
        self._over = True
        if self._closing is not None:
            self._closing.cancel()
        self._listener.closed(*self._outcome())

    def _outcome(self) -> tuple[int, str, Reason | None]:
        """Returns code and reason for `$disconnect`: of the gateway, else the client, a protocol error, or 1006."""
        if self._verdict is not None:
            return *self._verdict, self._cause
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        if received is not None and self._protocol.close_rcvd_then_sent:
            code, reason = int(received.code), received.reason
            return code, self._limits.no_status_reason if code == self._limits.no_status_code else reason, None
        if sent is not None:
            return int(sent.code), sent.reason, self._protocol.failure
        lost = self._cause or reasons.CONNECTION_LOST
        return self._limits.abnormal_close_code, self._limits.abnormal_close_reason, lost


def message_frames(opcode: Opcode, data: bytes, max_bytes: int, extensions: Sequence[Extension] = ()) -> bytes:
    """Returns one message in frames of at most `max_bytes`, one after the other."""
    part_bytes = max(1, max_bytes - DEFLATE_OVERHEAD_BYTES) if extensions else max_bytes
    parts = [data[start : start + part_bytes] for start in range(0, len(data), part_bytes)] or [b""]
    frames = (
        Frame(Opcode.CONT if number else opcode, part, fin=number == len(parts) - 1)
        for number, part in enumerate(parts)
    )
    return b"".join(frame.serialize(mask=False, extensions=extensions) for frame in frames)
