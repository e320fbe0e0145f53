"""What each function tells CloudWatch, read from the lines that it really logs."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from handlers import authorizer, bootstrap, connect, default, disconnect, push, sweep
from testing import gateway_events
from testing.embedded_metrics import lines, published
from testing.lambda_context import Context
from testing.stub_management import StubManagement
from tests.integration.handlers.test_push import at
from tests.integration.handlers.test_sweep import connected

pytestmark = pytest.mark.usefixtures("world")

NAMESPACE = "UploadProgress/local"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def told(caplog: pytest.LogCaptureFixture) -> dict[str, float]:
    """The sums so far, as `Name` and `Name:reason`."""
    found = published(caplog.records)
    assert {namespace for namespace, _, _ in found} == {NAMESPACE}
    return {f"{name}:{by}" if by else name: sum(values) for (_, name, by), values in found.items()}


def say(text: str, connection_id: str = "A=") -> None:
    default.handler(gateway_events.message("alice", connection_id, text), None)


def test_a_connection_is_counted_when_it_opens_and_when_its_client_leaves(caplog: pytest.LogCaptureFixture) -> None:
    connect.handler(gateway_events.connect("alice", "A="), None)
    disconnect.handler(gateway_events.disconnect("alice", "A="), None)

    assert told(caplog) == {"ConnectionsOpened": 1, "ConnectionsClosed": 1, "ConnectionsClosed:went_away": 1}


def test_what_we_close_is_counted_once_under_our_reason(
    caplog: pytest.LogCaptureFixture, management: StubManagement
) -> None:
    connected(minutes_ago=10, warned_at={"idle": int(time.time() * 1000) - 120_000})
    connected("B=", token_expires_at=0)

    sweep.handler({}, Context())
    for connection_id in management.closed():
        disconnect.handler(gateway_events.disconnect("alice", connection_id), None)

    counted = told(caplog)
    assert counted["ConnectionsClosed"] == 2
    assert {name for name in counted if name.startswith("ConnectionsClosed:")} == {
        "ConnectionsClosed:token_expired",
        "ConnectionsClosed:idle_timeout",
    }


def test_a_connection_that_turns_out_to_be_gone_is_counted_as_such(
    caplog: pytest.LogCaptureFixture, management: StubManagement
) -> None:
    connected(minutes_ago=3)
    management.answers["A="] = 410

    sweep.handler({}, Context())

    assert told(caplog)["ConnectionsClosed:gone"] == 1


def test_a_refused_message_is_counted_by_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    connect.handler(gateway_events.connect("alice", "A="), None)
    say("no json")
    say(json.dumps({"action": "dance"}))

    counted = told(caplog)
    assert (counted["MessagesRefused"], counted["MessagesRefused:bad_request"]) == (2, 1)
    assert counted["MessagesRefused:unknown_action"] == 1


def test_a_failed_message_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    def fail(**_: object) -> None:
        raise OSError("no way")

    connect.handler(gateway_events.connect("alice", "A="), None)
    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.UpdateItem", fail)
    say(json.dumps({"action": "ping"}))

    assert told(caplog)["MessagesFailed"] == 1


def test_a_handshake_without_a_token_is_counted_as_unauthorized(caplog: pytest.LogCaptureFixture) -> None:
    event = {"requestContext": {"connectionId": "A=", "routeKey": "$connect", "requestId": "R="}, "methodArn": "arn"}

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler(event, None)

    assert told(caplog) == {"HandshakesUnauthorized": 1, "HandshakesUnauthorized:missing": 1}
    [line] = lines(caplog.records)
    assert (line["route"], line["connectionId"], line["gatewayRequestId"]) == ("$connect", "A=", "R=")


def pushed(*updates: dict[str, Any]) -> None:
    said = {"userId": "alice", "uploadId": "u", "status": "uploading"}
    push.handler([said | update for update in updates], Context())


def test_a_push_tells_what_became_of_its_updates_and_of_its_messages(
    caplog: pytest.LogCaptureFixture, management: StubManagement
) -> None:
    for connection_id in ("A=", "B=", "C="):
        connected(connection_id)
    connected("D=", minutes_ago=0)
    management.answers |= {"B=": 410, "C=": 403, "D=": 410}

    pushed({"rev": at(5)}, {"rev": at(7)}, {"rev": at(6), "status": "dancing"})
    pushed({"rev": at(6)})

    counted = told(caplog)
    updates = {name: counted[f"Updates{name}"] for name in ("Received", "Invalid", "Stale", "Conflated", "Queued")}
    assert updates == {"Received": 4, "Invalid": 1, "Stale": 1, "Conflated": 1, "Queued": 1}
    sends = {name: counted[f"Sends{name}"] for name in ("Delivered", "Pending", "Gone", "Failed")}
    assert sends == {"Delivered": 1, "Pending": 1, "Gone": 1, "Failed": 1}
    assert counted["ConnectionsClosed:gone"] == 1


def test_latency_counts_from_the_receipt_and_once_for_each_message_delivered(caplog: pytest.LogCaptureFixture) -> None:
    for connection_id in ("A=", "B="):
        connected(connection_id)
    sent = {"SentTimestamp": str(int(time.time() * 1000) - 3000), "ApproximateReceiveCount": "1"}
    body = json.dumps({"userId": "alice", "uploadId": "film", "status": "uploading"})

    message = {"eventSource": "aws:sqs", "messageId": "1", "body": body, "attributes": sent}
    push.handler({"Records": [message]}, Context())

    latencies = published(caplog.records)[NAMESPACE, "PushLatency", None]
    assert len(latencies) == 2 and all(3000 <= one < 60_000 for one in latencies)


@pytest.mark.parametrize("said", ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_pipelines_wrong_clock_changes_no_latency(caplog: pytest.LogCaptureFixture, said: str) -> None:
    connected("A=")

    pushed({"updatedAt": said, "rev": at(0)})

    [latency] = published(caplog.records)[NAMESPACE, "PushLatency", None]
    assert 0 <= latency < 60_000


def test_a_push_that_reached_nobody_says_nothing_of_latency(caplog: pytest.LogCaptureFixture) -> None:
    pushed({"status": "completed"})

    assert "PushLatency" not in told(caplog)


def test_a_pipelines_own_id_of_a_report_is_in_the_line_of_its_push(caplog: pytest.LogCaptureFixture) -> None:
    pushed({"correlationId": "transfer-17"})

    [line] = lines(caplog.records)
    assert (line["message"], line["correlationIds"]) == ("pushed", ["transfer-17"])


def test_a_sweep_says_how_long_it_took_and_how_late_it_was(caplog: pytest.LogCaptureFixture) -> None:
    late = int(time.time() * 1000) - 90_000
    connected(due_at=late)

    sweep.handler({}, Context())

    found = published(caplog.records)
    [backlog], [duration] = (found[NAMESPACE, name, None] for name in ("SweepBacklog", "SweepDuration"))
    assert 90_000 <= backlog < 150_000 and duration >= 0


def test_a_sweep_with_nothing_to_do_is_not_late(caplog: pytest.LogCaptureFixture) -> None:
    sweep.handler({}, Context())

    assert told(caplog)["SweepBacklog"] == 0


@pytest.mark.parametrize("event", ["connect", "message", "disconnect"])
def test_every_line_of_a_connection_names_it_its_user_its_request_and_its_route(
    event: str, caplog: pytest.LogCaptureFixture
) -> None:
    connected()
    {"connect": lambda: connect.handler(gateway_events.connect("alice", "A="), None), "message": lambda: say("{")}.get(
        event, lambda: disconnect.handler(gateway_events.disconnect("alice", "A="), None)
    )()

    said: list[dict[str, Any]] = lines(caplog.records)
    assert said
    for line in said:
        about = {name: line[name] for name in ("connectionId", "userId", "gatewayRequestId")}
        assert about == {"connectionId": "A=", "userId": "alice", "gatewayRequestId": "PJqB0E1tKRcF-Qw="}
        assert line["route"] in ("$connect", "$default", "$disconnect")
