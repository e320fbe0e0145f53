"""The report of a run: the results of its tests, by the rows of docs/emulator.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

# The questions whose answers would change most, in this order; then the other rows, as the suite has them.
QUESTIONS = (
    "compression",
    "route-response-empty",
    "integration-extra-key",
    "connect-malformed",
    "integration-malformed",
    "route-response-status",
    "one-way-status",
    "frame-too-large-reason",
)
SECRETS = re.compile(r"(X-Amz-[\w-]+=|api_key=|x-api-key\W+)[^&\s,)]+", re.IGNORECASE)
MAX_MESSAGE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class TestResult:
    """The result of one test: `outcome` is passed, failed, skipped or not run."""

    __test__ = False  # pytest would collect the class

    row: str
    test: str
    outcome: str
    message: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one run, with its date, Region and the commit of the suite. `in_aws` is False for an emulator."""

    date: str
    region: str
    commit: str
    in_aws: bool
    is_removed: bool
    results: tuple[TestResult, ...]

    @property
    def is_complete(self) -> bool:
        """Is True if every collected test ran."""
        return bool(self.results) and all(result.outcome != "not run" for result in self.results)

    def outcomes(self) -> dict[str, str]:
        """Returns the outcome of each row: failed if a test failed, passed if all passed, else skipped."""
        by_row: dict[str, set[str]] = {}
        for result in self.results:
            by_row.setdefault(result.row, set()).add(result.outcome)
        return {row: _outcome(outcomes) for row, outcomes in by_row.items()}

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rows": self.outcomes()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Report:
        """Returns the report that `as_json` wrote. Raises KeyError if a field is missing."""
        results = tuple(TestResult(**result) for result in value["results"])
        names = ("date", "region", "commit", "in_aws", "is_removed")
        return cls(**{name: value[name] for name in names}, results=results)

    def as_markdown(self) -> str:
        rows = self.outcomes()
        counts = ", ".join(f"{[*rows.values()].count(one)} {one}" for one in ("passed", "failed", "skipped"))
        messages = {result.row: result.message for result in self.results if result.message}
        lines = [
            f"| `{row}` | {outcome} | {_cell(messages.get(row, ''))} |"
            for row, outcome in sorted(rows.items(), key=lambda item: (item[1] != "failed", item[0]))
        ]
        return "\n".join(
            [
                f"# Conformance on {'AWS' if self.in_aws else 'an emulator'}, {self.date}, {self.region}",
                "",
                f"Rows: {counts}. Commit {self.commit}. {'All tests ran.' if self.is_complete else 'The run was cut.'}",
                f"The stack was {'removed' if self.is_removed else '**not removed**'}.",
                "",
                "| row | outcome | message |",
                "|---|---|---|",
                *lines,
                "",
            ]
        )


def in_order_of_questions(row: str) -> int:
    """Returns the sort key of a row: the open questions come first."""
    return QUESTIONS.index(row) if row in QUESTIONS else len(QUESTIONS)


def redacted(message: str) -> str:
    """Returns the message without signatures, session tokens and API keys, cut to MAX_MESSAGE_CHARACTERS."""
    return SECRETS.sub(r"\1…", message)[:MAX_MESSAGE_CHARACTERS]


def results_of(lines: Iterable[Mapping[str, str]]) -> tuple[TestResult, ...]:
    """Returns the last result that the plugin recorded for each test, without tests that are about no row."""
    return tuple({line["test"]: TestResult(**line) for line in lines if line["row"]}.values())


def _outcome(outcomes: set[str]) -> str:
    if "failed" in outcomes:
        return "failed"
    return "passed" if outcomes == {"passed"} else "skipped"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
