"""A pytest plugin: asks the open questions first, and appends the result of each test to a file as it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testing.conformance_aws.report import TestResult, in_order_of_questions, redacted


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rows = {item.nodeid: _row(item) for item in items}
    items.sort(key=lambda item: in_order_of_questions(rows[item.nodeid]))
    for item in items:
        _append(TestResult(rows[item.nodeid], _name(item), "not run"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call" or report.outcome != "passed":
        row, message = _row(item), redacted(_message(report))
        _append(TestResult(row, _name(item), report.outcome, message))


def _name(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[2]


def _row(item: pytest.Item) -> str:
    marker = item.get_closest_marker("row")
    return str(marker.args[0]) if marker else ""


def _message(report: Any) -> str:
    """Returns why a test failed or was skipped, without the values of variables: they hold the API key."""
    found = report.longrepr
    if isinstance(found, tuple):
        return str(found[2])
    return str(found.reprcrash.message) if hasattr(found, "reprcrash") else ""


def _append(result: TestResult) -> None:
    with Path(os.environ["CONFORMANCE_RESULTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(result.as_json()) + "\n")
