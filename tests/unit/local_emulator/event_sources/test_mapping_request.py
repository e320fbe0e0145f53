from __future__ import annotations

from typing import Any

import pytest

from local_emulator.deployment import EventSource, StreamSource
from local_emulator.event_sources.mapping_request import (
    InvalidMappingError,
    changed,
    configuration,
    source_of_request,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/rows/stream/2026-01-01T00:00:00.000"
FILTERS = {"Filters": [{"Pattern": '{"body": ["x"]}'}]}


def test_a_queue_has_its_settings_and_lambdas_defaults() -> None:
    source = source_of_request({"EventSourceArn": QUEUE, "BatchSize": 3, "FilterCriteria": FILTERS}, "F")

    assert isinstance(source, EventSource)
    assert (source.logical_id, source.batch_size, source.window_seconds, source.enabled) == ("jobs", 3, 0, True)
    assert source.filters.texts == ('{"body": ["x"]}',)


def test_a_stream_has_its_settings() -> None:
    asked = {
        "EventSourceArn": STREAM,
        "StartingPosition": "TRIM_HORIZON",
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "Enabled": False,
    }
    source = source_of_request(asked, "F")

    assert isinstance(source, StreamSource)
    assert (source.table_name, source.batch_size, source.max_retries, source.bisect) == ("rows", 100, 0, True)
    answer = configuration("id", source, "arn", 1.0)
    assert {name: answer[name] for name in asked if name != "Enabled"} == {
        k: v for k, v in asked.items() if k != "Enabled"
    }
    assert answer["State"] == "Disabled"


def test_an_update_changes_what_it_names_alone() -> None:
    source = source_of_request({"EventSourceArn": QUEUE, "BatchSize": 3, "FilterCriteria": FILTERS}, "F")

    other = changed(source, {"Enabled": False})
    assert (other.batch_size, other.enabled, other.filters.texts) == (3, False, source.filters.texts)
    assert changed(source, {"FilterCriteria": {"Filters": []}}).filters.texts == ()


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "Event source ARN is required"),
        ({"EventSourceArn": "arn:aws:kinesis:x:1:stream/s"}, "Unrecognized event source"),
        ({"EventSourceArn": STREAM}, "startingPosition"),
        (
            {"EventSourceArn": QUEUE, "FilterCriteria": {"Filters": [{"Pattern": "no"}]}},
            "Invalid filter pattern definition",
        ),
    ],
)
def test_what_lambda_refuses_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidMappingError, match=reason):
        source_of_request(asked, "F")
