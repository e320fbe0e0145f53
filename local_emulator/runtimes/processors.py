"""Tells if this machine's processors have time left for more processes."""

from __future__ import annotations

import time
from pathlib import Path

LOOK_SECONDS = 0.1
MIN_IDLE_SHARE = 0.1


class Processors:
    """The share of time that the processors were idle between two looks; none is known where there is no /proc/stat."""

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._looked = 0.0
        self._idle = self._total = 0
        self._busy = False

    def are_busy(self) -> bool:
        """Returns True if they were idle for less than a tenth of the time; looks ten times a second at most."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            idle, total = self._read()
            self._busy = idle - self._idle < MIN_IDLE_SHARE * (total - self._total)
            self._idle, self._total = idle, total
        return self._busy

    def _read(self) -> tuple[int, int]:
        """Returns ticks: those idle or waiting for a disk, and all (proc(5), /proc/stat)."""
        try:
            ticks = [int(field) for field in self._stat.read_text().split("\n", 1)[0].split()[1:9]]
        except (OSError, ValueError):
            return 0, 0
        return sum(ticks[3:5]), sum(ticks)
