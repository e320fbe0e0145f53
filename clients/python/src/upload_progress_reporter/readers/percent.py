"""Reads the percent that most tools print."""

import re
from collections.abc import Callable

Reader = Callable[[str], float | None]  # takes a line of output, returns the percent known by then


def overall(percent: float, run: int, runs: int) -> float | None:
    """Returns the percent of all runs; None if there are more runs than were expected."""
    return (100 * (run - 1) + percent) / runs if 1 <= run <= runs else None


class PercentReader:
    """Reads lines that match `pattern`; all others leave the percent as it is.

    A pattern with one group finds a percent, one with two groups finds what is done and its total. The decimal mark
    may be a comma: some tools, such as xz, follow the locale.
    Where a tool counts 0 to 100 for each of several files or passes, `runs` is their number: a fall begins the next.
    """

    def __init__(self, pattern: str = r"(\d+(?:[.,]\d+)?) ?%", *, runs: int = 1) -> None:
        self._pattern, self._runs = re.compile(pattern), runs
        self._run, self._last = 1, 0.0
        self.percent: float | None = None

    def __call__(self, line: str) -> float | None:
        """Returns the percent of all runs after this line; None before the first percent."""
        if found := self._pattern.search(line):
            self._record(*(float(number.replace(",", ".")) for number in found.groups()))
        return self.percent

    def _record(self, done: float, total: float = 100.0) -> None:
        percent = 100 * done / total if total > 0 else 0.0
        if percent < self._last and self._runs > 1:
            self._run += 1
        self._last = percent
        self.percent = overall(percent, self._run, self._runs)
