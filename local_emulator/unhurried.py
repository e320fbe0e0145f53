"""A text stream that writes in bunches: a system call for every line costs an echo more than its handler."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
from typing import TextIO

WRITE_SECONDS = 0.02


class Unhurried(io.TextIOBase):
    """Stands before another stream; what is flushed here reaches that one a moment later, lines in their order.

    May be written to from any thread; outside the event loop's it does not wait.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._pieces: list[str] = []
        self._lock = threading.Lock()
        self._due = False

    def write(self, text: str) -> int:
        with self._lock:
            self._pieces.append(text)
        return len(text)

    def flush(self) -> None:
        if self._due:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write_out()
        else:
            self._due = True
            loop.call_later(WRITE_SECONDS, self.write_out)

    def write_out(self) -> None:
        """Now. Whoever has stopped reading (`| head`) ends no connection by it."""
        self._due = False
        with self._lock:
            text = "".join(self._pieces)
            self._pieces.clear()
        with contextlib.suppress(BrokenPipeError):
            self._out.write(text)
            self._out.flush()
