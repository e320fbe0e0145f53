"""No role allows what its function never does: each right is one that a recorded call needed, or has its reason here.

Each function does here, once, all that it can do; testing/role_check.py records its calls. A right that is left in
template.yaml after the code that needed it went, fails.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError
from standardwebhooks.webhooks import Webhook

from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from domain.timestamps import rfc3339
from handlers import authorizer, bootstrap, connect, default, disconnect, push, sweep, webhook
from local_emulator.deployment import Deployment
from testing import gateway_events
from testing.aws_environment import AUDIENCE, ISSUER, WEBHOOK_SECRET_ARN, aws_environment
from testing.lambda_context import Context
from testing.queues import send
from testing.roles import Call, our_roles
from testing.stub_management import StubManagement

MINUTE = 60_000
SECRET = "a secret that is long enough for HS256"
# What AWS does with a function's role without the function's doing; the source stands beside each.
GRANTED_UNSEEN = {
    "logs:CreateLogStream": "Lambda writes the function's log (Lambda Developer Guide, execution role)",
    "logs:PutLogEvents": "the same",
    "xray:PutTraceSegments": "Lambda sends its traces, with EnableTracing (Developer Guide, X-Ray)",
    "xray:PutTelemetryRecords": "the same",
    "sqs:ReceiveMessage": "Lambda polls the queue for the function (Developer Guide, SQS event source permissions)",
    "sqs:DeleteMessage": "the same",
    "sqs:GetQueueAttributes": "the same",
}


def token(**claims: Any) -> str:
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": int(time.time()) + 7200, **claims}
    return jwt.encode(said, SECRET, algorithm="HS256")


def stored(connection_id: str, *, minutes_ago: int = 3, **fields: Any) -> None:
    """A row of alice's, due now."""
    now = int(time.time() * 1000)
    opened, expires = now - minutes_ago * MINUTE, now + 3_600_000
    made = new_connection(
        "alice", connection_id, connected_at=opened, token_expires_at=expires, limits=ConnectionLimits()
    )
    bootstrap.connections().add(replace(made, due_at=now - 1, **fields))


def say(connection_id: str, **fields: Any) -> None:
    default.handler(gateway_events.message("alice", connection_id, json.dumps(fields)), Context())


def verify_a_token(management: StubManagement) -> None:
    event = gateway_events.connect("alice", "new=", headers={"Authorization": f"Bearer {token()}"})
    event["methodArn"] = "arn:aws:execute-api:us-east-1:123456789012:gateway/prod/$connect"
    answer = authorizer.handler(event, None)
    assert answer["principalId"] == "alice"


def open_one_too_many(management: StubManagement) -> None:
    for number in range(ConnectionLimits().max_connections_per_user):
        stored(f"old{number}=")
    connect.handler(gateway_events.connect("alice", "new="), None)
    assert len(management.closed()) == 1


def leave(management: StubManagement) -> None:
    disconnect.handler(gateway_events.disconnect("alice", "new="), None)


def replace_a_connection_and_its_token(management: StubManagement) -> None:
    stored("old=", minutes_ago=4, client_id="page")
    stored("next=")
    say("next=", action="hello", clientId="page")
    say("next=", action="refresh", token=token())
    say("next=", action="report", upload={"uploadId": "mine", "status": "uploading"})
    assert management.closed() == ["old="]
    assert [said["type"] for said in management.sent_to("next=")] == ["welcome", "snapshot", "refreshed", "ack"]


def push_to_some_who_are_gone_or_out_of_reach(management: StubManagement) -> None:
    for connection_id in ("here=", "gone=", "busy="):
        stored(connection_id)
    management.answers |= {"gone=": 410, "busy=": 403}
    update = {"userId": "alice", "uploadId": "u", "status": "uploading"}
    assert push.handler(update, Context())["queued"] == 1
    now = int(time.time() * 1000)
    end = update | {"status": "completed", "rev": now, "updatedAt": rfc3339(now)}
    messages = send(end, {"userId": "../*"})
    assert len(push.handler({"Records": messages}, Context())["batchItemFailures"]) == 1
    push.handler({"disconnect": {"userId": "alice"}}, Context())
    assert "here=" in management.closed()


def sweep_what_is_quiet_dead_and_too_much(management: StubManagement) -> None:
    at = int(time.time() * 1000) - 2 * MINUTE
    stored("quiet=", last_seen_at=at - MINUTE, ping_begun_at=at, ping_note="a note that was lost")
    stored("expired=", token_expires_at=at)
    stored("crowded=", crowded=True, last_seen_at=at + MINUTE)
    push.handler({"userId": "alice", "uploadId": "silent", "status": "uploading"}, Context())
    silent = bootstrap.uploads().read([("alice", "silent")])["alice", "silent"]
    assert bootstrap.uploads().replace(silent, replace(silent, received_at=at - 360 * MINUTE, due_at=at))
    sweep.handler({}, Context())
    assert management.closed() == ["expired="]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "MAX_SWEPT_AT_ONCE", 0)
        stored("due=")
        with suppress(ClientError):  # nobody has put the function there
            sweep.handler({}, Context())


def take_a_webhook_that_cannot_be_delivered(management: StubManagement) -> None:
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    senders = json.dumps([{"name": "tusd", "secrets": [secret], "users": ["alice"]}])
    boto3.client("secretsmanager").create_secret(Name=WEBHOOK_SECRET_ARN.rpartition(":")[2], SecretString=senders)
    for connection_id in ("here=", "gone=", "busy="):
        stored(connection_id)
    management.answers |= {"gone=": 410, "busy=": 429}
    first = datetime.now(UTC) - timedelta(seconds=90)
    update = {"userId": "alice", "uploadId": "u", "status": "uploading", "rev": int(first.timestamp() * 1000)}
    for now in (first, datetime.now(UTC)):  # the connection that still refuses the same state is closed
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(webhook, "now_ms", lambda now=now: int(now.timestamp() * 1000))
            webhook.handler(signed_webhook(secret, json.dumps(update), now), Context())
    assert "busy=" in management.closed()


def signed_webhook(secret: str, body: str, now: datetime) -> dict[str, Any]:
    signed = {"webhook-id": "1", "webhook-timestamp": str(int(now.timestamp()))}
    signed["webhook-signature"] = Webhook(secret).sign("1", now, body)
    return {"requestContext": {"http": {"method": "POST"}}, "headers": signed, "body": body}


DEEDS: dict[str, Callable[[StubManagement], None]] = {
    "AuthorizerFunction": verify_a_token,
    "ConnectFunction": open_one_too_many,
    "DisconnectFunction": leave,
    "DefaultFunction": replace_a_connection_and_its_token,
    "PushFunction": push_to_some_who_are_gone_or_out_of_reach,
    "SweepFunction": sweep_what_is_quiet_dead_and_too_much,
    "WebhookFunction": take_a_webhook_that_cannot_be_delivered,
}


@pytest.fixture
def calls_of(deployment: Deployment, management: StubManagement) -> Iterator[Callable[[str], set[Call]]]:
    """Lets a function do its deeds; answers its calls."""
    with aws_environment(deployment, management, JWKS_URL="", JWT_SECRET_ARN="jwt-secrets") as role_check:
        assert role_check is not None
        boto3.client("secretsmanager").create_secret(Name="jwt-secrets", SecretString=json.dumps([SECRET]))

        def calls_of(function: str) -> set[Call]:
            DEEDS[function](management)
            return {call for caller, call in role_check.calls if caller == function}

        yield calls_of


@pytest.mark.parametrize("function", DEEDS)
def test_every_right_is_used_or_has_its_reason(function: str, calls_of: Callable[[str], set[Call]]) -> None:
    calls = calls_of(function)

    assert {right for right in our_roles().unused(function, calls) if right.action not in GRANTED_UNSEEN} == set()
    assert not GRANTED_UNSEEN.keys() & {call.action for call in calls}


def test_every_function_is_held_to_this() -> None:
    assert DEEDS.keys() == set(our_roles().functions)


def test_no_reason_outlives_its_right() -> None:
    roles = our_roles()
    allowed = {right.action for function in roles.functions for right in roles.unused(function, [])}

    assert GRANTED_UNSEEN.keys() <= allowed


def test_a_right_that_no_call_needs_is_named(calls_of: Callable[[str], set[Call]]) -> None:
    calls = calls_of("SweepFunction")
    index = Call("dynamodb:Query", "<ConnectionsTable.Arn>/index/due")

    assert our_roles().unused("SweepFunction", calls - {index}) >= {index}
