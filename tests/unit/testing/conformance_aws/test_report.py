"""The report of a run on AWS."""

import json

from hypothesis import given
from hypothesis import strategies as st

from testing.conformance_aws.report import QUESTIONS, Report, TestResult, in_order_of_questions, redacted, results_of
from tests.conformance.test_rows import ROWS

RESULTS = st.builds(
    TestResult, st.sampled_from("abc"), st.text("xyz", max_size=3), st.sampled_from(["passed", "failed", "skipped"])
)


def report(*results: TestResult, in_aws: bool = True) -> Report:
    return Report("2026-12-01", "eu-central-1", "abc1234", in_aws, True, results)


@given(st.lists(RESULTS))
def test_a_row_passes_only_if_all_of_its_tests_passed(results: list[TestResult]) -> None:
    outcomes = report(*results).outcomes()

    for row, outcome in outcomes.items():
        own = {result.outcome for result in results if result.row == row}
        assert (outcome == "passed") == (own == {"passed"})
        assert (outcome == "failed") == ("failed" in own)


@given(st.lists(RESULTS))
def test_a_report_survives_json(results: list[TestResult]) -> None:
    assert Report.from_json(json.loads(json.dumps(report(*results).as_json()))) == report(*results)


def test_a_test_that_did_not_run_leaves_its_row_skipped_and_the_run_incomplete() -> None:
    lines = [TestResult("a", "one", "not run"), TestResult("a", "two", "not run"), TestResult("a", "one", "passed")]
    cut = report(*results_of(line.as_json() for line in lines))

    assert cut.outcomes() == {"a": "skipped"}
    assert not cut.is_complete
    assert "The run was cut." in cut.as_markdown()


def test_failed_rows_come_first_with_their_message() -> None:
    text = report(TestResult("a", "t", "passed"), TestResult("b", "t", "failed", "assert 1 |\n 2")).as_markdown()

    assert text.index("| `b` | failed | assert 1 \\| 2 |") < text.index("| `a` | passed |")


def test_every_question_is_a_row_and_comes_before_the_others() -> None:
    assert set(QUESTIONS) <= {row.id for row in ROWS}
    assert sorted(["post", *QUESTIONS], key=in_order_of_questions) == [*QUESTIONS, "post"]


def test_signatures_tokens_and_keys_leave_a_message() -> None:
    message = "wss://x/live?X-Amz-Signature=abc&X-Amz-Security-Token=def&a=b, api_key='ghi', {'x-api-key': 'jkl'}"

    shown = redacted(message)
    assert not any(secret in shown for secret in ("abc", "def", "ghi", "jkl"))
    assert "a=b" in shown
