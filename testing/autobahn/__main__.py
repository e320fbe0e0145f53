"""Runs the Autobahn test suite on the emulator's gateway: `python -m testing.autobahn WSTEST FOLDER [CASE ...]`.

Ends with 1 if a case fails that the table of known differences does not name, with 2 if the suite does not run.
"""

from __future__ import annotations

import sys
from pathlib import Path

from testing.autobahn.differences import DIFFERENCES
from testing.autobahn.judgement import Judgement, judge
from testing.autobahn.suite import SuiteError, run_cases


def main(wstest: str, folder: str, *cases: str) -> int:
    """Runs the cases, or all, and prints the judgement."""
    try:
        judgement = judge(run_cases(wstest, cases or ("*",), Path(folder)), DIFFERENCES)
    except SuiteError as problem:
        print(problem, file=sys.stderr)
        return 2
    _print(judgement)
    return 1 if judgement.faults else 0


def _print(judgement: Judgement) -> None:
    total = judgement.behaviours.total()
    print(f"{total} cases:", ", ".join(f"{count} {name}" for name, count in sorted(judgement.behaviours.items())))
    for difference, count in judgement.known.items():
        print(f"known: {count} closed with {difference.close_code}, {difference.reason} (row {difference.row})")
    for fault in judgement.faults:
        print(f"FAULT {fault}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
