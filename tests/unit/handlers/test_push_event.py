"""One shape behind every door of push."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.push_batch import check_items
from domain.push_item import PushEvent, PushItem
from domain.timestamps import rfc3339
from domain.update import CreatedObject
from handlers.push_event import read_push_event
from testing.push_events import BUCKET, golden, message
from testing.updates import ANY_JSON, NOW, VALID


def raws(event: PushEvent) -> list[object]:
    return [item.raw for item in event.items]


@pytest.mark.parametrize("event", [VALID, [VALID], {"updates": [VALID]}])
def test_a_direct_invocation_is_one_a_list_or_an_object_with_updates(event: object) -> None:
    assert read_push_event(event, NOW) == PushEvent("direct", (PushItem(VALID, NOW),))


REQUEST = {"disconnect": {"userId": "alice"}}


@pytest.mark.parametrize(
    ("event", "items"),
    [
        ({"updates": [VALID], **REQUEST}, [VALID, REQUEST]),
        ({"updates": [], **REQUEST}, [REQUEST]),
        ({"updates": VALID, **REQUEST}, [VALID, REQUEST]),
        ({"updates": [REQUEST], **VALID}, [REQUEST, VALID]),
        ({**VALID, **REQUEST}, [VALID, REQUEST]),
        ([{**VALID, **REQUEST}, VALID], [VALID, REQUEST, VALID]),
        ({"updates": [{**VALID, **REQUEST}], **VALID, **REQUEST}, [VALID, REQUEST, VALID, REQUEST]),
        ({"updates": [VALID], "note": "of the pipeline"}, [VALID]),
        ({**REQUEST, "note": "of the pipeline"}, [{**REQUEST, "note": "of the pipeline"}]),
    ],
    ids=str,
)
@pytest.mark.parametrize("through", ["direct", "sqs", "eventbridge"])
def test_what_stands_beside_something_else_is_not_passed_over(event: Any, items: list[Any], through: str) -> None:
    whole = {
        "direct": event,
        "sqs": {"Records": [message(event)]},
        "eventbridge": golden("eventbridge") | {"detail": event},
    }

    assert raws(read_push_event(whole[through], NOW)) == items


def test_a_message_of_sqs_has_the_time_that_it_was_sent_at_and_keeps_its_name() -> None:
    event = read_push_event(golden("sqs"), NOW)

    assert event.source == "sqs"
    assert [(item.index, item.received_at, item.message_id) for item in event.items] == [
        (0, 1545082649183, "059f36b4-87a3-44ab-83d2-661975830a7d"),
        (1, 1545082650636, "2e1424d4-f796-459a-8184-9c92662be6da"),
        (2, 1545082650636, "2e1424d4-f796-459a-8184-9c92662be6da"),
    ]
    updates = check_items(event.items).updates
    assert [(one.user_id, one.status, one.rev) for one in updates] == [
        *(("alice", "uploading", 1545082649183), ("alice", "processing", 1545082650636), ("bob", "queued", 7))
    ]


def test_an_event_has_its_own_time() -> None:
    event = read_push_event(golden("eventbridge"), NOW)

    assert event.source == "eventbridge"
    [update] = check_items(event.items).updates
    assert (update.status, update.facts, update.rev) == ("processing", {"phase": "scanning"}, 1513968228000)


def test_an_event_may_tell_several_updates() -> None:
    several = golden("eventbridge") | {"detail": {"updates": [VALID, VALID]}}

    assert raws(read_push_event(several, NOW)) == [VALID, VALID]


def test_an_event_that_came_through_a_queue_is_read_as_if_it_came_by_itself() -> None:
    through = {"Records": [message(golden("eventbridge")), message(golden("object_created"))]}

    event = read_push_event(through, NOW, BUCKET)

    assert [item.said_at for item in event.items] == [1513968228000, 1636675200000]
    assert [item.received_at for item in event.items] == [NOW, NOW]
    assert [update.status for update in check_items(event.items).updates] == ["processing", "completed"]


def test_an_object_that_was_created_completes_its_upload_whatever_the_attempt() -> None:
    [item] = read_push_event(golden("object_created"), NOW, BUCKET).items
    [update] = check_items([item]).updates

    assert (update.user_id, update.upload_id, update.status) == ("auth0|alice", "my holiday+1%.mp4", "completed")
    assert (update.facts, update.rev) == ({"bytesUploaded": 5, "bytesTotal": 5}, 1636675200000)
    assert (update.attempt, update.whole_second) == (None, True)
    assert update.created == CreatedObject("b1946ac92492d2347c6235b4d2611184 5", "617F08299329D189")
    assert item.again == golden("object_created")


@pytest.mark.parametrize("key", ["elsewhere/alice/u1", "uploads/", "", None, 7])
def test_an_object_under_another_key_is_ignored_and_counted(key: object) -> None:
    event = golden("object_created")
    event["detail"]["object"]["key"] = key

    assert read_push_event(event, NOW, BUCKET) == PushEvent("eventbridge", (), 1)
    assert read_push_event(golden("object_created"), NOW, None) == PushEvent("eventbridge", (), 1)


def test_a_key_that_names_no_possible_user_is_reported() -> None:
    event = golden("object_created")
    event["detail"]["object"]["key"] = "uploads/a%zz/u1"

    [invalid] = check_items(read_push_event(event, NOW, BUCKET).items).invalid
    assert (invalid.item.index, invalid.field) == (0, "userId")


def test_an_invocation_that_failed_is_what_it_was_when_it_comes_back_from_the_dead_letter_queue() -> None:
    failed = {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": [VALID, VALID]}

    assert raws(read_push_event({"Records": [message(failed)]}, NOW)) == [VALID, VALID]


@pytest.mark.parametrize(("tries", "waited_ms"), [(1, 0), (2, 60_000), (3, 180_000), (None, 0), ("3", 0)])
def test_an_invocation_that_failed_is_as_old_as_its_record_says_whenever_it_comes_back(
    tries: object, waited_ms: int
) -> None:
    context = {"condition": "RetriesExhausted", "approximateInvokeCount": tries}
    failed = {"timestamp": "2026-03-01T12:00:00.123Z", "requestContext": context, "requestPayload": VALID}

    [item] = read_push_event({"Records": [message(failed, NOW + 86_400_000)]}, NOW + 86_400_000).items

    assert item.is_dated and item.again == VALID | {
        "rev": NOW + 123 - waited_ms,
        "updatedAt": rfc3339(NOW + 123 - waited_ms),
    }


def test_an_event_without_a_rev_comes_again_as_an_event_for_its_time_has_whole_seconds() -> None:
    event = golden("eventbridge") | {"detail": [VALID, VALID | {"rev": NOW}], "unknown": "x" * 10**6}

    coarse, exact = read_push_event(event, NOW).items

    assert coarse.is_dated and exact.is_dated
    assert coarse.again == {name: event[name] for name in ("source", "detail-type", "time")} | {"detail": VALID}
    assert exact.again == VALID | {"rev": NOW}
    [update] = check_items(read_push_event({"Records": [message(coarse.again)]}, NOW + 9).items).updates
    assert (update.rev, update.whole_second) == (1513968228000, True)


def test_an_update_with_a_time_of_its_own_comes_again_as_it_is() -> None:
    said = VALID | {"updatedAt": "2026-03-01T11:59:58Z"}
    [item] = read_push_event({"Records": [message(said)]}, NOW).items

    assert item.is_dated and item.again == said
    [first], [second] = check_items([item]).updates, check_items([PushItem(item.again, NOW + 9000)]).updates
    assert (first.rev, first.whole_second) == (second.rev, second.whole_second) == (NOW - 2000, True)


def test_an_invalid_item_is_parked_with_all_that_it_said_and_its_times() -> None:
    item = PushItem(VALID | {"status": "done", "unknown": 1}, NOW)

    assert item.parked == VALID | {"status": "done", "unknown": 1, "rev": NOW, "updatedAt": rfc3339(NOW)}
    others: list[Any] = [7, "x", [1], {"disconnect": {}}]
    assert [PushItem(raw, NOW).parked for raw in others] == others


@pytest.mark.parametrize(
    ("key", "reason", "only_running"),
    [("u1", "PutObject", False), ("u1.info", "PutObject", True), ("u1.part", "CompleteMultipartUpload", True)],
)
def test_an_object_under_an_ignored_suffix_counts_only_for_what_runs(key: str, reason: str, only_running: bool) -> None:
    event = golden("object_created")
    event["detail"] |= {"reason": reason, "object": {"key": f"uploads/alice/{key}", "size": 5, "eTag": "e"}}

    [item] = read_push_event(event, NOW, BUCKET).items

    assert (item.created, item.only_running) == (CreatedObject("e 5"), only_running)


@pytest.mark.parametrize(
    "change", [{"reason": "CopyObject"}, {"object": {"key": "uploads/alice/folder/", "size": 0}}], ids=str
)
def test_a_copy_and_a_folder_are_ignored_and_counted(change: dict[str, Any]) -> None:
    event = golden("object_created")
    event["detail"] |= change

    assert read_push_event(event, NOW, BUCKET) == PushEvent("eventbridge", (), 1)


@pytest.mark.parametrize("body", ["no JSON", "", "[" * 100_000, "7"])
def test_a_message_that_is_no_update_is_an_item_all_the_same(body: str) -> None:
    batch = check_items(read_push_event({"Records": [message(VALID), message(body)]}, NOW).items)

    assert len(batch.updates) == 1
    assert [(one.item.index, one.field) for one in batch.invalid] == [(1, "update")]


def test_what_is_to_come_again_brings_its_times_and_leaves_what_nobody_knows() -> None:
    item = PushItem(VALID | {"unknown": "x" * 10**6, "attempt": None}, NOW)

    again = item.again
    assert again == VALID | {"attempt": None, "rev": NOW, "updatedAt": "2026-03-01T12:00:00.000Z"}
    [first], [second] = check_items([item]).updates, check_items([PushItem(again, NOW + 9)]).updates
    assert (first.rev, first.updated_at, first.attempt) == (second.rev, second.updated_at, second.attempt)
    assert PushItem(VALID | {"rev": 7}, NOW).again == VALID | {"rev": 7}  # it is its time, too


PARTS = st.sampled_from(
    [
        *("Records", "eventSource", "body", "attributes", "messageId", "SentTimestamp", "updates", "disconnect"),
        *("source", "detail-type", "detail", "time", "object", "key", "size", "bucket", "userId", "s3", "eventName"),
        *("Type", "Message", "TopicArn", "Event", "Sns", "EventSource", "requestContext", "requestPayload", "status"),
        *("responsePayload", "condition", "functionArn", "input", "userMetadata", "jobProgress", "timestamp"),
        *("s3ObjectDetails", "objectKey", "scanResultDetails", "outputGroupDetails", "startDate", "executionArn"),
    ]
)
WORDS = st.sampled_from(
    [
        *("aws:sqs", "aws:s3", "aws:sns", "aws.s3", "aws.guardduty", "aws.mediaconvert", "aws.states", "lambda"),
        *("Object Created", "GuardDuty Malware Protection Object Scan Result", "MediaConvert Job State Change"),
        *("Step Functions Execution Status Change", "Notification", "s3:TestEvent", "ObjectCreated:Put", "Success"),
        *("RUNNING", "ERROR", "COMPLETE", "uploads/a/b", "[]", "{}", "1", "2026-03-01T12:00:00Z"),
    ]
)
EVENTS_OF_ANY_SHAPE = st.recursive(
    ANY_JSON | WORDS | st.just(VALID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PARTS, inner, max_size=5),
    max_leaves=15,
)


@given(EVENTS_OF_ANY_SHAPE)
def test_no_event_breaks_the_reader_and_every_item_is_taken_or_reported_once(event: object) -> None:
    read = read_push_event(event, NOW, BUCKET)

    batch = check_items(read.items)
    places = [one.index for kind in (batch.updates, batch.requests) for one in kind]
    places += [one.item.index for one in batch.invalid]
    assert sorted(places) == [item.index for item in read.items] == list(range(len(read.items)))
    assert all(json.dumps(read.items[update.index].again) for update in batch.updates)
