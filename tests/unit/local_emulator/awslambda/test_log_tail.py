"""The lines that Lambda itself adds to the log of a call."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from local_emulator.awslambda.invocation import Invocation, Outcome
from local_emulator.awslambda.log_tail import log_of
from local_emulator.awslambda.payload import json_of
from local_emulator.deployment import Function

FUNCTION = Function("Say", "say", "arn:say", "app.say", "python3.13", Path("/code"), log_format="JSON")


def log(system_log_level: str, *, failed: bool = False) -> list[str]:
    function = replace(FUNCTION, system_log_level=system_log_level)
    outcome = Outcome(json_of(None), failed, log="own\n", memory_mb=33)
    return log_of(function, Invocation("r1", outcome, 12.3456)).splitlines()


@pytest.mark.parametrize(
    ("level", "kinds", "kinds_of_a_failure"),
    [
        ("DEBUG", ["platform.start", "own", "platform.report"], ["platform.start", "own", "platform.report"]),
        ("INFO", ["platform.start", "own", "platform.report"], ["platform.start", "own", "platform.report"]),
        ("WARN", ["own"], ["own", "platform.report"]),
    ],
)
def test_the_system_log_level_chooses_lambdas_own_lines_and_leaves_the_functions(
    level: str, kinds: list[str], kinds_of_a_failure: list[str]
) -> None:
    def of(lines: list[str]) -> list[str]:
        return [line if line == "own" else json.loads(line)["type"] for line in lines]

    assert of(log(level)) == kinds
    assert of(log(level, failed=True)) == kinds_of_a_failure


def test_a_report_in_json_has_metrics_and_status() -> None:
    [_, _, report] = log("INFO", failed=True)
    assert json.loads(report)["record"] == {
        "requestId": "r1",
        "metrics": {"durationMs": 12.346, "billedDurationMs": 13, "memorySizeMB": 128, "maxMemoryUsedMB": 33},
        "status": "error",
    }


def test_a_report_in_json_names_a_time_out_and_the_start_comes_before_it() -> None:
    outcome = Outcome.timed_out(FUNCTION, "r1")
    start, *_, report = map(json.loads, _lines_in_json(log_of(FUNCTION, Invocation("r1", outcome, 3000))))

    assert report["record"]["status"] == "timeout"
    assert datetime.fromisoformat(report["time"]) - datetime.fromisoformat(start["time"]) == timedelta(seconds=3)


def _lines_in_json(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("{")]


def test_in_text_there_is_no_level_and_a_last_line_without_an_end_gets_one() -> None:
    function = replace(FUNCTION, log_format="Text", system_log_level="WARN")
    text = log_of(function, Invocation("r1", Outcome(json_of(None), log="own"), 12.3456))
    assert text == (
        "START RequestId: r1 Version: $LATEST\nown\nEND RequestId: r1\n"
        "REPORT RequestId: r1\tDuration: 12.35 ms\tBilled Duration: 13 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 0 MB\t\n"
    )
