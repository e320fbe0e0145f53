import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers import bootstrap, connect, default
from testing import gateway_events
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

OFFERED = {"Sec-WebSocket-Protocol": "upload-progress.v1, bearer.abc", "User-Agent": "Firefox"}


def test_a_connection_is_stored_under_its_user() -> None:
    event = gateway_events.connect("alice", "A1=", headers=OFFERED)

    answer = connect.handler(event, None)

    [stored] = bootstrap.connections().of_user("alice", event["requestContext"]["connectedAt"])
    assert (stored.user_id, stored.connection_id, stored.user_agent) == ("alice", "A1=", "Firefox")
    assert stored.token_expires_at == int(event["requestContext"]["authorizer"]["tokenExpiresAt"])
    assert answer == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "upload-progress.v1"}}


def test_a_client_that_offers_no_subprotocol_is_given_none() -> None:
    assert connect.handler(gateway_events.connect("alice", "A1="), None) == {"statusCode": 200, "headers": {}}


@pytest.mark.parametrize(
    "offered", ["bearer.abc", "upload-progress.v2, bearer.abc", "Upload-Progress.V1, bearer.abc", "chat"]
)
def test_a_client_that_offers_no_version_of_ours_is_refused_and_not_stored(
    offered: str, caplog: pytest.LogCaptureFixture
) -> None:
    event = gateway_events.connect("alice", "A1=", headers={"Sec-WebSocket-Protocol": offered})

    assert connect.handler(event, None) == {"statusCode": 400}

    assert bootstrap.connections().of_user("alice", 0) == []
    [record] = caplog.records
    assert (record.message, record.__dict__["reason"]) == ("handshake_refused", "subprotocol")
    assert "abc" not in repr(record.__dict__) and "chat" not in repr(record.__dict__)


def test_the_least_recently_active_connection_gives_way_at_the_cap(management: StubManagement) -> None:
    for number in range(10):
        event = gateway_events.connect("alice", f"A{number}=", connected_at=1_000_000_000_000 + number)
        event["requestContext"]["connectedAt"] = _long_ago(number)
        connect.handler(event, None)
    default.handler(gateway_events.message("alice", "A0=", json.dumps({"action": "keepalive"})), None)

    connect.handler(gateway_events.connect("alice", "new="), None)

    assert management.closed() == ["A1="]
    assert management.sent_to("A1=")[-1]["code"] == 4426
    assert management.sent_to("new=") == []


def test_a_cap_that_cannot_be_kept_now_refuses_nobody_and_is_left_to_a_sweep(
    management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    left = [1]

    def throttled(model: Any, **_: Any) -> None:
        if left:
            left.pop()
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)

    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.Query", throttled)

    assert connect.handler(gateway_events.connect("alice", "A1="), None)["statusCode"] == 200

    [row] = bootstrap.connections().of_user("alice", 0)
    assert row.crowded
    [record] = [one for one in caplog.records if one.message == "cap_not_kept"]
    assert record.__dict__["gatewayRequestId"] == "PJqB0E1tKRcF-Qw="


def test_connections_still_in_their_handshake_never_close_each_other(management: StubManagement) -> None:
    for number in range(12):
        connect.handler(gateway_events.connect("alice", f"A{number}="), None)

    assert management.closed() == []


def _long_ago(number: int) -> int:
    import time

    return int(time.time() * 1000) - 60_000 + number
