"""Compares a report of the Autobahn test suite with the table of known differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ACCEPTED = {"OK", "NON-STRICT", "INFORMATIONAL"}

# In these cases, the client may still send when the gateway ends TCP. It then cannot read the close frame.
LONG_MESSAGES = "9.[1-6].*"


@dataclass(frozen=True, slots=True)
class Difference:
    """Cases in which the gateway closes by a rule of API Gateway, where RFC 6455 asks for an echo.

    `cases` are patterns of case ids, separated by spaces. `row` is the rule's row in docs/emulator.md.
    """

    cases: str
    close_code: int
    row: str
    reason: str

    def names(self, case: str) -> bool:
        """Returns True if a pattern matches the case."""
        return any(fnmatchcase(case, pattern) for pattern in self.cases.split())


@dataclass(frozen=True, slots=True)
class Judgement:
    """The number of cases by behaviour, the number by known difference, and a sentence for each fault."""

    behaviours: Counter[str]
    known: Counter[Difference]
    faults: tuple[str, ...]


def judge(report: Mapping[str, Mapping[str, Any]], differences: Sequence[Difference]) -> Judgement:
    """Returns the judgement of a report, the content of index.json for one server."""
    failed = {case: result for case, result in report.items() if not _is_accepted(result)}
    named = {case: _difference(case, differences) for case in report}
    known = {
        case: difference
        for case, difference in named.items()
        if difference is not None and case in failed and _is_known(case, failed[case]["remoteCloseCode"], difference)
    }
    faults = [_fault(case, result, named[case]) for case, result in failed.items() if case not in known]
    return Judgement(
        Counter(result["behavior"] for result in report.values()),
        Counter(known.values()),
        (*faults, *_outdated(named, failed)),
    )


def _is_accepted(result: Mapping[str, Any]) -> bool:
    return result["behavior"] in ACCEPTED and result["behaviorClose"] in ACCEPTED


def _is_known(case: str, code: int | None, difference: Difference) -> bool:
    return code == difference.close_code or (code is None and fnmatchcase(case, LONG_MESSAGES))


def _difference(case: str, differences: Sequence[Difference]) -> Difference | None:
    return next((difference for difference in differences if difference.names(case)), None)


def _fault(case: str, result: Mapping[str, Any], difference: Difference | None) -> str:
    found = f"{case}: {result['behavior']}, close {result['behaviorClose']} with {result['remoteCloseCode']}"
    return found if difference is None else f"{found}; the table has {difference.close_code}"


def _outdated(named: Mapping[str, Difference | None], failed: Mapping[str, object]) -> Iterator[str]:
    """Yields a sentence for each case that the table names and that passes."""
    for case, difference in named.items():
        if difference is not None and case not in failed:
            yield f"{case} passes, but the table names it ({difference.row})"
