"""What pipelines say is stored, told to every connection of the user, and accounted for."""

import json
import logging
import os
import random
import time
from dataclasses import replace
from typing import Any

import boto3
import pytest

from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, push
from infra.dynamodb.attribute_values import to_item
from testing import gateway_events
from testing.lambda_context import Context
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

COUNTS = [
    *("received", "invalid", "ignored", "expired", "stale", "duplicate", "conflated"),
    *("delivered", "pending", "gone", "failed", "queued", "closed"),
]
NONSENSE: list[Any] = [None, 7, "x", [], {}, {"userId": "alice"}, float("nan"), {"uploadId": []}, "\ud800", 10**400]
BEGAN = int(time.time() * 1000) - 60_000


def at(step: int) -> int:
    """A rev: so many milliseconds after the pipeline began, which was a minute ago."""
    return BEGAN + step


def said(upload_id: str = "u1", user_id: str = "alice", **fields: Any) -> dict[str, Any]:
    return {"userId": user_id, "uploadId": upload_id, "status": "uploading", **fields}


def handle(event: Any) -> dict[str, Any]:
    """The counts that are not zero, and the errors if there are any; the answer must survive JSON."""
    answer = push.handler(event, Context())
    assert json.loads(json.dumps(answer)) == answer
    assert [*answer] == [*COUNTS, "errors"]
    return {name: value for name, value in answer.items() if value}


def connected(connection_id: str = "A=", user_id: str = "alice", *, age_ms: int = 60_000, **fields: Any) -> None:
    now = int(time.time() * 1000)
    made = new_connection(
        user_id, connection_id, connected_at=now - age_ms, token_expires_at=now + 3_600_000, limits=ConnectionLimits()
    )
    bootstrap.connections().add(replace(made, **fields))


def told(management: StubManagement, connection_id: str = "A=") -> list[dict[str, Any]]:
    return [message["upload"] for message in management.sent_to(connection_id)]


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"updates": [one]}])
def test_one_update_a_list_or_an_object_with_updates(management: StubManagement, wrap: Any) -> None:
    connected()

    assert handle(wrap(said(bytesUploaded=5, bytesTotal=10))) == {"received": 1, "delivered": 1}

    [message] = management.sent_to("A=")
    assert (message["type"], message["channel"]) == ("status", "/user/alice/upload-progress")
    assert message["upload"]["percent"] == 50
    assert [state.percent for state in bootstrap.uploads().of_user("alice")] == [50]


def test_a_state_is_stored_although_nobody_watches() -> None:
    assert handle([said("u1"), said("u2")]) == {"received": 2}
    assert {state.upload_id for state in bootstrap.uploads().of_user("alice")} == {"u1", "u2"}


@pytest.mark.parametrize("event", [[], {"updates": []}])
def test_nothing_is_nothing(event: Any) -> None:
    assert handle(event) == {}


@pytest.mark.parametrize("event", [None, 7, "text", {}, {"updates": None}, {"updates": "text"}, {"updates": 7}])
def test_an_event_of_another_shape_is_one_invalid_item(event: Any) -> None:
    answer = handle(event)

    assert (answer["received"], answer["invalid"]) == (1, 1)
    assert [error["index"] for error in answer["errors"]] == [0]


def test_updates_that_are_no_list_are_called_so() -> None:
    [error] = handle({"updates": "text"})["errors"]

    assert error == {"index": 0, "field": "update", "reason": "must be an object"}


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        ({"status": "done"}, "status"),
        ({"bytesUploaded": -1}, "bytesUploaded"),
        ({"bytesUploaded": float("nan")}, "bytesUploaded"),
        ({"bytesTotal": float("inf")}, "bytesTotal"),
        ({"bytesUploaded": 11, "bytesTotal": 10}, "bytesUploaded"),
        ({"bytesUploaded": 10**400}, "bytesUploaded"),
        ({"userId": None}, "userId"),
        ({"userId": ".."}, "userId"),
        ({"fileName": "\ud800"}, "fileName"),
    ],
    ids=str,
)
def test_an_invalid_item_is_named_and_does_not_cost_the_others(
    management: StubManagement, spoiled: dict[str, Any], field: str
) -> None:
    connected()

    answer = handle([said("u1"), said("bad") | spoiled, said("u2")])

    [error] = answer.pop("errors")
    assert (error["index"], error["field"]) == (1, field) and error["reason"]
    assert answer == {"received": 3, "invalid": 1, "delivered": 2}
    assert sorted(upload["uploadId"] for upload in told(management)) == ["u1", "u2"]


def test_5_mb_of_nonsense_do_not_cost_the_one_good_item(management: StubManagement) -> None:
    connected()
    nonsense = [NONSENSE[number % len(NONSENSE)] for number in range(5000)]
    nonsense.append("x" * 5_000_000)
    nonsense.append(said("bad", message="x" * 5_000_000))
    nonsense.append(said("bad", result={"x" * 5_000_000: 1}))

    answer = handle([*nonsense, said("good")])

    assert [error["index"] for error in answer["errors"]] == list(range(1000))
    assert (answer["received"], answer["invalid"], answer["delivered"]) == (5004, 5003, 1)
    assert len(json.dumps(answer)) < 1_000_000
    assert [upload["uploadId"] for upload in told(management)] == ["good"]


def test_what_dynamodb_cannot_hold_does_not_cost_the_others() -> None:
    assert handle([said("u1", result={"n": 1e300, "": "empty"}), said("u2")]) == {"received": 2}


def test_only_the_newest_state_of_each_upload_is_stored_and_told(management: StubManagement) -> None:
    connected()
    batch = [said("u1", rev=at(rev), bytesUploaded=rev) for rev in (3, 1, 2)] + [said("u2", rev=at(1))]

    assert handle(batch) == {"received": 4, "conflated": 2, "delivered": 2}

    assert sorted((upload["uploadId"], upload["rev"]) for upload in told(management)) == [("u1", at(3)), ("u2", at(1))]


def test_a_duplicate_is_told_again_as_it_is_stored_and_a_stale_one_is_not(management: StubManagement) -> None:
    connected()
    handle(said(rev=at(5), bytesUploaded=5, status="paused"))

    assert handle(said(rev=at(5), bytesUploaded=9)) == {"received": 1, "duplicate": 1, "delivered": 1}
    assert handle(said(rev=at(4), bytesUploaded=9)) == {"received": 1, "stale": 1}

    first, again = told(management)
    assert first == again and again["bytesUploaded"] == 5


def test_updates_without_a_rev_go_by_their_place_in_the_batch(management: StubManagement) -> None:
    connected()

    handle([said(bytesUploaded=1), said(bytesUploaded=2), said(status="completed", bytesUploaded=3)])

    [upload] = told(management)
    assert (upload["status"], upload["percent"]) == ("completed", 100)
    assert abs(upload["rev"] - time.time() * 1000) < 60_000


def test_the_first_word_of_a_status_is_status_and_all_further_are_progress(management: StubManagement) -> None:
    connected()
    for rev, status in enumerate(["queued", "uploading", "uploading", "uploading", "completed"], 1):
        handle(said(rev=at(rev), status=status))

    assert [message["type"] for message in management.sent_to("A=")] == [
        *("status", "status", "progress", "progress", "status")
    ]


def test_two_users_with_200_updates_each_interleaved_never_hear_of_each_other(management: StubManagement) -> None:
    owner = {f"{user}{tab}=": user for user in ("alice", "bob") for tab in (1, 2)}
    for connection_id, user in owner.items():
        connected(connection_id, user)
    updates = [
        said(f"u{rev % 5}", user, rev=at(rev), fileName=f"{user}-{rev}", bytesUploaded=rev)
        for rev in range(1, 201)
        for user in ("alice", "bob")
    ]
    random.Random(7).shuffle(updates)
    batches = [updates[start : start + 20] for start in range(0, 400, 20)]

    counts = [handle(batch) for batch in batches]

    for connection_id, user in owner.items():
        messages = management.sent_to(connection_id)
        assert {message["channel"] for message in messages} == {f"/user/{user}/upload-progress"}
        assert {message["upload"]["fileName"].split("-")[0] for message in messages} == {user}
        last = {message["upload"]["uploadId"]: message["upload"]["rev"] - BEGAN for message in messages}
        assert last == {"u0": 200, "u1": 196, "u2": 197, "u3": 198, "u4": 199}
    assert sum(count["received"] for count in counts) == 400
    assert sum(count.get("delivered", 0) for count in counts) == len(management.calls)


def test_every_send_is_accounted_for_once(management: StubManagement) -> None:
    connected("ok=")
    connected("gone=")
    connected("young=", age_ms=1000)
    connected("failing=")
    connected("closing=", closing="replaced")
    connected("expired=", token_expires_at=int(time.time() * 1000) - 1)
    management.answers |= {"gone=": 410, "young=": 410, "failing=": 403}

    assert handle(said()) == {"received": 1, "delivered": 1, "gone": 1, "pending": 1, "failed": 1, "queued": 1}

    left = {one.connection_id for one in bootstrap.connections().of_user("alice", 0)}
    assert left == {"ok=", "young=", "failing=", "closing=", "expired="}


def test_an_upload_that_others_keep_writing_does_not_cost_the_others(
    management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    connected()
    keep_writing("u2")

    with caplog.at_level(logging.WARNING):
        answer = handle([said("u1", rev=at(5)), said("u2", rev=at(5)), said("u2", rev=at(4)), said("u3", rev=at(5))])

    assert answer == {"received": 4, "delivered": 2, "failed": 2, "queued": 2}
    assert sorted(upload["uploadId"] for upload in told(management)) == ["u1", "u3"]
    assert any(record.levelno >= logging.ERROR for record in caplog.records)


def keep_writing(upload_id: str) -> None:
    """Somebody else writes this upload just before each of our writes."""
    other, revs = boto3.client("dynamodb"), iter(range(1, 100))

    def write_first(params: dict[str, Any], **_: Any) -> None:
        if params["Key"].get("uploadId") == {"S": upload_id}:
            columns = {"status": "uploading", "attempt": 1, "statusRev": 0, "startedAt": 0, "updatedAt": 0}
            row = {"userId": "alice", "uploadId": upload_id, "rev": -next(revs), **columns}
            other.put_item(TableName=os.environ["UPLOADS_TABLE"], Item=to_item(row))

    bootstrap._dynamodb().meta.events.register("provide-client-params.dynamodb.UpdateItem", write_first)


def test_a_message_of_a_pipeline_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "upload_progress"):
        handle([said(fileName="private.pdf"), said(fileName=7, message="private.pdf")])

    assert "private.pdf" not in repr([one.__dict__ for one in caplog.records if one.name == "upload_progress"])


def test_a_gateway_event_is_no_update() -> None:
    """A route that points here by mistake reports itself and stores nothing."""
    assert handle(gateway_events.message("alice", "A=", "{}"))["invalid"] == 1


def test_an_update_that_is_too_old_to_begin_an_upload_is_refused_by_name(management: StubManagement) -> None:
    connected()
    hour = 3_600_000
    answer = handle(
        [
            *(said("old", rev=BEGAN - 24 * hour), said("end", rev=BEGAN - hour, status="failed")),
            *(said("young", rev=BEGAN - 23 * hour), said("young-end", rev=BEGAN - hour // 2, status="completed")),
        ]
    )

    assert {name: answer[name] for name in ("received", "expired", "delivered")} == {
        **{"received": 4, "expired": 2, "delivered": 2}
    }
    assert [(one["index"], one["field"], one["reason"].split(":")[0]) for one in answer["errors"]] == [
        *((0, "rev", "expired"), (1, "rev", "expired"))
    ]
    assert {state.upload_id for state in bootstrap.uploads().of_user("alice")} == {"young", "young-end"}


def test_an_old_end_of_an_upload_that_is_stored_still_ends_it() -> None:
    handle(said(rev=BEGAN - 3 * 3_600_000))

    assert handle(said(rev=BEGAN - 2 * 3_600_000, status="failed")) == {"received": 1}
    assert [state.status for state in bootstrap.uploads().of_user("alice")] == ["failed"]
