"""Text and binary frames (RFC 6455, section 5.2) at the price of a few bytes' reading: nearly all that passes. Pure."""

from __future__ import annotations

from websockets.frames import Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:  # its compiled part is optional
    from websockets.utils import apply_mask

_FIN = 0x80
_MASKED = 0x80
_FINAL_TEXT = _FIN | Opcode.TEXT


def whole_text(data: bytes, max_bytes: int) -> bytes | None:
    """The payload of one masked text message in one frame, if `data` is that and no byte more.

    None for anything else, and for more than `most_bytes`: a parser has to look at it.
    """
    if len(data) < 6 or data[0] != _FINAL_TEXT:
        return None
    size, mask_at = data[1] - _MASKED, 2
    if size == 126:
        size, mask_at = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        return None
    if size > max_bytes or len(data) != mask_at + 4 + size:
        return None
    return apply_mask(data[mask_at + 4 :], data[mask_at : mask_at + 4])


def data_frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """One frame as a server sends it: not masked, and of the shortest length that says its size."""
    first, size = opcode | (_FIN if fin else 0), len(data)
    if size < 126:
        return bytes((first, size)) + data
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + data
    return bytes((first, 127)) + size.to_bytes(8, "big") + data


def message_frames(opcode: Opcode, data: bytes, frame_bytes: int) -> bytes:
    """One message in frames of at most `frame_bytes`, one after the other."""
    if len(data) <= frame_bytes:
        return data_frame(opcode, data)
    parts = [data[start : start + frame_bytes] for start in range(0, len(data), frame_bytes)]
    last = len(parts) - 1
    return b"".join(
        data_frame(Opcode.CONT if number else opcode, part, fin=number == last) for number, part in enumerate(parts)
    )
