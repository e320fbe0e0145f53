"""Random names, made a page at a time: a message needs three, and one by one they cost more than its handler.

Every read of the system's own source also hands Python's lock to a waiting worker thread.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence

PAGE = 256


class Pages:
    """Hands out each name of a page once; `make` makes a page. May be used from any thread."""

    def __init__(self, make: Callable[[], Sequence[str]]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._page: Iterator[str] = iter(())

    def take(self) -> str:
        with self._lock:
            name = next(self._page, None)
            if name is None:
                self._page = iter(self._make())
                name = next(self._page)
            return name


def new_uuids() -> list[str]:
    """A page of random UUIDs (RFC 9562, version 4)."""
    raw = bytearray(os.urandom(16 * PAGE))
    raw[6::16] = bytes(byte & 0x0F | 0x40 for byte in raw[6::16])
    raw[8::16] = bytes(byte & 0x3F | 0x80 for byte in raw[8::16])
    texts = (raw[start : start + 16].hex() for start in range(0, len(raw), 16))
    return [f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" for text in texts]


_uuids = Pages(new_uuids)


def new_uuid() -> str:
    """A random UUID, as Lambda's request ids are."""
    return _uuids.take()
