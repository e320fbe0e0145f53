"""The bodies that a client may send, and their properties that need no reading."""

import io
import os
import stat
import tempfile
from collections.abc import Mapping
from typing import Any

Unopened = bytes | bytearray | memoryview | str | os.PathLike[str]


def open_body(body: Any) -> Any:
    """Returns a binary file for bytes, another buffer or a path; and what can be read or iterated, as it is.

    Raises:
        OSError: there is no file at the path.
        TypeError: it yields no bytes: text, a mapping (a form), or what can be neither read nor iterated.
    """
    if _is_buffer(body) and not hasattr(body, "read"):
        return io.BytesIO(body)
    if isinstance(body, str | os.PathLike):
        return open(body, "rb")
    if isinstance(body, io.TextIOBase | Mapping):
        raise TypeError("neither text nor a mapping is bytes")
    if not any(hasattr(body, name) for name in ("read", "aread", "__iter__", "__aiter__")):
        raise TypeError("it can be neither read nor iterated")
    return body


def _is_buffer(body: Any) -> bool:
    try:
        memoryview(body)
    except TypeError:
        return False
    return True


def is_empty(body: Any) -> bool:
    """Returns True if `body` is known to hold no bytes; it is neither read nor moved."""
    try:
        if isinstance(body, io.BytesIO):
            return not body.getbuffer().nbytes
        if isinstance(body, tempfile.SpooledTemporaryFile):
            return False  # asking for its descriptor would write it to the disk
        status = os.fstat(body.fileno())
    except Exception:
        return False
    return stat.S_ISREG(status.st_mode) and not status.st_size
