"""Ids as API Gateway makes them: 11 bytes in base64url with their pad, such as `L0SM9cOFvHcCIhw=`.

The shape is reported (every public capture of an event); what single bytes mean is inferred from those ids:
byte 8 tells the kind, and the low two bits of the last byte are always zero. AWS calls ids opaque.
"""

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from functools import lru_cache

from local_emulator.randomness import random_bytes

ID_BYTES = 11
_RANDOM_BYTES = 8
_CONNECTION_KIND = 2
_REQUEST_KIND = 5
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_ID_SHAPE = re.compile(r"[A-Za-z0-9_-]{15}=")


def new_connection_id() -> str:
    """Id of a new connection; it must be percent-encoded in a URL because of its `=`."""
    return _new_id(_CONNECTION_KIND)


def new_request_id() -> str:
    """Id of one event; API Gateway gives the same one as `requestId` and `extendedRequestId` (documented)."""
    return _new_id(_REQUEST_KIND)


def new_message_id(connection_id: str) -> str:
    """Id of one message; its last three bytes are those of its connection's id (reported)."""
    return _encode(random_bytes(_RANDOM_BYTES) + _end_of(connection_id))


def is_connection_id(text: str) -> bool:
    """Whether `text` could be a connection id: if so an unknown one is gone (410), else malformed (400).

    Reported: ids of another shape, such as UUIDs, are answered with 400. Unknown: whether AWS looks deeper
    than the shape; this does not.
    """
    return _ID_SHAPE.fullmatch(text) is not None


def _new_id(kind: int) -> str:
    raw = bytearray(random_bytes(ID_BYTES))
    raw[_RANDOM_BYTES] = kind
    raw[-1] &= 0b1111_1100
    return _encode(raw)


@lru_cache(maxsize=1024)
def _end_of(connection_id: str) -> bytes:
    return urlsafe_b64decode(connection_id)[_RANDOM_BYTES:]


def _encode(raw: bytes | bytearray) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).decode("ascii")
