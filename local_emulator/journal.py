"""One console line for each thing that happens."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TextIO

from local_emulator.invocation import Invocation

WRITE_SECONDS = 0.02


class Journal:
    """Tells what happened, in columns: time, what, whom it is about, outcome, duration.

    Lines that come in a row are written together: a system call for each would cost an echo more than its handler.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines: list[str] = []

    def flush(self) -> None:
        """Write what is there. Whoever stopped reading (`| head`) ends no connection by it."""
        lines, self._lines = self._lines, []
        with contextlib.suppress(BrokenPipeError):
            self._out.write("".join(lines))
            self._out.flush()

    def invoked(self, what: str, about: str, invocation: Invocation) -> None:
        outcome = "ok"
        if invocation.failed:
            error = invocation.result
            outcome = f"{error.get('errorType')}: {error.get('errorMessage')}"
        self._line(what, about, outcome, f"{invocation.duration_ms:.1f} ms")

    def sent(self, about: str, size: int) -> None:
        self._line("send", about, f"{size} bytes")

    def disconnected(self, about: str, code: int, reason: str) -> None:
        self._line("closed", about, f"{code} {reason}".strip())

    def refused(self, about: str, status: int, message: str | None) -> None:
        self._line("refused", about, f"{status} {message or ''}".strip())

    def notice(self, text: str) -> None:
        self._write(text)

    def _line(self, what: str, about: str, *rest: str) -> None:
        moment = time.strftime("%H:%M:%S")
        self._write(f"{moment}  {what:<12} {about:<18} {'  '.join(rest)}")

    def _write(self, line: str) -> None:
        self._lines.append(line + "\n")
        if len(self._lines) > 1:
            return
        try:
            asyncio.get_running_loop().call_later(WRITE_SECONDS, self.flush)
        except RuntimeError:  # no loop in this thread that could do it later
            self.flush()
