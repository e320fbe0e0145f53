"""Ids as API Gateway makes them: 11 bytes in base64url with their pad, such as `L0SM9cOFvHcCIhw=`.

The shape is reported (every public capture of an event); the meaning of single bytes is inferred from those ids:
byte 8 is the kind, and the low two bits of the last byte are always zero. AWS calls ids opaque.
"""

import os
import re
from binascii import b2a_base64
from functools import partial

from local_emulator.aio.id_pool import PAGE, Pages

_CONNECTION_KIND = 2
_REQUEST_KIND = 5
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_ID_SHAPE = re.compile(r"[A-Za-z0-9_-]{15}=")


def new_connection_id() -> str:
    """Returns the id of a new connection; a URL must percent-encode its `=`."""
    return _connection_ids.take()


def new_request_id() -> str:
    """Returns the id of one event, its `requestId` and its `extendedRequestId` (documented)."""
    return _request_ids.take()


def new_message_id(connection_id: str) -> str:
    """Returns the id of one message; its last three bytes are those of its connection's id (reported)."""
    # Twelve characters are nine bytes: eight at random, and the kind, which is that of connections.
    return _connection_ids.take()[:12] + connection_id[12:]


def is_connection_id(text: str) -> bool:
    """Returns True if `text` has the shape of a connection id; the management API answers 400 for others.

    Reported: ids of another shape, such as UUIDs, get 400. Unknown: if AWS checks more than the shape; this does not.
    """
    return _ID_SHAPE.fullmatch(text) is not None


def _page_of_ids(kind: int) -> list[str]:
    """Many at once: with a zero byte after each its text is sixteen characters, of which the pad replaces the last."""
    raw = bytearray(os.urandom(12 * PAGE))
    raw[8::12] = bytes([kind]) * PAGE
    raw[10::12] = bytes(byte & 0b1111_1100 for byte in raw[10::12])
    raw[11::12] = bytes(PAGE)
    text = b2a_base64(raw, newline=False).translate(_URL_SAFE).decode("ascii")
    return [f"{text[start : start + 15]}=" for start in range(0, len(text), 16)]


_connection_ids = Pages(partial(_page_of_ids, _CONNECTION_KIND))
_request_ids = Pages(partial(_page_of_ids, _REQUEST_KIND))
