"""Through SQS nothing is lost, and nothing is tried for ever."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from domain.timestamps import rfc3339
from handlers import bootstrap, push
from infra.dynamodb.attribute_values import to_item
from infra.sqs.progress_queue import NotQueuedError
from testing.lambda_context import Context
from testing.queues import DEAD, PROGRESS, Message, handle, send, take, wait
from testing.stub_management import StubManagement
from tests.integration.handlers.test_push import at, connected, keep_writing, said, told

pytestmark = pytest.mark.usefixtures("world")


def states() -> dict[str, str]:
    return {state.upload_id: state.status for state in bootstrap.uploads().of_user("alice")}


def test_a_batch_is_stored_and_told_as_one(management: StubManagement) -> None:
    connected()

    messages = send(said(bytesUploaded=1), [said(bytesUploaded=2), said("u2")], {"updates": [said(bytesUploaded=3)]})

    assert handle(messages) == set() and take() == []
    assert sorted((upload["uploadId"], upload["bytesUploaded"]) for upload in told(management)) == [
        ("u1", 3),
        ("u2", 0),
    ]
    assert abs(told(management)[0]["rev"] - time.time() * 1000) < 60_000


def test_of_ten_thousand_messages_only_the_newest_states_are_told(management: StubManagement) -> None:
    connected()
    [message] = send(said())
    batch = [
        {**message, "messageId": str(number), "body": json.dumps(said(f"u{number % 20}", rev=at(number + 1)))}
        for number in range(10_000)
    ]

    assert handle(batch[:1]) == set()
    management.calls.clear()
    assert push.handler({"Records": batch}, Context()) == {"batchItemFailures": []}

    assert sorted(upload["rev"] for upload in told(management)) == [at(step) for step in range(9981, 10_001)]


def test_a_message_that_comes_twice_changes_nothing(management: StubManagement) -> None:
    connected()
    messages = send(said(bytesUploaded=1), said(status="completed"))
    handle(messages)
    stored = bootstrap.uploads().of_user("alice")

    assert handle(messages) == handle(messages[:1]) == set()

    assert bootstrap.uploads().of_user("alice") == stored
    assert {upload["status"] for upload in told(management)} == {"completed"}


def test_a_status_that_could_not_be_delivered_comes_again_after_5_15_and_45_seconds(management: StubManagement) -> None:
    connected("A="), connected("B=")
    management.answers["B="] = 403
    messages = send(dated("u1"), dated("u2"))

    for seconds in (5, 15, 45):
        assert handle(messages) == {message["messageId"] for message in messages}
        wait(seconds - 1)
        assert take() == []
        wait(1.1)
        messages = take()
        assert len(messages) == 2

    del management.answers["B="]
    assert handle(messages) == set()
    assert {upload["uploadId"] for upload in told(management, "B=")} == {"u1", "u2"}


def test_what_fails_five_times_is_a_dead_letter_205_seconds_after_the_first(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403
    messages = send(dated())

    for seconds in (5, 15, 45, 135, 5):
        assert len(messages) == 1 and handle(messages)
        wait(seconds + 0.1)
        messages = take()
    assert messages == []
    assert len(take(DEAD)) == 1


def test_a_client_that_does_not_read_is_closed_before_its_status_is_a_dead_letter(management: StubManagement) -> None:
    """Its client gets the status from a snapshot if it comes back; nobody can mend such a dead letter."""
    connected("A="), connected("B=")
    management.answers["B="] = 429
    messages = send(dated())
    assert handle(messages) == {messages[0]["messageId"]}
    assert management.closed() == []

    management.on_call = lambda method, to: management.answers.update({"B=": 429 if method == "POST" else 204})
    assert handle(aged(messages, 65_000)) == set()

    assert management.closed() == ["B="]
    assert [one.connection_id for one in bootstrap.connections().of_user("alice", 0)] == ["A="]


def test_while_the_account_is_throttled_no_connection_is_closed_and_no_status_is_lost(
    management: StubManagement,
) -> None:
    """Then the gateway refuses a close as well."""
    connected("A="), connected("B=")
    management.answers |= {"A=": 429, "B=": 429}
    messages = send(dated())

    for age_ms in (0, 65_000, 200_000):
        assert handle(aged(messages, age_ms)) == {messages[0]["messageId"]}
    assert {one.closing for one in bootstrap.connections().of_user("alice", 0)} == {None}

    management.answers.clear()
    assert handle(aged(messages, 300_000)) == set()
    for connection_id in ("A=", "B="):
        assert [upload["status"] for upload in told(management, connection_id)][-1] == "uploading"


def aged(messages: list[Message], ms: int) -> list[Message]:
    """Returns the messages; what is stored of them is as old as if they had come so long ago."""
    sent_at = str(int(time.time() * 1000) - ms)
    for upload in bootstrap.uploads().of_user("alice"):
        boto3.client("dynamodb").update_item(
            TableName=os.environ["UPLOADS_TABLE"],
            Key={"userId": {"S": "alice"}, "uploadId": {"S": upload.upload_id}},
            UpdateExpression="SET receivedAt = :at",
            ExpressionAttributeValues={":at": {"N": sent_at}},
        )
    return messages


def test_progress_that_could_not_be_delivered_does_not_come_again(management: StubManagement) -> None:
    connected()
    handle(send(said(bytesUploaded=1, rev=at(1))))
    management.answers["A="] = 403

    assert handle(send(said(bytesUploaded=2, rev=at(2)))) == set()


def test_a_status_comes_again_although_progress_followed_it_but_not_once_it_is_superseded(
    management: StubManagement,
) -> None:
    connected()
    management.answers["A="] = 403
    paused = send(dated(status="paused", rev=at(1)))
    assert handle(paused) and not handle(send(dated(status="paused", rev=at(2))))

    assert handle(paused) == {paused[0]["messageId"]}
    assert handle(send(dated(status="completed", rev=at(3))))
    assert handle(paused) == set()


def test_what_could_not_be_stored_comes_again_and_costs_the_others_nothing(management: StubManagement) -> None:
    connected()
    keep_writing("u2")
    messages = send(dated("u1"), dated("u2"), dated("u3"))

    assert handle(messages) == {messages[1]["messageId"]}
    assert sorted(upload["uploadId"] for upload in told(management)) == ["u1", "u3"]


def test_what_there_is_no_time_for_comes_again() -> None:
    messages = send(dated("u1"), dated("u2"))

    assert handle(messages, Context(remaining_ms=20_000)) == {message["messageId"] for message in messages}
    assert states() == {}
    assert handle(messages) == set()
    assert states() == {"u1": "uploading", "u2": "uploading"}


@pytest.mark.parametrize(
    ("body", "field"),
    [(said(status="done"), "status"), ("no JSON", "update"), ({"disconnect": {}}, "disconnect.userId")],
    ids=["invalid", "unreadable", "disconnect"],
)
def test_a_message_that_will_never_be_valid_is_parked_with_its_reason_at_once(
    body: Any, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert handle(send(said("u1"), body, [said("u2"), said("u3")])) == set()

    assert states().keys() == {"u1", "u2", "u3"}
    [parked] = take(DEAD)
    assert what_was_said(parked["body"]) == body
    reasons = {name: value["StringValue"] for name, value in parked["messageAttributes"].items()}
    assert reasons["field"] == field and reasons["reason"]
    [logged] = [one.__dict__ for one in caplog.records if one.message == "items_invalid"]
    assert logged["errors"] == [{"index": 1, "field": field, "reason": reasons["reason"]}]


def test_what_cannot_be_parked_goes_the_way_of_what_fails_too_often() -> None:
    refuse_messages()
    messages = send_past_us(said(status="done"))

    assert handle(messages) == {messages[0]["messageId"]}


def test_an_update_without_times_is_sent_again_with_the_times_that_its_message_was_sent_at(
    management: StubManagement,
) -> None:
    connected()
    management.answers["A="] = 403
    [message] = send([said("u1", status="failed"), said("u2", rev=at(7))])

    assert handle([message]) == set()

    wait(5.1)
    [again] = take()
    sent_at = int(message["attributes"]["SentTimestamp"])
    assert [update["rev"] for update in json.loads(again["body"])] == [sent_at, at(7)]
    assert [update.get("updatedAt") for update in json.loads(again["body"])] == [rfc3339(sent_at), None]
    assert handle([again]) == {again["messageId"]}


def test_what_cannot_be_sent_again_with_its_times_comes_again_as_it_is(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403
    messages = send(said())
    refuse_messages()

    assert handle(messages) == {messages[0]["messageId"]}


def test_a_message_that_an_invocation_died_over_is_replaced_by_one_with_its_times_before_anything_else(
    management: StubManagement,
) -> None:
    connected()
    messages = send(said("u1"), dated("u2"), {"disconnect": {"userId": "bob"}})
    for message in messages:
        message["attributes"]["ApproximateReceiveCount"] = "2"

    assert handle(messages) == set()

    assert [upload["uploadId"] for upload in told(management)] == ["u2"]
    wait(5.1)
    [again] = take()
    assert json.loads(again["body"])[0]["rev"] == int(messages[0]["attributes"]["SentTimestamp"])
    assert handle([again]) == set()
    assert [upload["uploadId"] for upload in told(management)] == ["u2", "u1"]


def test_an_invalid_item_beside_one_that_fails_is_parked_once(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403
    messages = send([dated("u1"), said("u2", status="done")])

    for seconds in (5.1, 5.1, 15.1):
        handle(messages)
        wait(seconds)
        messages = take()
        assert len(messages) == 1

    [parked] = take(DEAD)
    assert what_was_said(parked["body"])["uploadId"] == "u2"


def test_thousands_of_invalid_items_are_parked_in_a_few_messages() -> None:
    [message] = send([1] * 20_000 + [said("u1", status="done"), said("u2", status="done"), said("u3")])

    assert handle([message]) == set()

    parked = take(DEAD)
    found = [(one["messageAttributes"]["field"]["StringValue"], json.loads(one["body"])) for one in parked]
    assert sorted(field for field, _ in found) == ["status", "update"]
    assert {field: len(items) for field, items in found} == {"status": 2, "update": 20_000}
    assert states() == {"u3": "uploading"}


def test_what_there_is_no_time_to_park_comes_again() -> None:
    messages = send(said(status="done"))

    assert handle(messages, Context(remaining_ms=5_000)) == {messages[0]["messageId"]}
    assert take(DEAD) == []
    assert handle(messages) == set()
    assert len(take(DEAD)) == 1


def test_the_command_of_the_operations_document_puts_back_what_is_then_stale_or_expired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """moto has no StartMessageMoveTask, so its effect is carried out: new messages with a new SentTimestamp."""
    sent = send(said("u1", status="failed"), said("u2", status="uploading"))
    for message in sent:
        message["attributes"]["SentTimestamp"] = str(at(-600_000))
    handle(sent, Context(remaining_ms=20_000))
    wait(5.1)
    dead = take()
    later = [said("u1", attempt=2), said("u1", attempt=2, bytesUploaded=5)]
    push.handler(later, Context())

    ahead = 25 * 3_600_000
    moved = send(*(one["body"] for one in dead))
    assert handle(moved) == set()
    assert states() == {"u1": "uploading", "u2": "uploading"}

    remove("u2")
    monkeypatch.setattr(push, "now_ms", lambda: int(time.time() * 1000) + ahead)
    assert handle(send(*(one["body"] for one in dead))) == set()
    assert states() == {"u1": "uploading"}


def test_the_command_of_the_operations_document_is_one_that_sqs_knows() -> None:
    document = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    [options] = re.findall(r"aws sqs start-message-move-task((?: --[a-z-]+ [A-Z_]+)+)", document)
    model = boto3.client("sqs").meta.service_model.operation_model("StartMessageMoveTask")

    named = [re.sub(r"-(.)", lambda found: found[1].upper(), one) for one in re.findall(r"--([a-z-]+)", options)]
    members = {name[0].lower() + name[1:] for name in model.input_shape.members}
    assert set(named) == {"sourceArn", "destinationArn"} <= members
    dead = boto3.client("sqs").get_queue_attributes(QueueUrl=os.environ[PROGRESS], AttributeNames=["RedrivePolicy"])
    arn = json.loads(dead["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    assert arn.split(":")[-1] == os.environ[DEAD].split("/")[-1]


def test_what_a_direct_invocation_could_not_tell_waits_on_the_queue_for_five_seconds(
    management: StubManagement,
) -> None:
    connected()
    management.answers["A="] = 403
    answer = push.handler([said("u1"), said("u2", rev=at(5), attempt=2), said("u3", status="done")], Context())
    assert (answer["failed"], answer["queued"], answer["invalid"]) == (2, 2, 1)
    assert take(DEAD) == []
    before = bootstrap.uploads().of_user("alice")

    wait(4)
    assert take() == []
    wait(1.1)
    del management.answers["A="]
    management.calls.clear()
    assert handle(take()) == set()

    assert sorted(upload["uploadId"] for upload in told(management)) == ["u1", "u2"]
    assert bootstrap.uploads().of_user("alice") == before


def test_thousands_of_updates_that_could_not_be_stored_wait_in_few_messages() -> None:
    many = [said(f"u{number}", fileName="n" * 1000) for number in range(300)]

    answer = push.handler(many, Context(remaining_ms=20_000))

    assert (answer["failed"], answer["queued"]) == (300, 300)
    wait(5.1)
    messages = take()
    assert len(messages) == 6 and max(len(message["body"]) for message in messages) < 256_000
    waiting = [update["uploadId"] for message in messages for update in json.loads(message["body"])]
    assert waiting == [update["uploadId"] for update in many]


def test_what_cannot_be_queued_either_is_an_error_of_the_invocation(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403
    refuse_messages()

    with pytest.raises(NotQueuedError):
        push.handler(said(), Context())


def test_a_message_that_cannot_be_hastened_comes_again_all_the_same(
    management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    connected()
    management.answers["A="] = 403
    messages = send(dated())
    messages[0]["receiptHandle"] = "not ours"

    answer = push.handler({"Records": messages}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": messages[0]["messageId"]}]}


def test_messages_of_another_queue_are_left_to_its_own_rules(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403
    [message] = send(said())
    message["eventSourceARN"] = "arn:aws:sqs:us-east-1:123456789012:a-queue-of-theirs"

    assert push.handler({"Records": [message]}, Context())["batchItemFailures"]
    wait(400)
    assert take() == []


def dated(upload_id: str = "u1", **fields: Any) -> dict[str, Any]:
    """An update that says its times itself, so that its message stays as it is."""
    return said(upload_id, **{"rev": at(1), "updatedAt": rfc3339(at(1)), **fields})


def what_was_said(body: str) -> Any:
    """What stands on the dead-letter queue, less the times that push wrote beside it."""
    try:
        parked = json.loads(body)
    except ValueError:
        return body
    return {name: value for name, value in parked.items() if name not in ("rev", "updatedAt")}


def remove(upload_id: str) -> None:
    key = to_item({"userId": "alice", "uploadId": upload_id})
    boto3.client("dynamodb").delete_item(TableName=os.environ["UPLOADS_TABLE"], Key=key)


def refuse_messages() -> None:
    """From now on SQS takes nothing from us."""

    def refuse(model: Any, **_: Any) -> Any:
        from botocore.exceptions import ConnectTimeoutError

        raise ConnectTimeoutError(endpoint_url="http://127.0.0.1")

    for operation in ("SendMessage", "SendMessageBatch"):
        bootstrap.queue()._sqs.meta.events.register(f"before-call.sqs.{operation}", refuse)


def send_past_us(body: object) -> list[dict[str, Any]]:
    assert boto3.client("sqs")
    return send(body)
