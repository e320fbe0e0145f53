"""Notifications of S3, and its events of EventBridge: one object is one upload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.key_pattern import KeyPattern
from domain.update import CreatedObject
from testing.push_events import BUCKET, golden, ignored, items_of, message, notification, refused, updates_of

EVENT_TIME = 1772366398123


def notified(key: str = "uploads/alice/u1", name: str = "ObjectCreated:Put", **stored: Any) -> Any:
    event = golden("s3_notification")
    event["Records"][0]["eventName"] = name
    event["Records"][0]["s3"]["object"] |= {"key": key, **stored}
    return event


def test_a_notification_completes_the_upload_in_its_key() -> None:
    [update] = updates_of(golden("s3_notification"))

    assert (update.user_id, update.upload_id, update.status) == ("auth0|alice", "my holiday+1%.mp4", "completed")
    created = CreatedObject("d41d8cd98f00b204e9800998ecf8427e 1024", "0055AED6DCD90281E5")
    assert update.facts == {"bytesUploaded": 1024, "bytesTotal": 1024}
    assert (update.rev, update.created) == (EVENT_TIME, created)


@pytest.mark.parametrize(
    "through",
    [
        lambda event: {"Records": [message(event)]},
        lambda event: [message(event)],
        lambda event: {"Records": [message(notification(event))]},
        lambda event: {"Records": [{"EventSource": "aws:sns", "Sns": notification(event)}]},
        lambda event: {"updates": [event]},
    ],
    ids=["sqs", "pipes", "sns in sqs", "sns", "list"],
)
def test_a_notification_means_the_same_whatever_brings_it(through: Any) -> None:
    [direct], [wrapped] = items_of(golden("s3_notification")), items_of(through(golden("s3_notification")))

    assert (wrapped.raw, wrapped.announced_at, wrapped.created) == (direct.raw, direct.announced_at, direct.created)


def test_every_record_of_a_notification_is_an_upload() -> None:
    several = {"Records": [*notified("uploads/a/1")["Records"], *notified("uploads/b/2")["Records"]]}

    assert [(one.user_id, one.upload_id) for one in updates_of(several)] == [("a", "1"), ("b", "2")]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_the_key_of_a_notification_is_decoded_once_as_a_form_is(upload_id: str) -> None:
    if upload_id.endswith(("/", ".info", ".part")):
        return

    [update] = updates_of(notified(quote_plus(f"uploads/alice/{upload_id}", safe="/")))

    assert update.upload_id == upload_id


@pytest.mark.parametrize("key", ["uploads%2Falice%2Fu1", "uploads/alice/u1", "%75ploads/alice/u1"])
def test_a_slash_may_be_encoded(key: str) -> None:
    assert updates_of(notified(key))[0].upload_id == "u1"


@pytest.mark.parametrize("key", ["uploads/alice/a+b", "uploads/alice/a%2Bb", "uploads/alice/a%20b"])
def test_the_key_of_an_event_of_eventbridge_is_plain(key: str) -> None:
    event = golden("object_created")
    event["detail"]["object"]["key"] = key

    assert updates_of(event)[0].upload_id == key.removeprefix("uploads/alice/")


@pytest.mark.parametrize("name", ["Put", "Post", "CompleteMultipartUpload"])
def test_each_way_to_upload_counts(name: str) -> None:
    assert len(updates_of(notified(name=f"ObjectCreated:{name}"))) == 1


@pytest.mark.parametrize(
    "event",
    [
        golden("s3_test_event"),
        {"Records": [message(golden("s3_test_event"))]},
        {"Records": [message(notification(golden("s3_test_event")))]},
        *(
            notified(name=name)
            for name in (
                *("ObjectCreated:Copy", "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "ObjectAcl:Put"),
                *("ObjectTagging:Put", "ObjectRestore:Completed", "ReducedRedundancyLostObject", "ObjectCreated:New"),
            )
        ),
        *(golden("object_created") | {"detail-type": kind} for kind in ("Object Tags Added", "Object Deleted")),
        notified("elsewhere/u1"),
        notified("uploads/alice/folder/", size=0),
    ],
    ids=lambda event: str(event)[:60],
)
def test_what_tells_of_no_upload_is_ignored_and_counted(event: Any) -> None:
    assert ignored(event)
    assert ignored(event, bucket=None)


def test_an_empty_object_is_a_whole_upload() -> None:
    [update] = updates_of(notified(size=0))

    assert (update.status, update.facts) == ("completed", {"bytesUploaded": 0, "bytesTotal": 0})


def test_the_file_of_a_tool_counts_only_for_an_upload_that_runs() -> None:
    [update] = updates_of(notified("uploads/alice/u1.info", size=272))

    assert update.only_running


@pytest.mark.parametrize(("pattern", "sequencer"), [("{uploadId}", "0055AED6"), ("{uploadId}/{fileName}", None)])
def test_a_sequencer_counts_where_an_upload_has_one_key(pattern: str, sequencer: str | None) -> None:
    bucket = replace(BUCKET, keys=KeyPattern(f"uploads/{{userId}}/{pattern}"))

    [update] = updates_of(notified("uploads/alice/u1/a.bin", sequencer="0055aed6"), bucket)
    [strange] = updates_of(notified("uploads/alice/u1/a.bin", sequencer="not hex"), bucket)

    assert update.created and strange.created
    assert (update.created.sequencer, strange.created.sequencer) == (sequencer, None)


def test_a_key_that_names_no_possible_user_is_parked_with_the_whole_record() -> None:
    assert refused(notified("uploads/a%25zz/u1")) == [
        ("userId", refused(notified("uploads/a%25zz/u1"))[0][1], notified("uploads/a%25zz/u1"))
    ]


def test_a_notification_comes_again_as_it_came_and_is_the_same_then() -> None:
    whole = {"Records": [*notified("uploads/a/1")["Records"], *notified("uploads/b/2")["Records"]]}

    again = [item.again for item in items_of(whole)]

    assert again == [notified("uploads/a/1"), notified("uploads/b/2")]
    assert updates_of({"Records": [message(again)]}) == updates_of(whole)


def test_a_record_without_a_time_gets_the_time_of_receipt_before_it_comes_again() -> None:
    event = notified()
    del event["Records"][0]["eventTime"]

    [item] = items_of(event)

    assert not item.is_dated
    [again] = items_of(item.again)
    assert again.announced_at == item.received_at
