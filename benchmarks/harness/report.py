"""What a benchmark found: printed row by row as it comes, and as a table for a document."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date

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

    def markdown(self) -> str:
        """The table, and under which conditions it came about."""
        return f"{table(self._head, self._rows)}\n\n{self._conditions}, {date.today()}."

    def write(self, section: str) -> None:
        """Puts the table into a section of docs/performance.md."""
        write_section("performance.md", section, self.markdown())

    def _line(self, cells: Sequence[str]) -> str:
        name, ours, against, ratio, goal = cells
        return f"{name:48} {ours:>12} {against:>12} {ratio:>7}  {goal}".rstrip()


def benchmark_parser(module: str, about: str | None) -> argparse.ArgumentParser:
    """Returns a parser with `--write`, for a benchmark whose table is in docs/performance.md."""
    parser = argparse.ArgumentParser(f"python -m {module}", description=about)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser


def machine() -> str:
    """Python, processors and how busy they are, for the head of a report."""
    return f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before"
