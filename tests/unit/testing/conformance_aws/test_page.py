"""docs/emulator.md, updated from a report."""

import pytest

from testing.conformance_aws.__main__ import PAGE
from testing.conformance_aws.page import NotFromAWSError, differences, updated
from testing.conformance_aws.report import Report, TestResult

TEXT = PAGE.read_text(encoding="utf-8")
FIRST = "compression"


def report(outcome: str, date: str = "2026-12-01", row: str = FIRST, in_aws: bool = True) -> Report:
    return Report(date, "eu-central-1", "abc1234", in_aws, True, (TestResult(row, "test_it", outcome),))


def certainty(text: str, row: str = FIRST) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| `{row}` |")).split(" | ")[3]


def test_a_row_that_passed_is_measured_and_keeps_its_earlier_certainty() -> None:
    page = updated(TEXT, report("passed"))

    assert certainty(page) == f"measured (2026-12-01, eu-central-1); {certainty(TEXT)}"
    assert "1 rules were measured against AWS, the last on 2026-12-01 in eu-central-1." in page
    assert len(page.splitlines()) == len(TEXT.splitlines())


def test_a_later_run_replaces_the_date() -> None:
    page = updated(updated(TEXT, report("passed")), report("passed", "2027-01-01"))

    assert certainty(page) == f"measured (2027-01-01, eu-central-1); {certainty(TEXT)}"
    assert "the last on 2027-01-01" in page


def test_a_row_that_failed_loses_its_mark() -> None:
    page = updated(updated(TEXT, report("passed")), report("failed"))

    assert certainty(page) == certainty(TEXT)
    assert "No rule was measured against AWS yet." in page
    assert differences(report("failed")) == [FIRST]


@pytest.mark.parametrize("changes_nothing", [report("skipped"), report("passed", row="no-such-row")])
def test_other_rows_stay(changes_nothing: Report) -> None:
    assert updated(TEXT, changes_nothing) == TEXT


def test_a_report_of_an_emulator_measures_nothing() -> None:
    with pytest.raises(NotFromAWSError):
        updated(TEXT, report("passed", in_aws=False))
