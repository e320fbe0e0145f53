"""Plain lines, for output that is no terminal: a log file, a pipe, a CI."""

from __future__ import annotations

import time
from typing import Any, TextIO

from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.news import STALLED_SECONDS, is_stalled
from clients.terminal.uploads import Upload, UploadList
from clients.terminal.wording import name, progress, remark, silence

STEP = 10  # percent between two lines of an upload that goes on


class OutputClosedError(Exception):
    """The reader of the lines has closed the pipe, as `| head` does."""


class Lines:
    """Prints a line for each status, phase, tenth of an upload, and stall. Raises OutputClosedError."""

    def __init__(self, uploads: UploadList, out: TextIO, stalled_after: float = STALLED_SECONDS) -> None:
        self._uploads = uploads
        self._stalled_after = stalled_after
        self._out = out
        self._printed: dict[str, tuple[object, ...]] = {}
        self._live = False

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def changed(self, upload: Upload) -> None:
        percent = upload.get("percent")
        now = time.time()
        is_silent = is_stalled(upload, now, self._stalled_after)
        stage = (upload["attempt"], upload["status"], upload.get("phase"), _step(upload), is_silent)
        if self._printed.get(upload["uploadId"]) != stage:
            self._printed[upload["uploadId"]] = stage
            shown = f"{percent:5.1f} %" if isinstance(percent, int | float) else "      %"
            remarks = _remark(upload, silence(upload, now, self._stalled_after))
            self._line(f"{upload['status']:<10} {shown}  {name(upload)}", progress(upload), remarks)

    def tick(self) -> None:
        """Prints stalls; without a connection no upload counts as stalled."""
        for upload in self._uploads if self._live else ():
            self.changed(upload)

    def live(self) -> None:
        """Prints `live`, unless the connection replaces another one without a gap."""
        if not self._live:
            self._line("live")
        self._live = True
        for upload in self._uploads:
            self.changed(upload)

    def waiting(self, end: ConnectionEnd, seconds: float) -> None:
        self._live = False
        self._line(f"reconnecting in {seconds:.1f} s: {end.message or end.reason}")

    def _line(self, *parts: Any) -> None:
        text = "  ".join(str(part) for part in parts if part)
        try:
            print(f"{time.strftime('%H:%M:%S')}  {text}", file=self._out, flush=True)
        except BrokenPipeError:
            raise OutputClosedError from None


def _step(upload: Upload) -> int:
    """Returns a number that rises with each tenth of an upload or, if its size is unknown, each time it has doubled."""
    of_phase = upload.get("phasePercent") if upload["status"] == "processing" else None
    percent = of_phase if of_phase is not None else upload.get("percent")
    done = upload.get("bytesUploaded")
    if isinstance(percent, int | float):
        return int(percent) // STEP
    return done.bit_length() if isinstance(done, int) else 0


def _remark(upload: Upload, silent: str) -> str:
    text = remark(upload, silent)
    return "" if text == upload["status"] else text
