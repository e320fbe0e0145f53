"""Records of Kinesis and DynamoDB streams, whose contents are updates or events."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from handlers.push_event import read_push_event
from testing.push_events import golden, ignored, items_of, message, refused, updates_of
from testing.updates import NOW, VALID


def kinesis(content: object, **fields: Any) -> dict[str, Any]:
    [record] = golden("kinesis_of_a_pipe")
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return record | {"data": base64.b64encode(text).decode(), **fields}


def dynamodb(**change: Any) -> dict[str, Any]:
    record = golden("dynamodb")["Records"][0]
    return record | {"dynamodb": record["dynamodb"] | change}


@pytest.mark.parametrize("name", ["kinesis", "kinesis_of_a_pipe"])
def test_the_data_of_a_record_is_an_update_with_the_time_of_its_arrival(name: str) -> None:
    [update] = updates_of(golden(name))

    assert (update.user_id, update.upload_id, update.facts) == ("alice", "holiday-1", {"bytesUploaded": 42})
    assert (update.rev, update.whole_second) == (NOW - 13, False)


@pytest.mark.parametrize("as_list", [False, True], ids=["mapping", "pipe"])
def test_a_new_row_is_an_update_and_a_deleted_one_is_none(as_list: bool) -> None:
    event = golden("dynamodb")["Records"] if as_list else golden("dynamodb")
    [update] = updates_of(event)

    assert (update.user_id, update.upload_id, update.status) == ("alice", "holiday-1", "processing")
    assert update.facts == {"phase": "scanning", "phasePercent": 12.5}
    assert (update.rev, update.whole_second) == (NOW - 1000, True)
    assert read_push_event(event, NOW).ignored == 1


@pytest.mark.parametrize("name", ["kinesis", "dynamodb"])
def test_an_update_of_a_stream_means_the_same_when_it_comes_again(name: str) -> None:
    [item] = items_of(golden(name))
    [first], [again] = updates_of(golden(name)), updates_of({"Records": [message(item.again)]})

    assert (again.rev, again.whole_second, again.facts) == (first.rev, first.whole_second, first.facts)


def test_data_holds_all_that_push_reads() -> None:
    assert len(updates_of([kinesis([VALID, VALID]), kinesis({"updates": [VALID]})])) == 3
    assert updates_of([kinesis(golden("s3_notification"))])[0].upload_id == "my holiday+1%.mp4"
    event = golden("eventbridge") | {"source": "Pipe jobs", "detail": kinesis(VALID)}
    assert updates_of(event)[0].rev == NOW - 13


def test_times_that_are_none_count_as_the_receipt() -> None:
    for time in (None, "now", -1, float("nan"), 10**30):
        assert updates_of([kinesis(VALID, approximateArrivalTimestamp=time)])[0].rev == NOW


@pytest.mark.parametrize(
    "record",
    [
        kinesis(b"no JSON"),
        kinesis(b"\xff\xfe"),
        kinesis(VALID) | {"data": "not base64"},
        kinesis(VALID) | {"data": None},
        kinesis(VALID) | {"data": 7},
        dynamodb(NewImage={"userId": {"S": "alice"}}),
        dynamodb(NewImage=None),
        dynamodb(NewImage={"userId": "alice"}),
        dynamodb(NewImage={"userId": {}}),
        {"eventSource": "aws:dynamodb"},
    ],
)
def test_a_record_that_is_no_update_is_reported_and_does_not_cost_the_others(record: Any) -> None:
    assert len(refused([record, kinesis(VALID)])) == 1


def test_a_batch_of_deleted_rows_is_ignored() -> None:
    assert ignored([golden("dynamodb")["Records"][1]])
