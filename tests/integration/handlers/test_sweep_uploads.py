"""What a sweep does to uploads without news, on moto."""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from domain.upload import SWEEP, UploadProgress
from handlers import bootstrap, push, sweep
from infra.dynamodb.attribute_values import from_item, to_item
from testing.aws_environment import forget_adapters
from testing.embedded_metrics import published
from testing.lambda_context import Context
from testing.stub_management import StubManagement
from tests.integration.handlers.test_sweep import connected, refuse, told

pytestmark = pytest.mark.usefixtures("world")

MINUTE = 60_000
LIMIT = 360 * MINUTE


def now_ms() -> int:
    return int(time.time() * 1000)


def stored(upload_id: str = "film", *, silent_ms: int = LIMIT + MINUTE, **fields: Any) -> UploadProgress:
    """An upload whose last news is so old, as push stores it, and due now."""
    at = now_ms() - silent_ms
    message = {
        "eventSource": "aws:sqs",
        "messageId": upload_id,
        "attributes": {"SentTimestamp": str(at), "ApproximateReceiveCount": "1"},
        "body": json.dumps({"userId": "alice", "uploadId": upload_id, "status": "uploading", **fields}),
    }
    push.handler({"Records": [message]}, Context())
    state = read(upload_id)
    due = replace(state, due_at=now_ms() - 1)
    assert bootstrap.uploads().replace(state, due)
    return due


def read(upload_id: str = "film") -> UploadProgress:
    return bootstrap.uploads().read([("alice", upload_id)])["alice", upload_id]


def row(upload_id: str = "film") -> dict[str, Any]:
    key = to_item({"userId": "alice", "uploadId": upload_id})
    return from_item(boto3.client("dynamodb").get_item(TableName=os.environ["UPLOADS_TABLE"], Key=key)["Item"])


def run() -> dict[str, int]:
    return sweep.handler({}, Context())


def ends(management: StubManagement, connection_id: str = "A=") -> list[Any]:
    return [one["upload"] for one in management.sent_to(connection_id) if one["type"] == "status"]


def test_a_silent_upload_ends_and_every_connection_gets_the_end(
    management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    stored(fileName="holiday.mp4", bytesUploaded=5, bytesTotal=10)
    connected("A=", due=False)
    connected("B=", due=False)
    caplog.set_level(logging.INFO)

    assert run() == {"uploads_abandoned": 1, "ends_sent": 1}

    for connection_id in ("A=", "B="):
        [end] = ends(management, connection_id)
        assert (end["status"], end["error"]["code"], end["source"]) == ("failed", "abandoned", "sweep")
        assert (end["fileName"], end["bytesUploaded"], end["percent"]) == ("holiday.mp4", 5, 50.0)
    assert not {"dueAt", "dueShard"} & row().keys()
    assert published(caplog.records)["UploadProgress/local", "UploadsAbandoned", None] == [1]
    assert run() == {}


def test_an_upload_with_later_news_is_looked_at_again_later(management: StubManagement) -> None:
    state = stored(silent_ms=10 * MINUTE)

    assert run() == {"uploads_waiting": 1}

    assert read() == replace(state, due_at=state.received_at + LIMIT)
    assert run() == {}
    assert management.calls == []


def test_progress_writes_no_entry_of_the_index_and_an_end_removes_it() -> None:
    update = {"userId": "alice", "uploadId": "film", "status": "uploading"}
    first = now_ms()
    push.handler({**update, "rev": first}, Context())
    due = {name: row()[name] for name in ("dueAt", "dueShard")}
    assert first + LIMIT <= due["dueAt"] <= now_ms() + LIMIT

    push.handler({**update, "rev": first + 1}, Context())
    assert {name: row()[name] for name in ("dueAt", "dueShard")} == due

    push.handler({**update, "rev": first + 2, "status": "completed"}, Context())
    assert not {"dueAt", "dueShard"} & row().keys()


def test_later_news_of_the_attempt_replaces_the_end(management: StubManagement) -> None:
    state = stored(attempt=2)
    connected("A=", due=False)
    run()

    news = {"userId": "alice", "uploadId": "film", "status": "uploading", "attempt": 2}
    assert push.handler({**news, "rev": state.rev - 1}, Context())["stale"] == 1
    assert push.handler({**news, "rev": state.rev + 1}, Context())["delivered"] == 1

    assert [one["status"] for one in ends(management)] == ["failed", "uploading"]
    assert "source" not in ends(management)[-1] and row()["dueAt"] > now_ms()


@pytest.mark.parametrize("status", ["completed", "canceled"])
def test_an_end_that_comes_late_and_out_of_order_replaces_the_end(status: str) -> None:
    state = stored()
    run()

    end = {"userId": "alice", "uploadId": "film", "status": status, "rev": state.rev - 5}
    push.handler(end, Context())

    assert read().status == status


def test_an_end_that_did_not_arrive_is_sent_again_by_the_next_sweep(
    management: StubManagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored()
    connected("A=", due=False)
    management.answers["A="] = 403
    assert run() == {"uploads_abandoned": 1}
    assert read().source == SWEEP and read().due_at is not None

    management.answers["A="] = 200
    assert bootstrap.uploads().replace(read(), replace(read(), due_at=now_ms() - 1))
    assert run() == {"ends_sent": 1}
    assert len(ends(management)) >= 1 and read().due_at is None


def test_an_upload_that_an_older_release_ended_leaves_the_index() -> None:
    state = stored(silent_ms=MINUTE)
    assert bootstrap.uploads().replace(state, replace(state, status="completed", rev=state.rev + 1))

    assert run() == {"uploads_waiting": 1}
    assert (read().status, read().due_at) == ("completed", None)


def test_news_during_the_sweep_wins(management: StubManagement) -> None:
    state = stored()
    write = bootstrap.uploads()._write
    news = replace(state, rev=state.rev + 1)

    def after_news(new: UploadProgress, before: UploadProgress | None) -> UploadProgress | None:
        write(news, state)
        return write(new, before)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap.uploads(), "_write", after_news)
        assert run() == {}
    assert read() == news


def test_a_row_that_cannot_be_read_costs_its_group_alone(management: StubManagement) -> None:
    for number in range(30):
        stored(f"u{number}")
    refuse("BatchGetItem")

    first = run()
    assert first == {"uploads_failed": 25, "uploads_abandoned": 5, "ends_sent": 5}
    assert run() == {"uploads_abandoned": 25, "ends_sent": 25}


def test_without_time_left_no_upload_is_looked_at() -> None:
    stored()

    assert sweep.handler({}, Context(remaining_ms=9_000)) == {}
    assert read().status == "uploading"


def test_a_child_ends_the_uploads_of_its_own_shard_alone() -> None:
    states = [stored(f"u{number}") for number in range(8)]
    shard = states[0].due_shard

    sweep.handler({"shard": shard}, Context())

    assert {one.upload_id for one in states if read(one.upload_id).ended} == {
        one.upload_id for one in states if one.due_shard == shard
    }


def test_zero_switches_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    stored()
    monkeypatch.setenv("ABANDON_AFTER_MINUTES", "0")
    forget_adapters()

    assert run() == {}
    push.handler({"userId": "alice", "uploadId": "other", "status": "uploading"}, Context())
    assert "dueAt" not in row("other")


def test_a_shard_of_uploads_that_dynamodb_refuses_is_named(caplog: pytest.LogCaptureFixture) -> None:
    connected("A=", minutes_ago=2.5)

    def throttled(params: Any, model: Any, **_: Any) -> None:
        if json.loads(params["body"])["TableName"] == os.environ["UPLOADS_TABLE"]:
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)

    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.Query", throttled)

    with pytest.raises(Exception, match="shard 0"):
        run()
    assert any(one.message == "shard_not_read" for one in caplog.records)


def test_a_quiet_connection_is_pinged_before_uploads_are_looked_at(management: StubManagement) -> None:
    stored()
    connected("A=", minutes_ago=2.5)

    assert run() == {"pinged": 1, "uploads_abandoned": 1, "ends_sent": 1}
    assert told(management) == ["ping", "status"]
