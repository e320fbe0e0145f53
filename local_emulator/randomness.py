"""Random bytes for the many small ids of the gateway, taken from the system a page at a time.

Every read of the system's own source hands Python's lock to a waiting worker thread, which costs the event loop more
than the bytes do: an echo needs thirty of them.
"""

from __future__ import annotations

import os
import threading

PAGE_BYTES = 4096


class Randomness:
    """Hands out each byte of a page once. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._page = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """So many bytes, at most a page."""
        with self._lock:
            if self._at + count > len(self._page):
                self._page, self._at = os.urandom(PAGE_BYTES), 0
            self._at += count
            return self._page[self._at - count : self._at]


_shared = Randomness()


def random_bytes(count: int) -> bytes:
    """Unpredictable bytes, fit for ids that nobody shall guess."""
    return _shared.take(count)


def new_uuid() -> str:
    """A random UUID (RFC 9562, version 4), as Lambda's request ids are."""
    raw = bytearray(random_bytes(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
