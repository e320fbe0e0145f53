"""Reads the output of a function's process: shows it line by line, and keeps its tail for the log of a call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

# Documented (Lambda API reference, Invoke): LogType Tail answers the last 4 KB.
TAIL_BYTES = 4096
MAX_LINE = 16_384
READ_BYTES = 65_536
# A turn of the loop reads a pipe this often; then the pipes of other functions have their turn.
MAX_READS = 2


class FunctionOutput:
    """The reading end of a process's stdout and stderr. `show` gets each line.

    Lines are held back until `release`, so that a process that comes to nothing can do so silently.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._fd, self.writing_end = os.pipe()
        os.set_blocking(self._fd, False)
        self._line = b""
        self._tail = b""
        self._held: list[str] | None = []
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self.read)

    def read(self) -> None:
        """Takes what there is, a few reads at a time: a function may print without end."""
        for _ in range(0 if self._closed else MAX_READS):
            try:
                data = os.read(self._fd, READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._loop.remove_reader(self._fd)
                return
            self._take(data)

    def release(self) -> None:
        """Shows what was held back, and all that comes."""
        held, self._held = self._held, None
        for line in held or ():
            self._show(line)

    def note(self, text: str) -> None:
        """A line that Lambda itself adds to the log."""
        self._take(text.encode() + b"\n")

    def taken(self) -> str:
        """The tail of what was printed since the last call."""
        self.read()
        tail, self._tail = self._tail, b""
        return tail.decode("utf-8", "replace")

    def close(self) -> None:
        self.read()
        if self._line:
            self._print(self._line)
            self._line = b""
        self._closed = True
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _take(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-TAIL_BYTES:]
        *lines, rest = (self._line + data).split(b"\n")
        for line in lines:
            self._print(line)
        while len(rest) > MAX_LINE:
            self._print(rest[:MAX_LINE])
            rest = rest[MAX_LINE:]
        self._line = rest

    def _print(self, line: bytes) -> None:
        # AWS's runtime joins the lines of one log event with carriage returns.
        for part in line.decode("utf-8", "replace").rstrip("\r").split("\r"):
            if self._held is None:
                self._show(part)
            else:
                self._held.append(part)
