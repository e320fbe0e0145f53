"""The judgement of a report of the Autobahn test suite."""

from typing import Any

import pytest

from testing.autobahn.judgement import Difference, judge

BINARY = Difference("1.2.* 9.8.1", 1003, "binary", "a binary message")


def result(behaviour: str, close: str = "OK", code: int = 1000) -> dict[str, Any]:
    return {"behavior": behaviour, "behaviorClose": close, "remoteCloseCode": code}


def test_a_report_without_failures_has_no_faults() -> None:
    report = {"2.1": result("OK"), "3.2": result("NON-STRICT", code=1002), "7.1.6": result("INFORMATIONAL")}

    judgement = judge(report, [BINARY])

    assert judgement.faults == ()
    assert judgement.behaviours == {"OK": 1, "NON-STRICT": 1, "INFORMATIONAL": 1}


@pytest.mark.parametrize(
    "failed", [result("FAILED"), result("UNIMPLEMENTED"), result("OK", "UNCLEAN"), result("OK", "WRONG CODE", 1002)]
)
def test_a_failure_that_the_table_does_not_name_is_a_fault(failed: dict[str, Any]) -> None:
    assert [fault.split(":")[0] for fault in judge({"2.1": failed}, [BINARY]).faults] == ["2.1"]


def test_a_failure_that_the_table_names_is_known() -> None:
    judgement = judge({case: result("FAILED", "FAILED", 1003) for case in ("1.2.1", "9.8.1")}, [BINARY])

    assert judgement.faults == ()
    assert judgement.known == {BINARY: 2}


def test_a_known_failure_with_another_close_code_is_a_fault() -> None:
    assert judge({"1.2.1": result("FAILED", "FAILED", 1002)}, [BINARY]).faults == (
        "1.2.1: FAILED, close FAILED with 1002; the table has 1003",
    )


def test_a_case_that_passes_although_the_table_names_it_is_a_fault() -> None:
    assert judge({"1.2.1": result("OK")}, [BINARY]).faults == ("1.2.1 passes, but the table names it (binary)",)


def test_a_close_frame_may_be_unread_only_where_messages_are_long() -> None:
    long = Difference("1.2.1 9.2.6", 1009, "frame-too-large", "a large frame")
    report = {case: result("FAILED", "FAILED") | {"remoteCloseCode": None} for case in ("1.2.1", "9.2.6")}

    assert [fault.split(":")[0] for fault in judge(report, [long]).faults] == ["1.2.1"]
