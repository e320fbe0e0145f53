"""docs/operations.md says what the template and the functions really do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.telemetry import METRICS
from testing.translator import OWN, ROOT, Evaluator, translated

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
NAMESPACE = "UploadProgress/local"
GATEWAY = {"Name": "ApiId", "Value": "<Gateway>"}


@pytest.fixture(scope="module")
def aws() -> Any:
    return Evaluator(translated(ROOT / "template.yaml"), OWN, {"AWS::StackName": "local", "AWS::Region": "us-east-1"})


@pytest.fixture(scope="module")
def alarms(aws: Any) -> dict[str, Any]:
    return dict(aws.resources("AWS::CloudWatch::Alarm"))


def section(heading: str) -> str:
    found = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found, f"no section {heading}"
    return found[1]


def test_every_alarm_has_its_paragraph_and_every_paragraph_its_alarm(alarms: dict[str, Any]) -> None:
    assert set(re.findall(r"^### (\w+Alarm)$", DOCUMENT, re.MULTILINE)) == set(alarms)
    for name in alarms:
        assert len(section(name).split()) > 40


def test_every_metric_stands_in_the_table_with_its_unit() -> None:
    assert dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", DOCUMENT, re.MULTILINE)) == METRICS


def queries(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm looks at, alone or in an expression."""
    if "Metrics" not in alarm:
        return [alarm]
    return [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]


def test_alarms_look_at_metrics_that_there_are(alarms: dict[str, Any], aws: Any) -> None:
    functions = {f"<{name}>" for name, _ in aws.resources("AWS::Lambda::Function")}
    for alarm in alarms.values():
        for metric in queries(alarm):
            if metric["Namespace"] == NAMESPACE:
                assert metric["MetricName"] in METRICS and "Dimensions" not in metric
            elif metric["Namespace"] == "AWS/Lambda":
                assert {one["Value"] for one in metric["Dimensions"]} <= functions
            elif metric["Namespace"] == "AWS/ApiGateway":
                assert (metric["MetricName"], metric["Dimensions"]) == ("MessageCount", [GATEWAY])
            else:
                assert metric["Namespace"] == "AWS/SQS"


def test_no_refused_token_counts_as_a_failure_of_the_authorizer(alarms: dict[str, Any]) -> None:
    alarm = alarms["AuthorizerFailuresAlarm"]
    by_id = {query["Id"]: query for query in alarm["Metrics"]}
    assert by_id["failures"]["Expression"] == "errors - FILL(refused, 0)"
    assert by_id["refused"]["MetricStat"]["Metric"]["MetricName"] == "HandshakesUnauthorized"
    assert [query["Id"] for query in alarm["Metrics"] if query.get("ReturnData", True)] == ["failures"]


def test_slow_handshakes_are_the_sum_of_both_functions_below_the_patience_of_clients(alarms: dict[str, Any]) -> None:
    alarm = alarms["HandshakeDurationAlarm"]
    assert alarm["Metrics"][0]["Expression"] == "authorizer + connect"
    assert [query["MetricStat"]["Stat"] for query in alarm["Metrics"][1:]] == ["p99", "p99"]
    assert alarm["Threshold"] < 4000


def test_throttles_of_every_function_are_looked_at(alarms: dict[str, Any], aws: Any) -> None:
    named = {one["Value"] for metric in queries(alarms["ThrottlesAlarm"]) for one in metric["Dimensions"]}
    assert named == {f"<{name}>" for name, _ in aws.resources("AWS::Lambda::Function")}


def test_slow_deliveries_alarm_by_their_99th_percentile_and_not_by_a_single_one(alarms: dict[str, Any]) -> None:
    alarm = alarms["PushLatencyAlarm"]
    assert (alarm["MetricName"], alarm["ExtendedStatistic"], alarm["Threshold"]) == ("PushLatency", "p99", 2000)
    assert (alarm["EvaluateLowSampleCountPercentile"], alarm["DatapointsToAlarm"]) == ("ignore", 2)


@pytest.mark.parametrize("rate", ["1", "750"])
def test_the_budget_of_messages_is_a_parameter(aws: Any, rate: str) -> None:
    chosen = dict(Evaluator(aws.document, OWN | {"AlarmMessagesPerSecond": rate}).resources("AWS::CloudWatch::Alarm"))
    alarm = chosen["MessageRateAlarm"]
    assert (alarm["Threshold"], alarm["Metrics"][0]["Expression"]) == (rate, "messages / PERIOD(messages)")


def test_a_sweep_that_never_runs_is_late(alarms: dict[str, Any]) -> None:
    assert alarms["SweepLagAlarm"]["TreatMissingData"] == "breaching"


def test_alarms_tell_the_topic_and_nobody_without_one(aws: Any) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:operators"
    told = Evaluator(aws.document, OWN | {"AlarmTopicArn": topic})
    for _, alarm in told.resources("AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
    for _, alarm in aws.resources("AWS::CloudWatch::Alarm"):
        assert "AlarmActions" not in alarm


def test_alarms_and_dashboard_can_be_left_out(aws: Any) -> None:
    without = Evaluator(aws.document, OWN | {"EnableAlarms": "false"})
    assert not [*without.resources("AWS::CloudWatch::Alarm"), *without.resources("AWS::CloudWatch::Dashboard")]


def test_the_dashboard_is_json_and_shows_every_metric(aws: Any) -> None:
    [(_, dashboard)] = aws.resources("AWS::CloudWatch::Dashboard")
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = {name for name in METRICS if any(f'"{name}"' in said(widget) for widget in widgets)}
    assert shown == set(METRICS)
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(places) == len(set(places)) and all(widget["x"] + widget["width"] <= 24 for widget in widgets)


def said(widget: dict[str, Any]) -> str:
    """The widget's text; names within a SEARCH stand between quotes of their own."""
    return json.dumps(widget).replace('\\"', '"')
