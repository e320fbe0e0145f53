"""What EventBridge brings: updates, and objects that were created; and requests to disconnect, from anywhere."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from domain.timestamps import epoch_ms
from handlers import bootstrap, push
from infra.gateway.sender.retry_policy import MAX_TRIES
from local_emulator.deployment import Deployment
from testing.aws_environment import aws_environment
from testing.lambda_context import Context
from testing.queues import DEAD, handle, send, take, wait
from testing.running import ROOT
from testing.stub_management import StubManagement
from tests.integration.handlers.test_outages import Outage
from tests.integration.handlers.test_push import at, connected, said, told

EVENTS = Path(__file__).parents[2] / "events" / "push"


@pytest.fixture(autouse=True)
def world(deployment: Deployment, management: StubManagement) -> Iterator[None]:
    with aws_environment(deployment, management, UPLOAD_KEY_PATTERN="uploads/{userId}/{uploadId}"):
        yield


def whole_second(seconds_ago: int = 0) -> str:
    """As EventBridge writes a time."""
    return datetime.fromtimestamp(time.time() // 1 - seconds_ago, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def golden(name: str, seconds_ago: int = 0, **detail: Any) -> Any:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    return event | {"time": whole_second(seconds_ago), "detail": event["detail"] | detail}


def created(
    key: str = "uploads/alice/u1", size: int = 10, etag: str = "e1", seconds_ago: int = 0, reason: str = "PutObject"
) -> Any:
    return golden("object_created", seconds_ago, object={"key": key, "size": size, "etag": etag}, reason=reason)


def ago(seconds: int) -> int:
    return int(time.time() * 1000) - seconds * 1000


def stored() -> dict[str, tuple[int, str]]:
    return {state.upload_id: (state.attempt, state.status) for state in bootstrap.uploads().of_user("alice")}


def push_counts(event: Any) -> dict[str, Any]:
    return {name: value for name, value in push.handler(event, Context()).items() if value}


def test_an_event_is_told_with_its_own_time_and_the_same_one_again_is_a_duplicate(management: StubManagement) -> None:
    connected()

    event = golden("eventbridge")

    assert push_counts(event) == {"received": 1, "delivered": 1}
    assert push_counts(event) == {"received": 1, "duplicate": 1, "delivered": 1}

    assert [upload["rev"] for upload in told(management)] == [epoch_ms(event["time"])] * 2


def test_the_documented_function_takes_the_ids_from_the_metadata_of_an_object() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="uploads")
    for key, metadata in (
        ("x y/1", {"userId": "=?utf-8?b?YWxpY2U=?=", "upload-id": "u7"}),
        ("x/2", {"userId": "alice"}),
    ):
        s3.put_object(Bucket="uploads", Key=key, Body=b"12345", Metadata=metadata)
    [program] = re.findall(r"```python\n(import re.*?)```", (ROOT / "docs/pipelines.md").read_text(), re.DOTALL)
    function: dict[str, Any] = {}
    exec(program, function)
    [record] = json.loads((EVENTS / "s3_notification.json").read_text())["Records"]
    stored_objects = [
        record | {"eventTime": whole_second(), "s3": {"bucket": {"name": "uploads"}, "object": {"key": key}}}
        for key in ("x+y/1", "x/2")
    ]

    for event in ({"Records": stored_objects}, json.loads((EVENTS / "s3_test_event.json").read_text())):
        record = json.loads((EVENTS / "lambda_destination.json").read_text())
        record["requestContext"]["condition"] = "Success"
        push.handler(record | {"requestPayload": event, "responsePayload": function["handler"](event, None)}, Context())

    assert stored() == {"u7": (1, "completed")}
    assert bootstrap.uploads().of_user("alice")[0].facts["bytesTotal"] == 5
    assert take(DEAD) == []


def test_a_record_of_a_stream_is_stored_and_an_invalid_one_is_parked_and_does_not_stop_the_shard() -> None:
    [record] = json.loads((EVENTS / "kinesis_of_a_pipe.json").read_text())
    update = {"userId": "alice", "uploadId": "u8", "status": "uploading"}
    records = [
        record | {"approximateArrivalTimestamp": time.time(), "data": base64.b64encode(data).decode()}
        for data in (json.dumps(update).encode(), b"no JSON")
    ]

    assert push_counts(records)["invalid"] == 1
    assert stored() == {"u8": (1, "uploading")}
    assert [message["body"] for message in take(DEAD)] == ['"no JSON"']


def test_an_invalid_event_is_parked_for_nobody_reads_the_answer() -> None:
    assert push_counts(golden("eventbridge", status="done"))["invalid"] == 1

    [parked] = take(DEAD)
    assert json.loads(parked["body"])["status"] == "done"
    assert parked["messageAttributes"]["field"]["StringValue"] == "status"


@pytest.mark.parametrize("through", ["eventbridge", "s3", "sns", "lambda", "sqs"])
def test_an_event_of_a_service_that_names_no_user_is_parked_whole_and_costs_no_other(through: str) -> None:
    """Nobody reads the answer of an asynchronous invocation."""
    lost = golden("media_convert", userMetadata={})
    notified = json.loads((EVENTS / "s3_notification.json").read_text())
    notified["Records"][0]["eventTime"] = whole_second()
    good, bad = notified["Records"][0], json.loads(json.dumps(notified["Records"][0]))
    bad["s3"]["object"]["key"] = "uploads/a%25zz/u1"
    record = json.loads((EVENTS / "lambda_destination.json").read_text()) | {"timestamp": whole_second()}
    events = {
        "eventbridge": (lost, lost, "userId"),
        "s3": ({"Records": [bad, good]}, {"Records": [bad]}, "userId"),
        "sns": ({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(lost)}}]}, lost, "userId"),
        "lambda": (record | {"requestPayload": {}}, record | {"requestPayload": {}}, "userId"),
    }
    if through == "sqs":
        assert handle(send({"Records": [bad, good]}, lost)) == set()
        assert len(take(DEAD)) == 2
    else:
        event, parked, field = events[through]
        assert push_counts(event)["invalid"] == 1
        [message] = take(DEAD)
        assert json.loads(message["body"]) == parked
        assert message["messageAttributes"]["field"]["StringValue"] == field
    if through in ("s3", "sqs"):
        assert [upload.status for upload in bootstrap.uploads().of_user("auth0|alice")] == ["completed"]


def deliver_later(event: Any, management: StubManagement) -> None:
    """Pushes an event that cannot be delivered, finds it whole on the queue, and delivers it from there."""
    management.answers["A="] = 403
    assert push_counts(event) == {"received": 1, "failed": 1, "queued": 1}
    wait(5.1)
    [message] = take()
    assert json.loads(message["body"]) == [event]
    del management.answers["A="]
    assert handle([message]) == set()


def test_a_notification_that_could_not_be_delivered_waits_on_the_queue_as_it_came(management: StubManagement) -> None:
    connected()
    event = json.loads((EVENTS / "s3_notification.json").read_text())
    event["Records"][0]["eventTime"] = whole_second()
    event["Records"][0]["s3"]["object"]["key"] = "uploads/alice/my+film"

    deliver_later(event, management)

    assert [(upload["uploadId"], upload["status"]) for upload in told(management)] == [("my film", "completed")] * 2


def test_an_object_in_the_bucket_completes_its_upload(management: StubManagement) -> None:
    connected()
    push_counts(said(rev=at(0), attempt=2, bytesUploaded=4, bytesTotal=10, fileName="a.bin"))

    assert push_counts(created()) == {"received": 1, "delivered": 1}

    last = told(management)[-1]
    assert (last["status"], last["percent"], last["attempt"], last["fileName"]) == ("completed", 100, 2, "a.bin")


def test_an_object_elsewhere_in_the_bucket_is_ignored_and_counted(management: StubManagement) -> None:
    connected()

    assert push_counts(created("thumbnails/u1.png")) == {"ignored": 1}
    assert management.calls == [] and take(DEAD) == []


def test_a_completion_that_could_not_be_delivered_waits_on_the_queue_as_it_came(management: StubManagement) -> None:
    connected()

    deliver_later(created(), management)

    assert [upload["status"] for upload in told(management)] == ["completed"] * 2


@pytest.mark.parametrize("key", ["uploads/alice/u1.info", "uploads/alice/u1.part", "uploads/alice/folder/"])
def test_an_object_that_a_tool_keeps_for_itself_makes_no_upload(key: str) -> None:
    assert push_counts(created(key)).items() >= {"ignored": 1}.items()
    assert stored() == {} and take(DEAD) == []


def test_an_upload_that_runs_under_such_a_name_is_completed_and_one_that_ended_is_left_alone() -> None:
    push_counts([said("a.part", rev=at(0)), said("b.info", rev=at(0), status="failed")])

    push_counts(created("uploads/alice/a.part")), push_counts(created("uploads/alice/b.info"))

    assert stored() == {"a.part": (1, "completed"), "b.info": (1, "failed")}


def test_a_copy_ends_no_upload_and_makes_none() -> None:
    push_counts(said(rev=at(0)))

    assert push_counts(created(reason="CopyObject")) == {"ignored": 1}
    assert push_counts(created("uploads/alice/copy", reason="CopyObject")) == {"ignored": 1}
    assert stored() == {"u1": (1, "uploading")}


def test_the_same_object_told_twice_changes_nothing_and_another_one_is_the_next_attempt() -> None:
    push_counts(created(seconds_ago=50))
    push_counts(created(seconds_ago=40))
    assert stored() == {"u1": (1, "completed")}

    push_counts(created(etag="e2", seconds_ago=30))
    assert stored() == {"u1": (2, "completed")}
    push_counts(created(seconds_ago=50))
    assert stored() == {"u1": (2, "completed")}


def test_an_object_told_twice_does_not_end_what_a_scanner_has_begun() -> None:
    push_counts(created(seconds_ago=50))
    push_counts(said(rev=ago(40), status="processing"))

    push_counts(created(seconds_ago=30))

    assert stored() == {"u1": (1, "processing")}


def test_a_late_event_of_an_older_attempt_never_ends_a_newer_one() -> None:
    push_counts([said(rev=ago(60), status="failed", attempt=1), said(rev=ago(30), attempt=2)])

    assert push_counts(created(seconds_ago=50)).items() >= {"stale": 1}.items()
    assert stored() == {"u1": (2, "uploading")}
    push_counts(created(etag="e2"))
    assert stored() == {"u1": (2, "completed")}


def test_a_status_and_an_end_in_one_second_of_eventbridge_are_not_lost(management: StubManagement) -> None:
    connected()
    time_of_all = whole_second(5)
    push_counts(said(rev=(epoch_ms(time_of_all) or 0) + 700, bytesUploaded=5))

    for status in ("paused", "processing", "completed"):
        event = golden("eventbridge", userId="alice", uploadId="u1", status=status) | {"time": time_of_all}
        assert push_counts(event) == {"received": 1, "delivered": 1}
        assert push_counts(event)["duplicate"] == 1

    revs = [upload["rev"] for upload in told(management)]
    assert [upload["status"] for upload in told(management)][1::2] == ["paused", "processing", "completed"]
    assert revs[:-2] == sorted(revs[:-2])


def test_a_status_of_eventbridge_that_could_not_be_told_keeps_its_second_on_the_queue(
    management: StubManagement,
) -> None:
    connected()
    event = golden("eventbridge", 5, userId="alice", uploadId="u1", status="processing")
    push_counts(said(rev=(epoch_ms(event["time"]) or 0) + 700))
    management.answers["A="] = 403

    assert push_counts(event) == {"received": 1, "failed": 1, "queued": 1}

    wait(5.1)
    messages = take()
    assert handle(messages) == {messages[0]["messageId"]}
    wait(5.1)
    del management.answers["A="]
    assert handle(take()) == set()
    assert [upload["status"] for upload in told(management)][-1] == "processing"


def test_a_row_made_of_an_old_event_lives_by_our_clock() -> None:
    push_counts(golden("eventbridge", 1800, userId="alice", uploadId="u1", status="completed"))

    [state] = bootstrap.uploads().of_user("alice")
    assert state.is_shown(int(time.time() * 1000))


def test_the_bucket_begins_the_processing_where_the_deployment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_BUCKET_STATUS", "processing")
    bootstrap.upload_bucket.cache_clear()
    event = created(seconds_ago=5)
    second = epoch_ms(event["time"])
    assert second is not None
    push_counts(said(rev=second + 700))

    push_counts(event)
    assert stored() == {"u1": (1, "processing")}
    push_counts(said(rev=second + 900, status="processing", phase="scanning"))
    push_counts(event)
    assert bootstrap.uploads().of_user("alice")[0].facts["phase"] == "scanning"
    push_counts(said(rev=second + 2000, status="failed"))
    push_counts(event)
    assert stored() == {"u1": (1, "failed")}


@pytest.mark.parametrize("through", ["invocation", "queue", "event"])
def test_a_request_closes_every_connection_of_its_user_and_says_why(management: StubManagement, through: str) -> None:
    connected("A="), connected("B="), connected("C=", "bob")
    request = {"disconnect": {"userId": "alice", "reason": "You signed out everywhere."}}

    if through == "queue":
        assert handle(send(request)) == set()
    else:
        event = request if through == "invocation" else golden("eventbridge") | {"detail": request}
        assert push_counts(event) == {"received": 1, "closed": 2}

    assert sorted(management.closed()) == ["A=", "B="]
    [farewell] = management.sent_to("B=")
    assert farewell == {
        **{"type": "disconnect", "code": 4403, "reason": "revoked", "message": "You signed out everywhere."},
        **{"reconnect": False, "retryAfterMs": 0},
    }
    assert bootstrap.connections().of_user("alice", 0) == []
    assert len(bootstrap.connections().of_user("bob", 0)) == 1


def test_all_connections_are_marked_before_the_first_is_told_or_closed(management: StubManagement) -> None:
    for number in range(6):
        connected(f"A{number}="), connected(f"B{number}=", "bob")
    seen: list[set[str | None]] = []

    def look(method: str, to: str) -> None:
        if not seen:  # a look for each call would take the time that its answer has
            theirs = [one for user in ("alice", "bob") for one in bootstrap.connections().of_user(user, 0)]
            seen.append({one.closing for one in theirs})

    management.on_call = look

    requests = [{"disconnect": {"userId": user}} for user in ("alice", "bob", "alice")]
    assert push_counts(requests) == {"received": 3, "closed": 12}
    assert seen[0] == {"revoked"}
    calls = dict.fromkeys((method, to) for method, to, _ in management.calls if to.startswith("A"))  # without retries
    assert [method for method, _ in calls] == ["POST"] * 6 + ["DELETE"] * 6


def test_a_connection_that_is_closing_already_and_reads_nothing_is_closed_as_well(management: StubManagement) -> None:
    connected(closing="idle_timeout")
    management.next_answers["A="] = [429] * MAX_TRIES

    assert push_counts({"disconnect": {"userId": "alice"}}) == {"received": 1, "closed": 1}
    assert management.closed() == ["A="]


def test_without_time_no_request_is_begun_and_each_comes_again(management: StubManagement) -> None:
    connected()

    answer = push.handler({"disconnect": {"userId": "alice"}}, Context(remaining_ms=20_000))

    assert (answer["closed"], answer["failed"], answer["queued"], management.calls) == (0, 1, 1, [])
    assert [one.closing for one in bootstrap.connections().of_user("alice", 0)] == [None]


def test_a_request_beside_updates_is_carried_out_after_them(management: StubManagement) -> None:
    connected()

    counts = push_counts({"updates": [said()], "disconnect": {"userId": "alice"}})

    assert counts == {"received": 2, "delivered": 1, "closed": 1}
    assert [message["type"] for message in management.sent_to("A=")] == ["status", "disconnect"]


def test_a_connection_that_could_not_be_told_is_marked_and_left_to_the_sweep(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403

    assert push_counts({"disconnect": {"userId": "alice"}}) == {"received": 1}

    [row] = bootstrap.connections().of_user("alice", 0)
    assert row.closing == "revoked"


def test_a_request_comes_again_if_the_connections_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    connected()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    outage = Outage(bootstrap._dynamodb())

    assert push_counts({"disconnect": {"userId": "alice"}}) == {"received": 1, "failed": 1, "queued": 1}

    outage.over = True
    wait(5.1)
    assert handle(take()) == set()
    assert bootstrap.connections().of_user("alice", 0) == []
