"""What a benchmark found: printed row by row as it comes, and as a table for a document."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from statistics import median

from benchmarks.harness.section import table, write_section


class Report:
    """`head` names the columns: what was measured, ours, what it is compared with, the ratio, and the goal."""

    def __init__(self, head: Sequence[str], conditions: str) -> None:
        self._head = list(head)
        self._conditions = conditions
        self._rows: list[list[str]] = []
        print(f"{conditions}\n\n{self._line(self._head)}", flush=True)

    def row(self, name: str, ours: str, against: str, ratio: float, goal: str = "") -> None:
        self._rows.append([name, ours, against, f"{ratio:.2f}", goal])
        print(self._line(self._rows[-1]), flush=True)

    def pairs(self, name: str, pairs: Sequence[tuple[float, ...]], form: str, goal: str = "") -> None:
        """Adds a row of the medians of both columns, in this format, and of the median of their ratios."""
        ours, against = (form.format(median(column)) for column in zip(*pairs, strict=True))
        self.row(name, ours, against, median(one / other for one, other in pairs), goal)

    def markdown(self) -> str:
        """The table, and under which conditions it came about."""
        return f"{table(self._head, self._rows)}\n\n{self._conditions}, {date.today()}."

    def write(self, section: str) -> None:
        """Puts the table into a section of docs/performance.md."""
        write_section("performance.md", section, self.markdown())

    def _line(self, cells: Sequence[str]) -> str:
        name, ours, against, ratio, goal = cells
        return f"{name:48} {ours:>12} {against:>12} {ratio:>7}  {goal}".rstrip()


def benchmark_parser(module: str, about: str | None, document: str = "performance.md") -> argparse.ArgumentParser:
    """Returns a parser with `--write`, for a benchmark whose tables are in a document."""
    parser = argparse.ArgumentParser(f"python -m {module}", description=about)
    parser.add_argument("--write", action="store_true", help=f"put the tables into docs/{document}")
    return parser


def machine() -> str:
    """Python, processors and how busy they are, for the head of a report."""
    return f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before"
