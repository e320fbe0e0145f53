"""The price of daily uploaders stands on what is counted and on what the template deploys."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from benchmarks.cost import uploaders
from benchmarks.cost.cost import Hour
from benchmarks.prediction.replay import Sent
from benchmarks.prediction.traces import Trace
from testing.prices import PRICES
from testing.translator import OWN, ROOT, Evaluator, translated

UPDATES = [
    Sent(60.0 * number, {"userId": "ann", "uploadId": "upload-1", "status": status, "bytesUploaded": number}, False)
    for number, status in enumerate(("uploading", "uploading", "completed"), 1)
]
NOTHING = Hour(dict.fromkeys(PRICES, 0.0), Counter())


@pytest.fixture(scope="module")
def slow() -> dict[str, float]:
    return uploaders.visit(partial(uploaders.push, UPDATES), NOTHING)


def test_a_visit_is_the_handshake_the_greeting_and_a_message_for_each_update(slow: dict[str, float]) -> None:
    updates = len(UPDATES)
    greeting = 3  # hello, welcome, snapshot
    kept = slow["messages"] - updates - greeting
    assert 0 <= kept <= 20  # pings and warnings, and the answers to them
    assert slow["connection_minutes"] == uploaders.VISIT_MINUTES
    assert (
        slow["invocations"] >= updates + uploaders.VISIT_MINUTES + 4
    )  # sweeps; authorizer, connect, hello, disconnect


def test_a_report_of_a_page_costs_a_message_its_answer_and_one_to_each_other_page() -> None:
    trace = Trace("steady", "test", 1000, [(30.5, 500), (60.5, 250), (90.5, 250)])
    alone, two = [uploaders.visit(partial(uploaders.reported_by_page, trace), NOTHING, pages) for pages in (1, 2)]
    reports, greeting = 3, 3
    assert 0 <= alone["messages"] - 2 * reports - greeting <= 20  # pings and warnings, and the answers to them
    assert 0 <= two["messages"] - 3 * reports - 2 * greeting <= 40
    assert two["connection_minutes"] == 2 * alone["connection_minutes"]


def test_everything_that_has_a_price_is_in_one_row(slow: dict[str, float]) -> None:
    assert sorted(name for names in uploaders.DRIVERS.values() for name in names) == sorted(PRICES)
    assert slow.keys() == PRICES.keys()
    assert all(amount > 0 for amount in slow.values())


def test_ten_times_as_many_people_cost_ten_times_as_much(slow: dict[str, float]) -> None:
    few, many = uploaders.month(1_000, slow), uploaders.month(10_000, slow)
    assert many == pytest.approx({label: 10 * amount for label, amount in few.items()})


def test_as_many_metrics_are_paid_for_as_alarms_look_at() -> None:
    aws = Evaluator(translated(ROOT / "template.yaml"), OWN)
    alarms = [alarm for _, alarm in aws.resources("AWS::CloudWatch::Alarm")]
    looked_at = [sum("MetricStat" in one for one in alarm.get("Metrics", [])) or 1 for alarm in alarms]
    assert sum(looked_at) == uploaders.ALARM_METRICS
