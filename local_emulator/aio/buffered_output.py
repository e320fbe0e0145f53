"""A text stream that writes in bunches: a system call for every line costs an echo more than its handler."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
from collections import deque
from typing import TextIO

WRITE_SECONDS = 0.02


class Unhurried(io.TextIOBase):
    """Stands before another stream; what is flushed here reaches that one a moment later, lines in their order.

    May be written to from any thread; outside the event loop's it does not wait.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._pieces: deque[str] = deque()
        self._lock = threading.Lock()
        self._due = False

    def write(self, text: str) -> int:
        self._pieces.append(text)  # of a deque, which threads may share
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
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._out.write("".join(self._pieces.popleft() for _ in range(len(self._pieces))))
            self._out.flush()
