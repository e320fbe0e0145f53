"""One console line for each thing that happens."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from io import TextIOBase
from typing import Any, Protocol, TextIO

from local_emulator.redaction import redacted

# Lines that wait while a debugger has the terminal.
MAX_HELD_LINES = 10_000


class FinishedCall(Protocol):
    """A finished call of a function. `result` is the error object if it `failed`."""

    @property
    def failed(self) -> bool: ...

    @property
    def result(self) -> Any: ...

    @property
    def duration_ms(self) -> float: ...


class Level(IntEnum):
    """The importance of a line of the console."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


Paint = Callable[[str, Level, str], str]
"""Colours the text of a line, given its event and level."""


class Journal:
    """Writes one line per event, in columns: time, event, subject, outcome, duration.

    Calls `listener` with (event, subject, text) for rare events, in the thread that reports them.
    """

    def __init__(self, out: TextIO | TextIOBase, paint: Paint | None = None, min_level: Level | None = None) -> None:
        """`paint` colours lines, `min_level` leaves out those of lower levels; the listener gets all."""
        self._out = out
        self._paint = paint
        self._min_level = min_level or Level.INFO
        self._held: list[str] | None = None
        self._stopping = False
        self.listener: Callable[[str, str, str], None] = _nobody

    def invoked(self, what: str, about: str, invocation: FinishedCall) -> None:
        outcome = "ok"
        if invocation.failed and self._stopping:
            outcome = "ended, because the emulator stops"
        elif invocation.failed:
            error = invocation.result
            outcome = f"{error.get('errorType')}: {error.get('errorMessage')}"
        level = Level.ERROR if invocation.failed and not self._stopping else Level.INFO
        self._line(what, about, outcome, f"{invocation.duration_ms:.1f} ms", level=level)

    def integrated(self, what: str, about: str, outcome: str, duration_ms: float | None = None) -> None:
        """Logs the call of an integration that is no Lambda proxy."""
        self._line(what, about, outcome, *([] if duration_ms is None else [f"{duration_ms:.1f} ms"]))

    def sent(self, about: str, size: int) -> None:
        self._line("send", about, f"{size} bytes")

    def disconnected(self, about: str, code: int, reason: str, cause: object = None) -> None:
        """Logs the end of a connection; `cause` says why if the client did not close it."""
        self._line("closed", about, *_present(redacted(f"{code} {reason}".strip()), cause))

    def refused(self, about: str, answer: str, reason: object = None) -> None:
        """Logs what the gateway answers by itself: to a request or a message, in place of a function's answer."""
        if not self._stopping:
            self._line_heard("refused", about, *_present(answer, reason), level=Level.WARNING)

    def stopping(self) -> None:
        """Expects calls to end from now on: that they do is no failure."""
        self._stopping = True

    def fault(self, about: str, kind: str, text: str) -> None:
        self._line_heard("fault", about, kind, text, level=Level.WARNING)

    def printed(self, function: str, line: str) -> None:
        """Logs a line that a function's process wrote to stdout or stderr."""
        self._line("log", function, line)

    def reloaded(self, whose: str, files: list[str]) -> None:
        """Logs that files have changed; the next call runs the new code."""
        more = [f"and {len(files) - 3} more"] if len(files) > 3 else []
        self._line_heard("reload", whose, ", ".join([*(os.path.basename(file) for file in files[:3]), *more]))

    def redeployed(self, file: str, changes: str) -> None:
        """Logs that a changed template runs now."""
        self._line_heard("reload", file, changes)

    def not_redeployed(self, file: str, problem: str) -> None:
        """Logs that a changed template cannot run, and that the one from before runs on."""
        text = ("failed:", problem, "The template from before runs on.")
        self._line_heard("reload", file, *text, level=Level.ERROR)

    def requested(self, method: str, path: str, status: int) -> None:
        """Logs an HTTP request; without its query, which may hold a token."""
        self._line("request", method, path, str(status), level=Level.DEBUG)

    def notice(self, text: str) -> None:
        if self._min_level <= Level.WARNING:
            self._write(f"{self._paint('notice', Level.WARNING, text) if self._paint else text}\n")
        self.listener("notice", "", text)

    def _line_heard(self, what: str, about: str, *rest: str, level: Level = Level.INFO) -> None:
        """Logs a line and passes it to the listener, which gets calls and frames elsewhere."""
        self._line(what, about, *rest, level=level)
        self.listener(what, about, "  ".join(rest))

    def _line(self, what: str, about: str, *rest: str, level: Level = Level.INFO) -> None:
        if level < self._min_level:
            return
        text = f"{what:<12} {about:<18} {'  '.join(rest)}"
        text = self._paint(what, level, text) if self._paint else text
        self._write(f"{_moment(int(time.time()))}  {text}\n")

    def pause(self) -> None:
        """Keeps what comes from the console, while a debugger has it."""
        if self._held is None:
            self._held = []

    def resume(self) -> None:
        """Writes what was kept, and all that comes."""
        held, self._held = self._held or [], None
        if held:
            self._write("".join(held[:MAX_HELD_LINES]))
        if len(held) > MAX_HELD_LINES:
            self._write(f"and {len(held) - MAX_HELD_LINES} more lines, in the inspector and the logs of calls\n")

    def _write(self, text: str) -> None:
        if self._held is not None:
            self._held.append(text if len(self._held) < MAX_HELD_LINES else "")
            return
        with contextlib.suppress(OSError):  # the reader has ended (`| head`), or the disk is full; connections go on
            self._out.write(text)
            self._out.flush()


def _present(text: str, reason: object) -> list[str]:
    """Returns the text and the reason, if there is one; a reason quotes what clients and functions say."""
    return [text] if reason is None else [text, redacted(str(reason))]


@lru_cache(maxsize=1)
def _moment(seconds: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def _nobody(what: str, about: str, text: str) -> None:
    pass
