"""Ids as API Gateway makes them: 11 bytes in base64url with their pad, such as `L0SM9cOFvHcCIhw=`.

The shape is reported (every public capture of an event). The meaning of single bytes is inferred from those ids. Byte 8
is the kind, and the low two bits of the last byte are always zero. AWS calls ids opaque.
"""

import base64
import os
import re

_CONNECTION_KIND = 2
_REQUEST_KIND = 5
_ID_SHAPE = re.compile(r"[A-Za-z0-9_-]{15}=")


def new_connection_id() -> str:
    """Returns the id of a new connection; a URL must percent-encode its `=`."""
    return _new_id(_CONNECTION_KIND)


def new_request_id() -> str:
    """Returns the id of one event, its `requestId` and its `extendedRequestId` (documented)."""
    return _new_id(_REQUEST_KIND)


def new_message_id(connection_id: str) -> str:
    """Returns the id of one message; its last three bytes are those of its connection's id (reported)."""
    # Twelve characters are nine bytes: eight at random, and the kind, which is that of connections.
    return new_connection_id()[:12] + connection_id[12:]


def is_connection_id(text: str) -> bool:
    """Returns True if `text` has the shape of a connection id; the management API answers 400 for others.

    Reported: ids of another shape, such as UUIDs, get 400. Unknown: if AWS checks more than the shape; this does not.
    """
    return _ID_SHAPE.fullmatch(text) is not None


def _new_id(kind: int) -> str:
    raw = bytearray(os.urandom(11))
    raw[8] = kind
    raw[10] &= 0b1111_1100
    return base64.urlsafe_b64encode(raw).decode("ascii")
