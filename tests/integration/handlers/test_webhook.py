"""Signed requests of senders are stored, sent to the users, and answered; others are refused."""

from __future__ import annotations

import base64
import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from standardwebhooks.webhooks import Webhook

from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, webhook
from handlers.webhook_request import MAX_BODY_BYTES
from testing.aws_environment import WEBHOOK_SECRET_ARN
from testing.lambda_context import Context
from testing.stub_management import StubManagement

OLD, NEW, OTHER = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in range(3))
UPDATE = {"userId": "alice", "uploadId": "u1", "status": "uploading", "bytesUploaded": 5, "bytesTotal": 10}


def store(*senders: dict[str, Any]) -> None:
    client, text = boto3.client("secretsmanager"), json.dumps(senders)
    name = WEBHOOK_SECRET_ARN.rpartition(":")[2]
    if any(secret["Name"] == name for secret in client.list_secrets()["SecretList"]):
        client.put_secret_value(SecretId=name, SecretString=text)
    else:
        client.create_secret(Name=name, SecretString=text)


@pytest.fixture
def senders(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    store({"name": "tusd", "secrets": [OLD], "users": ["alice"]}, {"name": "b", "secrets": [OTHER], "userPrefix": "b-"})


def request(body: str, secret: str = OLD, *, at: int = 0, method: str = "POST", **headers: str) -> dict[str, Any]:
    """The event of a function URL for a signed request."""
    moment = at or int(time.time())
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(moment, UTC), body)
    signed = {"webhook-id": "msg_1", "webhook-timestamp": str(moment), "webhook-signature": signature}
    http = {"method": method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": "application/json", **signed, **headers},
        "requestContext": {"http": http},
        "body": body,
        "isBase64Encoded": False,
    }


def ask(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = webhook.handler(event, Context())
    assert answer["headers"]["Content-Type"] == "application/json"
    return answer["statusCode"], {name: value for name, value in json.loads(answer["body"]).items() if value}


def states(user: str = "alice") -> dict[str, str]:
    return {state.upload_id: state.status for state in bootstrap.uploads().of_user(user)}


@pytest.mark.usefixtures("senders")
def test_a_signed_update_is_stored_and_sent(management: StubManagement) -> None:
    now = int(time.time() * 1000)
    limits = ConnectionLimits()
    bootstrap.connections().add(
        new_connection("alice", "A=", connected_at=now - 60_000, token_expires_at=now + 3_600_000, limits=limits)
    )
    assert ask(request(json.dumps(UPDATE))) == (200, {"received": 1, "delivered": 1})
    [message] = management.sent_to("A=")
    assert message["upload"]["percent"] == 50


@pytest.mark.usefixtures("senders")
def test_a_request_that_comes_again_changes_nothing() -> None:
    event = request(json.dumps([UPDATE, UPDATE | {"uploadId": "u2", "status": "completed"}]))
    assert ask(event) == (200, {"received": 2})
    before = states()
    assert ask(event) == (200, {"received": 2, "duplicate": 2})
    assert states() == before == {"u1": "uploading", "u2": "completed"}


@pytest.mark.usefixtures("senders")
def test_an_old_request_does_not_undo_a_newer_one() -> None:
    now = int(time.time())
    first = request(json.dumps(UPDATE), at=now - 10)
    assert ask(first)[0] == 200
    assert ask(request(json.dumps(UPDATE | {"status": "paused"}), at=now - 5)) == (200, {"received": 1})
    assert ask(first) == (200, {"received": 1, "stale": 1})
    assert states() == {"u1": "paused"}


@pytest.mark.usefixtures("senders")
def test_two_secrets_are_valid_at_once_and_a_new_one_counts_without_a_wait() -> None:
    body = json.dumps(UPDATE)
    assert ask(request(body, NEW))[0] == 401
    bootstrap.webhook_senders.cache_clear()  # 30 seconds later
    assert ask(request(body, OLD))[0] == 200
    store({"name": "tusd", "secrets": [OLD, NEW], "users": ["alice"]})
    assert [ask(request(body, secret))[0] for secret in (NEW, OLD)] == [200, 200]
    store({"name": "tusd", "secrets": [NEW], "users": ["alice"]})
    bootstrap.webhook_senders.cache_clear()  # 5 minutes later
    assert [ask(request(body, secret))[0] for secret in (NEW, OLD)] == [200, 401]


@pytest.mark.usefixtures("senders")
def test_a_sender_reports_for_its_own_users_and_the_others_are_named() -> None:
    items = [UPDATE, UPDATE | {"userId": "b-bob"}, {"disconnect": {"userId": "alice"}}, {"userId": "alice"}, 7]
    status, answer = ask(request(json.dumps(items)))
    assert (status, answer["received"], answer["invalid"]) == (200, 5, 4)
    assert [(error["index"], error["field"]) for error in answer["errors"]] == [
        (1, "userId"),
        (2, "disconnect"),
        (3, "uploadId"),
        (4, "update"),
    ]
    assert (states(), states("b-bob")) == ({"u1": "uploading"}, {})
    assert ask(request(json.dumps(items[1]), OTHER)) == (200, {"received": 1})
    assert states("b-bob") == {"u1": "uploading"}


@pytest.mark.usefixtures("senders")
def test_a_user_in_an_envelope_is_checked_too() -> None:
    inner = {"Type": "Notification", "Message": json.dumps(UPDATE | {"userId": "b-bob"})}
    for body in (inner, {"specversion": "1.0", "data": inner}, {"requestContext": {}, "requestPayload": inner}):
        _, answer = ask(request(json.dumps(body)))
        assert answer.get("received") == answer.get("invalid")
    assert states("b-bob") == {}


@pytest.mark.usefixtures("senders")
def test_other_requests_are_refused_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refused = [
        (request("{}", NEW), 401),
        (request("{}", at=int(time.time()) - 400), 401),
        (request("{}", **{"webhook-signature": ""}), 401),
        (request("{}") | {"headers": None}, 401),
        (request("{}") | {"body": "{ }"}, 401),
        (request("no JSON"), 400),
        (request("[" * 100_000), 400),
        (request("x" * (MAX_BODY_BYTES + 1)), 413),
        (request("é" * (MAX_BODY_BYTES // 2 + 1)), 413),
        (request("{}", method="GET"), 405),
        (request("{}") | {"body": "*", "isBase64Encoded": True}, 400),
    ]
    statuses = [status for _, status in refused]
    assert [ask(event)[0] for event, _ in refused] == statuses
    assert [vars(one)["status"] for one in caplog.records if one.message == "webhook_refused"] == statuses
    assert OLD.removeprefix("whsec_") not in str([vars(one) for one in caplog.records])


@pytest.mark.usefixtures("senders")
def test_a_body_that_is_too_large_costs_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "read_message", lambda *_: pytest.fail("computed"))
    body = base64.b64encode(bytes(MAX_BODY_BYTES + 1)).decode()
    assert ask(request("{}") | {"body": body, "isBase64Encoded": True})[0] == 413


@pytest.mark.usefixtures("senders")
def test_a_body_of_exactly_the_limit_is_read_as_text_and_as_base64() -> None:
    event = request(json.dumps(UPDATE).ljust(MAX_BODY_BYTES))
    encoded = {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert [ask(event)[0], ask(event | encoded)[0]] == [200, 200]


@pytest.mark.usefixtures("senders")
def test_one_of_several_signatures_is_enough_and_other_versions_do_not_count() -> None:
    event = request(json.dumps(UPDATE))
    valid, other = (event["headers"]["webhook-signature"], request("{}", NEW)["headers"]["webhook-signature"])

    def status(signatures: str) -> int:
        return ask(event | {"headers": event["headers"] | {"webhook-signature": signatures}})[0]

    assert [status(f"v1a,AAAA {other} {valid}"), status(f"v2,{valid[3:]}"), status(valid[3:])] == [200, 401, 401]
    assert [status(" ".join([other] * 16 + [valid])), status("v1,*")] == [401, 401]


@pytest.mark.usefixtures("senders")
def test_times_within_five_minutes_count_in_both_directions() -> None:
    now = int(time.time())
    shifts = (-290, 290, -310, 310)
    assert [ask(request(json.dumps(UPDATE), at=now + shift))[0] for shift in shifts] == [200, 200, 401, 401]


@pytest.mark.usefixtures("senders")
def test_cloud_events_are_read_in_structured_and_batch_mode_and_headers_of_binary_mode_are_not() -> None:
    time_ = "2026-03-01T11:59:59.123Z"
    ended = UPDATE | {"status": "completed"}
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": UPDATE}
    batch = [event, event | {"data_base64": base64.b64encode(json.dumps(ended | {"uploadId": "u2"}).encode()).decode()}]
    del batch[1]["data"]
    assert ask(request(json.dumps(batch))) == (200, {"received": 2})
    assert ask(request(json.dumps(ended | {"uploadId": "u3"}), **{"ce-time": time_})) == (200, {"received": 1})
    assert states() == {"u1": "uploading", "u2": "completed", "u3": "completed"}


@pytest.mark.usefixtures("senders")
def test_a_body_in_base64_is_signed_as_its_bytes() -> None:
    event = request(json.dumps(UPDATE))
    encoded = {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert ask(event | encoded) == (200, {"received": 1})


@pytest.mark.usefixtures("world")
def test_without_secrets_a_sender_must_try_again(caplog: pytest.LogCaptureFixture) -> None:
    answer = webhook.handler(request(json.dumps(UPDATE)), Context())
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "30")
    assert any(record.message == "webhook_secrets_unavailable" for record in caplog.records)
