"""Lines of the log that bear metrics are documents of the embedded metric format."""

from __future__ import annotations

import json
import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.telemetry import METRICS, Metrics, log, log_failure, spread
from testing.embedded_metrics import lines, published

METRICS_OF_A_STACK = Metrics("UploadProgress/a-stack")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_one_line_is_both_the_log_and_the_metrics(caplog: pytest.LogCaptureFixture) -> None:
    log("swept", shard=3, **METRICS_OF_A_STACK.of(SweepDuration=812, SweepBacklog=0))

    [line] = lines(caplog.records)
    assert (line["message"], line["level"], line["shard"], line["SweepDuration"]) == ("swept", "INFO", 3, 812)
    assert abs(line["_aws"]["Timestamp"] - time.time() * 1000) < 60_000
    assert published(caplog.records) == {
        ("UploadProgress/a-stack", "SweepDuration", None): [812],
        ("UploadProgress/a-stack", "SweepBacklog", None): [0],
    }


def test_a_metric_may_be_told_apart_by_a_fact_of_its_line(caplog: pytest.LogCaptureFixture) -> None:
    log("closed", reason="idle_timeout", **METRICS_OF_A_STACK.of(by="reason", ConnectionsClosed=1))

    assert published(caplog.records) == {
        ("UploadProgress/a-stack", "ConnectionsClosed", None): [1],
        ("UploadProgress/a-stack", "ConnectionsClosed", "idle_timeout"): [1],
    }


def test_a_failure_may_be_counted_too(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise OSError("disk")
    except OSError:
        log_failure("message_failed", **METRICS_OF_A_STACK.of(MessagesFailed=1))

    [line] = lines(caplog.records)
    assert (line["errorType"], line["errorMessage"]) == ("OSError", "disk")
    assert published(caplog.records)[("UploadProgress/a-stack", "MessagesFailed", None)] == [1]


def test_every_metric_is_of_the_format(caplog: pytest.LogCaptureFixture) -> None:
    log("all", **METRICS_OF_A_STACK.of(**dict.fromkeys(METRICS, 1)))

    assert {name for _, name, _ in published(caplog.records)} == set(METRICS)


def test_a_metric_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        METRICS_OF_A_STACK.of(ConectionsOpened=1)


@given(st.lists(st.integers(0, 10**9), max_size=500))
def test_of_many_values_a_hundred_are_kept_from_the_least_to_the_greatest(values: list[int]) -> None:
    kept = spread(values)

    assert len(kept) == min(100, len(values)) and kept == sorted(kept)
    assert set(kept) <= set(values)
    if values:
        assert (kept[0], kept[-1]) == (min(values), max(values))
        middle = sorted(values)[len(values) // 2]
        below, above = sum(value < middle for value in values), sum(value > middle for value in values)
        share_below = sum(value < middle for value in kept) / len(kept)
        share_above = sum(value > middle for value in kept) / len(kept)
        assert abs(share_below - below / len(values)) <= 0.02 and abs(share_above - above / len(values)) <= 0.02


def test_a_line_is_json_whatever_its_facts_are(caplog: pytest.LogCaptureFixture) -> None:
    log("x", path=b"\xff", text="\ud800", **METRICS_OF_A_STACK.of(PushLatency=[], SendsGone=2))

    assert published(caplog.records) == {("UploadProgress/a-stack", "SendsGone", None): [2]}
    assert json.dumps(lines(caplog.records))
