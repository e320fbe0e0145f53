"""Plain lines, for what is no terminal: a log file, a pipe, a CI."""

from __future__ import annotations

import time
from typing import Any, TextIO

from clients.terminal.loss import Loss
from clients.terminal.uploads import Upload, Uploads
from clients.terminal.wording import name, progress, remark

STEP = 10  # percent between two lines of an upload that goes on


class ReaderGone(Exception):
    """Whoever read the lines has stopped, as `| head` does."""


class Lines:
    """One line for each change of a status and every tenth of an upload. Raises ReaderGone."""

    def __init__(self, uploads: Uploads, out: TextIO) -> None:
        self._uploads = uploads
        self._out = out
        self._told: dict[str, tuple[int, str, int]] = {}
        self._live = False

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def changed(self, upload: Upload) -> None:
        percent = upload.get("percent")
        step = int(percent) // STEP if isinstance(percent, int | float) else 0
        stage = (upload["attempt"], upload["status"], step)
        if self._told.get(upload["uploadId"]) != stage:
            self._told[upload["uploadId"]] = stage
            shown = f"{percent:5.1f} %" if isinstance(percent, int | float) else "      %"
            self._line(f"{upload['status']:<10} {shown}  {name(upload)}", progress(upload), _remark(upload))

    def live(self) -> None:
        """A connection that takes the place of another one in time is not worth a line."""
        if not self._live:
            self._line("live")
        self._live = True
        for upload in self._uploads:
            self.changed(upload)

    def waiting(self, loss: Loss, seconds: float) -> None:
        self._live = False
        self._line(f"reconnecting in {seconds:.1f} s: {loss.message or loss.reason}")

    def _line(self, *parts: Any) -> None:
        text = "  ".join(str(part) for part in parts if part)
        try:
            print(f"{time.strftime('%H:%M:%S')}  {text}", file=self._out, flush=True)
        except BrokenPipeError:
            raise ReaderGone from None


def _remark(upload: Upload) -> str:
    said = remark(upload)
    return "" if said == upload["status"] else said
