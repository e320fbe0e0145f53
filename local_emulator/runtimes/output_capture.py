"""Keeps what a handler prints and logs during its own call, without taking it from the console.

Standard output belongs to the whole process; whose call wrote to it is known by a context variable, which
follows the handler's thread, its coroutines and `asyncio.to_thread`. Threads that a handler starts by itself
do not carry it: what they write is shown on the console alone.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from contextvars import ContextVar, Token
from copy import copy
from typing import Any

from local_emulator.runtimes.json_log_format import JsonLogFormat

MOST_CHARS = 16 * 1024  # of one call; the oldest goes first


class HandlerOutput:
    """What one call has written so far; `with` it, the current context writes here."""

    def __init__(self, request_id: str, log_format: str = "Text") -> None:
        self.request_id = request_id
        self.log_format = log_format
        self._pieces: deque[str] = deque()
        self._chars = 0
        self._token: Token[HandlerOutput | None] | None = None

    def __enter__(self) -> HandlerOutput:
        install()
        self._token = _current.set(self)
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._token is not None
        _current.reset(self._token)

    def write(self, text: str) -> None:
        self._pieces.append(text[-MOST_CHARS:])
        self._chars += len(self._pieces[-1])
        while self._chars > MOST_CHARS:
            oldest, over = self._pieces.popleft(), self._chars - MOST_CHARS
            self._chars -= min(over, len(oldest))
            if len(oldest) > over:
                self._pieces.appendleft(oldest[over:])

    @property
    def text(self) -> str:
        # Another thread may be writing: a handler that has timed out runs on.
        return "".join(self._pieces.copy())


_current: ContextVar[HandlerOutput | None] = ContextVar("handler_output", default=None)


class Tee:
    """Stands in for a standard stream: all goes on to the stream, and to the call whose context it is."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        output = _current.get()
        if output is not None:
            output.write(text)
        written: int = self._stream.write(text)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class LambdaLogFormat(logging.Formatter):
    """The text format of Lambda's Python runtime. (Lambda Developer Guide, python-logging.)"""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )


class RecordedLogs(logging.Handler):
    """Adds log records to the call that they were written in; the console has a handler of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._text, self._json = LambdaLogFormat(), JsonLogFormat()

    def emit(self, record: logging.LogRecord) -> None:
        output = _current.get()
        if output is None:
            return
        record = copy(record)  # the console shows what a handler has added, and nothing else
        record.aws_request_id = output.request_id
        if output.log_format == "JSON":
            output.write(self._json.format(record) + "\n")
        else:
            output.write(self._text.format(record) + "\n")


_logs = RecordedLogs()


def install() -> None:
    """Stand in for the standard streams, again if somebody has put others there since."""
    if not isinstance(sys.stdout, Tee):
        sys.stdout = Tee(sys.stdout)
        logging.getLogger().addHandler(_logs)
    if not isinstance(sys.stderr, Tee):
        sys.stderr = Tee(sys.stderr)


def uninstall() -> None:
    logging.getLogger().removeHandler(_logs)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Tee):
            setattr(sys, name, stream._stream)
