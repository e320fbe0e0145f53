"""permessage-deflate (RFC 7692) as API Gateway was seen to negotiate it.

Reported: one thread of 2021 shows a whole 101 of AWS (github.com/python-websockets/websockets/issues/1065).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from websockets.exceptions import InvalidHeader, NegotiationError, PayloadTooBig
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.headers import parse_extension

FACTORY = ServerPerMessageDeflateFactory()
MAX_WINDOW_BITS = 15
MEMORY_LEVEL = 5  # 144 KB for a compressor in place of zlib's 256 KB; the window is as large


@dataclass(frozen=True, slots=True)
class Compression:
    """The agreed parameters; `header` is the value of Sec-WebSocket-Extensions in the 101."""

    header: str
    client_no_context_takeover: bool
    server_no_context_takeover: bool
    server_max_window_bits: int

    def extension(self, max_message_bytes: int, *, keeps_window: bool) -> MessageDeflate:
        """Returns the extension for one connection.

        Reported: AWS agrees to a smaller window and then compresses with a larger one, so that strict clients fail.
        """
        bits = self.server_max_window_bits if keeps_window else MAX_WINDOW_BITS
        return MessageDeflate(self, bits, max_message_bytes)


def negotiate(offers: Iterable[str]) -> Compression | None:
    """Returns the first offer of permessage-deflate that can be kept, None if there is none.

    `offers` are the values of the client's Sec-WebSocket-Extensions headers. Inferred: one that cannot be read is none.
    """
    for offer in offers:
        try:
            extensions = parse_extension(offer)
        except InvalidHeader:
            continue
        for name, parameters in extensions:
            if name == FACTORY.name and (agreed := _agreed(parameters)) is not None:
                return agreed
    return None


def _agreed(parameters: Sequence[tuple[str, str | None]]) -> Compression | None:
    try:
        answered, deflate = FACTORY.process_request_params(parameters, [])
    except NegotiationError:
        return None
    # Reported: the client asked for both windows, and the answer names only the server's, with no space before it.
    kept = [(name, value) for name, value in answered if name != "client_max_window_bits"]
    told = [name if value is None else f"{name}={value}" for name, value in kept]
    return Compression(
        header=";".join([FACTORY.name, *told]),
        client_no_context_takeover=deflate.remote_no_context_takeover,
        server_no_context_takeover=deflate.local_no_context_takeover,
        server_max_window_bits=deflate.local_max_window_bits,
    )


class MessageDeflate(Extension):
    """The compression of one connection: its windows take memory from the first compressed message on.

    The frame limit counts bytes on the wire (inferred from Netty). The message limit counts the inflated bytes.
    """

    name = PerMessageDeflate.name

    def __init__(self, agreed: Compression, window_bits: int, max_message_bytes: int) -> None:
        self._agreed = agreed
        self._window_bits = window_bits
        self._max_message_bytes = max_message_bytes
        self._deflate: PerMessageDeflate | None = None
        self._inflated_bytes = 0

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Returns the inflated frame. Raises PayloadTooBig if its message becomes larger than a message may be."""
        if self._deflate is None and not frame.rsv1:
            return frame
        before = self._inflated_bytes if frame.opcode is Opcode.CONT else 0
        # Not 0, which zlib reads as no limit.
        inflated = self._made().decode(frame, max_size=max(self._max_message_bytes - before, 1))
        size = before + len(inflated.data)
        if size > self._max_message_bytes:
            raise PayloadTooBig(None, self._max_message_bytes)
        if frame.opcode.value < 0x8:
            self._inflated_bytes = 0 if frame.fin else size
        return inflated

    def encode(self, frame: Frame) -> Frame:
        """Returns the compressed frame of a message; control frames stay as they are (RFC 7692, section 5)."""
        return self._made().encode(frame) if frame.opcode.value < 0x8 else frame

    def _made(self) -> PerMessageDeflate:
        if self._deflate is None:
            agreed = self._agreed
            self._deflate = PerMessageDeflate(
                agreed.client_no_context_takeover,
                agreed.server_no_context_takeover,
                MAX_WINDOW_BITS,
                self._window_bits,
                {"memLevel": MEMORY_LEVEL},
            )
        return self._deflate
