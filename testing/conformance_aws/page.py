"""The certainties of docs/emulator.md, updated from the report of a run."""

from __future__ import annotations

import re

from testing.conformance_aws.report import Report

CERTAINTY = 3  # the cell of a row
MEASURED = re.compile(r"measured \(\d{4}-\d\d-\d\d, [\w-]+\)(?:; )?")
SUMMARY = re.compile(r"No rule was measured against AWS yet\.|\d+ rules were measured against AWS, the last on [^.]+\.")


class NotFromAWSError(Exception):
    """The report is of an emulator, so it measures nothing."""


def updated(page: str, report: Report) -> str:
    """Returns the page with `measured (date, Region)` before the certainty of each row that passed.

    A row that failed loses an earlier mark, because AWS differs from it. Skipped rows stay. Raises NotFromAWSError.
    """
    if not report.in_aws:
        raise NotFromAWSError("the report is of an emulator; only a run on AWS can update the page")
    outcomes = report.outcomes()
    page = "".join(_line(line, outcomes, report) for line in page.splitlines(keepends=True))
    count = sum(" | measured (" in line for line in page.splitlines() if line.startswith("| `"))
    summary = f"{count} rules were measured against AWS, the last on {report.date} in {report.region}."
    return SUMMARY.sub(summary if count else "No rule was measured against AWS yet.", page)


def differences(report: Report) -> list[str]:
    """Returns the rows in which AWS differs: correct the row first, then the emulator."""
    return sorted(row for row, outcome in report.outcomes().items() if outcome == "failed")


def _line(line: str, outcomes: dict[str, str], report: Report) -> str:
    cells = line.split(" | ")
    outcome = outcomes.get(cells[0].strip("| `")) if line.startswith("| `") and len(cells) == 6 else None
    if outcome not in ("passed", "failed"):
        return line
    before = MEASURED.sub("", cells[CERTAINTY], count=1)
    cells[CERTAINTY] = f"measured ({report.date}, {report.region}); {before}" if outcome == "passed" else before
    return " | ".join(cells)
