"""Envelopes of AWS around updates and around the events of services."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.push_batch import check_items
from handlers.event_items import MAX_ENVELOPES, EventItems
from handlers.push_event import read_push_event
from testing.push_events import BUCKET, golden, items_of, message, notification, refused, updates_of
from testing.updates import NOW, VALID


@pytest.mark.parametrize(
    ("event", "source"),
    [
        (VALID, "direct"),
        ([golden("s3_notification")], "s3"),  # of a pipe with an input template
        ([VALID, golden("s3_notification")], "direct"),
        (golden("kinesis"), "kinesis"),
        (golden("kinesis_of_a_pipe"), "kinesis"),
        (golden("dynamodb"), "dynamodb"),
        (golden("dynamodb")["Records"], "dynamodb"),
        ({"Records": [message(golden("s3_notification"))]}, "sqs"),
        ([message(VALID), message(VALID)], "sqs"),
        ([], "direct"),
        (golden("s3_notification"), "s3"),
        (golden("s3_test_event"), "s3"),
        (golden("sns"), "sns"),
        (golden("media_convert"), "eventbridge"),
        (golden("lambda_destination"), "lambda"),
    ],
)
def test_the_sender_is_known_so_that_what_no_caller_reads_is_parked(event: Any, source: str) -> None:
    assert read_push_event(event, NOW, BUCKET).source == source


@pytest.mark.parametrize("event", [golden("sns"), {"Records": [message(notification(VALID))]}], ids=["sns", "in sqs"])
def test_an_update_in_a_message_of_sns_has_the_time_of_the_message(event: Any) -> None:
    [update] = updates_of(event)
    [item] = items_of(event)

    assert update.rev == NOW - 500
    assert item.is_dated and updates_of(item.again)[0].rev == NOW - 500


@pytest.mark.parametrize("text", ["no JSON", "", "[" * 100_000, None, 7])
def test_a_message_of_sns_that_is_no_update_is_reported(text: Any) -> None:
    event = golden("sns")
    event["Records"][0]["Sns"]["Message"] = text

    assert [(field, reason) for field, reason, _ in refused(event)] == [("update", "must be an object")]


def test_a_list_in_a_message_of_sns_is_as_many_items() -> None:
    assert len(updates_of(notification({"updates": [VALID, VALID]}))) == 2


def test_a_record_of_another_service_is_reported_and_does_not_cost_the_others() -> None:
    stream = {"eventSource": "aws:dynamodb", "dynamodb": {}}
    mixed = {"Records": [stream, *golden("s3_notification")["Records"], 7]}

    batch = check_items(items_of(mixed))

    assert [one.field for one in batch.invalid] == ["userId", "update"]
    assert [one.upload_id for one in batch.updates] == ["my holiday+1%.mp4"]


def test_a_message_of_sqs_in_another_event_is_opened_and_beside_other_records_is_none_of_a_batch() -> None:
    sent = message(json.dumps(VALID), sent_at=NOW + 10**9)

    for event in (sent, {"Records": [sent, golden("s3_notification")["Records"][0]]}, [sent, VALID], [VALID, sent]):
        pushed = read_push_event(event, NOW, BUCKET)
        assert pushed.source != "sqs" and all(item.message is None for item in pushed.items)
        [first, *_] = (one for one in check_items(pushed.items).updates if one.upload_id == "u1")
        assert first.received_at == first.ordered_at == NOW


def wrapped(depth: int) -> Any:
    event: Any = VALID
    for _ in range(depth):
        event = notification(event)
    return event


def test_envelopes_are_opened_to_a_limit() -> None:
    assert updates_of(wrapped(MAX_ENVELOPES))[0].upload_id == "u1"
    assert [field for field, *_ in refused(wrapped(MAX_ENVELOPES + 1))] == ["userId"]


@pytest.mark.parametrize("name", ["s3_notification", "malware_scan", "state_machine", "lambda_destination"])
def test_an_event_of_a_service_is_read_through_a_rule_to_a_topic_to_a_queue_to_a_pipe(name: str) -> None:
    whole = [message(json.dumps(notification(golden(name))))]

    assert [one.upload_id for one in updates_of(whole)] == [one.upload_id for one in updates_of(golden(name))]


def test_without_a_bucket_events_of_objects_are_ignored() -> None:
    for name in ("s3_notification", "object_created", "malware_scan"):
        assert list(EventItems().read(golden(name), NOW)) == [None]
