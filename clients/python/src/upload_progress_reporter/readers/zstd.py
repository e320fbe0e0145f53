"""Reads `zstd --progress`, which writes to standard error."""

import re

from .percent import overall

READ = re.compile(r"Read: *([\d.]+) *([KMGTPE]?)i?B */ *([\d.]+) *([KMGTPE]?)i?B")
FILE = re.compile(r"(\d+) */ *(\d+) files")
UNITS = " KMGTPE"


class ZstdReader:
    """Reads the share of the input that was read; the percent in the tool's line is the ratio of compression.

    There is no percent for standard input, nor when a file is unpacked: the line has no total.
    """

    def __init__(self) -> None:
        self.percent: float | None = None

    def __call__(self, line: str) -> float | None:
        """Returns the percent of all files after this line."""
        if found := READ.search(line):
            total = _size(found[3], found[4])
            file = FILE.search(line)
            run, runs = (int(file[1]), int(file[2])) if file else (1, 1)
            self.percent = overall(100 * _size(found[1], found[2]) / total, run, runs) if total else None
        return self.percent


def _size(number: str, unit: str) -> float:
    return float(number) * float(1024 ** UNITS.index(unit or " "))
