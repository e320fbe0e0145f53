"""Progress bars that redraw themselves, for terminals."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.news import STALLED_SECONDS, age_seconds
from clients.terminal.prediction import Drawn, predicted
from clients.terminal.uploads import Upload, UploadList
from clients.terminal.wording import name, printable, progress, remark, seconds, silence

FRAMES_PER_SECOND = 10
STYLES = {
    "queued": "dim",
    "uploading": "cyan",
    "paused": "yellow",
    "processing": "magenta",
    "completed": "green",
    "failed": "red",
    "canceled": "dim",
}
SIGNS = {
    "queued": "·",
    "uploading": "↑",
    "paused": "‖",
    "processing": "…",
    "completed": "✓",
    "failed": "✗",
    "canceled": "-",
}
SILENT_SIGN = "!"
SILENCE_WIDTH = len("stalled, no news for 23:59:59")
WIDE, MIDDLE = 90, 60  # columns from which more is shown


class Bars:
    """Shows the uploads as bars under one line about the connection, within a `with` block."""

    def __init__(
        self, uploads: UploadList, title: str, console: Console, stalled_after: float = STALLED_SECONDS
    ) -> None:
        self._uploads = uploads
        self._stalled_after = stalled_after
        self._title = title
        self._state: Text | Spinner = Spinner("dots", Text("connecting"), style="yellow")
        self._drawn: dict[str, Drawn] = {}
        self._due: float | None = None
        self._loss = ConnectionEnd("")
        self._live_until: float | None = None
        self._live = Live(self, console=console, refresh_per_second=FRAMES_PER_SECOND, transient=False)

    def __enter__(self) -> Bars:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def changed(self, upload: Upload) -> None:
        """Does nothing: the next frame shows the change."""

    def tick(self) -> None:
        """Does nothing: each frame is drawn for its own moment."""

    def live(self) -> None:
        self._due = self._live_until = None
        self._state = Text.assemble(("● live", "green"))

    def waiting(self, end: ConnectionEnd, seconds: float) -> None:
        self._live_until = self._live_until or time.monotonic()
        self._due, self._loss = time.monotonic() + seconds, end
        self._state = Spinner("dots", style="yellow")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._heading()
        uploads = list(self._uploads)
        rows = max(1, (console.height or 24) - 3)
        shown = uploads if len(uploads) <= rows else uploads[: rows - 1]
        now = self._now()
        silences = [silence(upload, now, self._stalled_after, self._uploads.limits) for upload in shown]
        yield _table(list(zip(self._predicted(shown, now), silences, strict=True)), options.max_width)
        if len(shown) < len(uploads):
            yield Text(f"  and {len(uploads) - len(shown)} more", style="dim")
        if not uploads and self._due is None:
            yield Text("  no uploads yet", style="dim")

    def _predicted(self, uploads: list[Upload], now: float) -> list[Upload]:
        """Returns the uploads as their lines are now, and keeps what is drawn: no bar goes back."""
        limits, rows, drawn = self._uploads.limits, list[Upload](), dict[str, Drawn]()
        for one in uploads:
            key = one["uploadId"]
            row, drawn[key] = predicted(one, age_seconds(one, now), limits, self._drawn.get(key, Drawn()))
            rows.append(row)
        self._drawn = drawn
        return rows

    def _now(self) -> float:
        """Returns the time of the data shown: without a connection it is when that ended."""
        return time.time() - (time.monotonic() - self._live_until if self._live_until is not None else 0.0)

    def _heading(self) -> Table:
        if isinstance(self._state, Spinner) and self._due is not None:
            self._state.update(text=self._reconnecting())
        heading = Table.grid(padding=(0, 2), pad_edge=False)
        heading.add_column(no_wrap=True, min_width=min(len(self._title), 24), overflow="ellipsis")
        heading.add_column(no_wrap=True, overflow="ellipsis")
        heading.add_row(Text(printable(self._title), style="bold"), self._state)
        return heading

    def _reconnecting(self) -> Text:
        """Returns the time of the next attempt, the age of the data, and the reason of the lost connection."""
        now = time.monotonic()
        left = max(0.0, (self._due or now) - now)
        when = f"in {seconds(left + 0.999)}" if left > 0 else "now"
        text = Text.assemble(("reconnecting ", "yellow"), (when, "yellow"))
        if len(self._uploads):
            text.append(f"  data is {seconds(now - (self._live_until or now))} old", style="dim")
        text.append(f"  {printable(self._loss.message or self._loss.reason)}", style="dim")
        text.no_wrap, text.overflow = True, "ellipsis"
        return text


def _table(uploads: list[tuple[Upload, str]], width: int) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=2 if width >= MIDDLE else 1, min_width=8)
    table.add_column(width=6, justify="right", no_wrap=True)
    if width >= MIDDLE:
        needed = SILENCE_WIDTH if width < WIDE and any(silent for _, silent in uploads) else None
        table.add_column(ratio=None if needed else 3, width=needed, no_wrap=True, overflow="ellipsis")
    for upload, silent in uploads:
        table.add_row(*_row(upload, width, silent))
    return table


def _row(upload: Upload, width: int, silent: str) -> list[Any]:
    style = "yellow" if silent else STYLES.get(upload["status"], "")
    sign = SILENT_SIGN if silent else SIGNS.get(upload["status"], " ")
    percent = upload.get("percent")
    shown = f"{int(percent)} %" if isinstance(percent, int | float) else ""
    cells = [Text(sign, style=style), Text(name(upload)), _bar(upload, style, silent), Text(shown)]
    if width >= MIDDLE:
        parts = [progress(upload) if width >= WIDE else "", remark(upload, silent)]
        parts = parts[::-1] if silent else parts
        cells.append(Text("  ".join(part for part in parts if part), style="dim" if style != "red" else style))
    return cells


def _bar(upload: Upload, style: str, silent: str) -> ProgressBar:
    percent = upload.get("percent")
    done = float(percent) if isinstance(percent, int | float) else 0.0
    pulse = percent is None and not silent and upload["status"] in ("uploading", "processing")
    return ProgressBar(total=100, completed=done, pulse=pulse, complete_style=style, finished_style=style)
