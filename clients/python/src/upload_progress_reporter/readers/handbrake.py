"""Reads `HandBrakeCLI --json`."""

import re

from .percent import overall

FIELD = re.compile(r'^\s*"(\w+)": "?([-\w.]+)')


class HandBrakeReader:
    """Reads the progress of all passes. The state before them, a scan, has no percent.

    The tool writes JSON over many lines, between other text, with its fields in alphabetical order.
    """

    def __init__(self) -> None:
        self.percent: float | None = None
        self._fields: dict[str, str] = {}

    def __call__(self, line: str) -> float | None:
        """Returns the percent after this line."""
        if found := FIELD.match(line):
            self._fields[found[1]] = found[2]
            if found[1] == "Progress" and self._fields.get("State") == "WORKING":
                self._record(float(found[2]))
        return self.percent

    def _record(self, share: float) -> None:
        run, runs = int(self._fields.get("Pass", 1)), int(self._fields.get("PassCount", 1))
        self.percent = overall(100 * share, run, runs)
