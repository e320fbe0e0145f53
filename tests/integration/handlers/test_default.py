"""What a client hears of what it says."""

import json
import logging
import os
import time
from dataclasses import replace
from typing import Any

import boto3
import pytest

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, default, push
from testing import gateway_events
from testing.lambda_context import Context
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

REQUEST_ID = "PJqB0E1tKRcF-Qw="


def now_ms() -> int:
    return int(time.time() * 1000)


def connected(connection_id: str = "A=", user_id: str = "alice", *, age_ms: int = 60_000, **fields: Any) -> Connection:
    """A connection that was opened so long ago and has said nothing since."""
    connected_at, expires = now_ms() - age_ms, now_ms() + 3_600_000
    made = new_connection(
        user_id, connection_id, connected_at=connected_at, token_expires_at=expires, limits=ConnectionLimits()
    )
    made = replace(made, **fields)
    bootstrap.connections().add(made)
    return made


def say(body: str | None = None, connection_id: str = "A=", user_id: str = "alice", **fields: Any) -> None:
    """One message of a client; its answer reaches nobody but the log of the gateway."""
    event = gateway_events.message(user_id, connection_id, json.dumps(fields) if body is None else body)
    assert default.handler(event, None) == {"statusCode": 200}


def stored(connection_id: str = "A=", user_id: str = "alice") -> Connection:
    [found] = [one for one in bootstrap.connections().of_user(user_id, 0) if one.connection_id == connection_id]
    return found


def told(management: StubManagement, connection_id: str = "A=") -> list[dict[str, Any]]:
    """What was sent, with what differs from run to run left out."""
    volatile = ("snapshotId",)
    return [
        {name: value for name, value in message.items() if name not in volatile}
        for message in management.sent_to(connection_id)
    ]


def recorded_calls() -> list[str]:
    calls: list[str] = []
    bootstrap._dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    return calls


def test_hello_is_answered_with_the_terms_and_with_how_things_stand(management: StubManagement) -> None:
    made = connected()
    connected("B=")
    connected("C=", closing="replaced")
    connected("D=", token_expires_at=now_ms() - 1)
    push.handler({"userId": "alice", "uploadId": "u1", "status": "queued"}, Context())
    push.handler({"userId": "bob", "uploadId": "u2", "status": "queued"}, Context())
    management.calls.clear()

    say(action="hello", id="h1")

    welcome, snapshot = told(management)
    assert (welcome["type"], welcome["id"], welcome["connectionId"]) == ("welcome", "h1", "A=")
    assert welcome["channel"] == snapshot["channel"] == "/user/alice/upload-progress"
    assert welcome["activeConnections"] == 2
    assert (welcome["idleTimeoutSeconds"], welcome["maxConnectionsPerUser"]) == (300, 10)
    assert welcome["tokenExpiresAt"].startswith(time.strftime("%Y-%m-%dT", time.gmtime(made.token_expires_at / 1000)))
    assert (snapshot["type"], [upload["uploadId"] for upload in snapshot["uploads"]]) == ("snapshot", ["u1"])
    assert management.closed() == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"action": "ping"}, [{"type": "pong"}]),
        ({"action": "ping", "id": 7}, [{"type": "pong", "id": 7}]),
        ({"action": "pong", "id": 7}, []),
        ({"action": "keepalive", "id": "k"}, [{"type": "ack", "id": "k"}]),
    ],
    ids=str,
)
def test_small_talk(management: StubManagement, said: dict[str, Any], answer: list[dict[str, Any]]) -> None:
    connected()

    say(**said)

    assert told(management) == answer


@pytest.mark.parametrize(
    ("action", "active"), [("hello", True), ("sync", True), ("keepalive", True), ("ping", False), ("pong", False)]
)
def test_every_message_is_a_sign_of_life_but_ping_and_pong_show_no_interest(action: str, active: bool) -> None:
    made = connected()
    before = now_ms()

    say(action=action)

    assert stored().last_seen_at >= before
    assert (stored().last_active_at >= before) is active
    assert active or stored().last_active_at == made.last_active_at


def test_sync_answers_every_page_with_its_id(management: StubManagement) -> None:
    connected(age_ms=60_000)
    updates = [
        {"userId": "alice", "uploadId": f"u{number}", "status": "queued", "message": "m" * 1000} for number in range(40)
    ]
    push.handler(updates, Context())
    management.calls.clear()

    say(action="sync", id=0)

    pages = management.sent_to("A=")
    assert len(pages) > 1
    assert {page["id"] for page in pages} == {0} and len({page["snapshotId"] for page in pages}) == 1
    assert [page["page"] for page in pages] == list(range(1, pages[0]["pages"] + 1))
    assert len({upload["uploadId"] for page in pages for upload in page["uploads"]}) == 40


@pytest.mark.parametrize("action", ["sync", "hello"])
def test_what_costs_a_snapshot_is_answered_once_in_5_seconds(management: StubManagement, action: str) -> None:
    connected()
    say(action=action, id=1)

    say(action=action, id=2)

    *_, first, second = told(management)
    assert [message["type"] for message in told(management)].count("snapshot") == 1
    assert first["type"] == "snapshot"
    assert (second["type"], second["code"], second["name"], second["id"]) == ("error", 4429, "rate_limited", 2)
    assert second["temporary"] is True and 0 < second["retryAfterMs"] <= 5000
    assert management.closed() == []


def test_a_client_that_just_said_hello_may_sync(management: StubManagement) -> None:
    connected()

    say(action="hello")
    say(action="sync")

    assert [message["type"] for message in told(management)] == ["welcome", "snapshot", "snapshot"]


def test_a_hello_after_5_seconds_is_answered(management: StubManagement) -> None:
    connected(greeted_at=now_ms() - 5000)

    say(action="hello")

    assert [message["type"] for message in told(management)] == ["welcome", "snapshot"]


def test_a_sync_after_5_seconds_is_answered_and_other_connections_have_their_own_clock(
    management: StubManagement,
) -> None:
    connected("A=", synced_at=now_ms() - 5000)
    connected("B=")

    say(action="sync")
    say(action="sync", connection_id="B=")

    assert [message["type"] for message in [*told(management), *told(management, "B=")]] == ["snapshot", "snapshot"]


REFUSED: list[tuple[str, int, str, object]] = [
    ("", 4400, "bad_request", None),
    ("hello", 4400, "bad_request", None),
    ("[1]", 4400, "bad_request", None),
    ('{"action": 7, "id": "a"}', 4400, "bad_request", "a"),
    ('{"action": "ping", "id": {}}', 4400, "bad_request", None),
    ('{"action": "ping", "id": true}', 4400, "bad_request", None),
    ('{"action": "hello", "clientId": 7, "id": "a"}', 4400, "bad_request", "a"),
    ('{"action": "subscribe", "id": "a"}', 4404, "unknown_action", "a"),
    ('{"action": "ping", "more": "' + "x" * 4096 + '"}', 4413, "too_large", None),
    ("[" * 20_000, 4413, "too_large", None),
]


@pytest.mark.parametrize(("body", "code", "name", "id"), REFUSED, ids=lambda value: f"{value!s:.30}")
def test_bad_input_is_an_error_and_no_reason_to_close(
    management: StubManagement, body: str, code: int, name: str, id: object
) -> None:
    connected()
    before = now_ms()

    say(body)

    [error] = told(management)
    assert (error["type"], error["code"], error["name"]) == ("error", code, name)
    assert (error["requestId"], error["temporary"], error.get("id")) == (REQUEST_ID, False, id)
    assert management.closed() == []
    assert stored().last_seen_at >= before


def test_a_message_without_a_body_is_bad_input(management: StubManagement) -> None:
    connected()
    event = gateway_events.message("alice", "A=", "")
    del event["body"]

    default.handler(event, None)

    assert [message["code"] for message in told(management)] == [4400]


@pytest.mark.parametrize("body", ['{"action": "hello"}', "nonsense"])
def test_a_connection_without_a_row_is_told_to_come_back_and_closed(management: StubManagement, body: str) -> None:
    say(body)

    [goodbye] = told(management)
    assert (goodbye["type"], goodbye["code"], goodbye["reason"]) == ("disconnect", 4409, "unknown_connection")
    assert goodbye["reconnect"] is True
    assert management.closed() == ["A="]
    assert bootstrap.connections().of_user("alice", 0) == []


def test_a_connection_of_another_user_is_unknown(management: StubManagement) -> None:
    connected("A=", "alice")

    say(action="hello", user_id="bob")

    assert [message["code"] for message in told(management)] == [4409]
    assert stored().last_seen_at < now_ms() - 30_000


@pytest.mark.parametrize("body", ['{"action": "sync"}', '{"action": "hello", "clientId": "p"}', "nonsense"])
def test_a_connection_whose_token_ran_out_gets_nothing_but_the_reason(management: StubManagement, body: str) -> None:
    connected(token_expires_at=now_ms() - 1)
    connected("B=", client_id="p", age_ms=90_000)

    say(body)

    [goodbye] = told(management)
    assert (goodbye["code"], goodbye["reason"], goodbye["reconnect"]) == (4401, "token_expired", True)
    assert management.closed() == ["A="]
    assert [one.connection_id for one in bootstrap.connections().of_user("alice", 0)] == ["B="]


def test_the_row_is_the_truth_about_expiry_and_not_the_handshake(management: StubManagement) -> None:
    connected()
    event = gateway_events.message("alice", "A=", '{"action": "ping"}', expires_in=-60)

    default.handler(event, None)

    assert told(management) == [{"type": "pong"}]


@pytest.mark.parametrize("body", ['{"action": "hello"}', '{"action": "ping"}', "nonsense"])
def test_nothing_is_sent_to_a_connection_that_is_closing(management: StubManagement, body: str) -> None:
    """It was, or is just being, told why; a second reason might call it back."""
    made = connected(closing="connection_limit")

    say(body)

    assert management.calls == []
    assert stored() == made


def test_a_page_replaces_its_older_connection_after_the_answer(management: StubManagement) -> None:
    connected("old=", client_id="page-1", age_ms=90_000)
    connected("other=", client_id="page-2", age_ms=90_000)
    connected("bobs=", "bob", client_id="page-1", age_ms=90_000)
    connected("A=")

    say(action="hello", clientId="page-1")

    kinds = [(method, to, message and message["type"]) for method, to, message in management.calls]
    assert kinds == [
        ("POST", "A=", "welcome"),
        ("POST", "A=", "snapshot"),
        ("POST", "old=", "disconnect"),
        ("DELETE", "old=", None),
    ]
    [goodbye] = told(management, "old=")
    assert (goodbye["code"], goodbye["reason"], goodbye["reconnect"]) == (4427, "replaced", False)
    assert stored().client_id == "page-1"
    assert sorted(one.connection_id for one in bootstrap.connections().of_user("alice", 0)) == ["A=", "other="]


def test_an_older_connection_that_speaks_late_never_replaces_the_newer(management: StubManagement) -> None:
    connected("new=", client_id="page-1", age_ms=10_000)
    connected("A=", age_ms=90_000)

    say(action="hello", clientId="page-1")
    say(action="hello", clientId="page-1")

    assert management.closed() == []


@pytest.mark.parametrize(
    "body",
    [json.dumps({"action": name}) for name in ("hello", "sync", "ping", "pong", "keepalive", "other")]
    + ['{"action": "hello", "clientId": "p"}', "nonsense", "x" * 5000],
    ids=lambda body: f"{body:.40}",
)
def test_every_message_costs_exactly_one_write(body: str) -> None:
    connected()
    calls = recorded_calls()

    say(body)

    assert [name for name in calls if name != "Query"] == ["UpdateItem"]


def test_a_message_of_an_unknown_connection_costs_no_more() -> None:
    calls = recorded_calls()

    say(action="hello")

    assert calls == ["UpdateItem"]


@pytest.mark.parametrize(("table", "action"), [("UPLOADS_TABLE", "sync"), ("CONNECTIONS_TABLE", "ping")])
def test_a_failure_of_ours_is_told_by_its_id_alone_and_the_connection_stays(
    management: StubManagement, caplog: pytest.LogCaptureFixture, table: str, action: str
) -> None:
    connected()
    name = os.environ[table]
    boto3.client("dynamodb").delete_table(TableName=name)

    with caplog.at_level(logging.INFO):
        say(action=action, id="a")

    [error] = told(management)
    assert error == {
        "type": "error",
        "id": "a",
        "code": 4500,
        "name": "internal",
        "message": error["message"],
        "temporary": True,
        "requestId": REQUEST_ID,
    }
    assert not any(word in error["message"] for word in (name, "Traceback", "arn:", "Exception", "Resource"))
    assert management.closed() == []
    [record] = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert record.__dict__["gatewayRequestId"] == REQUEST_ID and record.exc_info is not None


def test_a_connection_that_turns_out_to_be_gone_is_forgotten(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 410

    say(action="sync")

    assert bootstrap.connections().of_user("alice", 0) == []


def test_a_410_so_soon_after_the_handshake_does_not_mean_gone(management: StubManagement) -> None:
    connected(age_ms=1000)
    management.answers["A="] = 410

    say(action="hello")

    assert stored().connection_id == "A="


@pytest.mark.parametrize("status", [410, 403])
def test_a_page_keeps_its_older_connection_if_the_new_one_cannot_be_answered(
    management: StubManagement, status: int
) -> None:
    connected("old=", client_id="page-1", age_ms=90_000)
    connected("A=", age_ms=1000)
    management.answers["A="] = status

    say(action="hello", clientId="page-1")

    assert management.closed() == []
    assert "old=" in [one.connection_id for one in bootstrap.connections().of_user("alice", 0)]


def test_what_a_client_says_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    connected()

    with caplog.at_level(logging.DEBUG, "upload_progress"):
        say('{"action": "refresh", "token": "eyJsecret"}')
        say('{"action": "eyJsecret"}')

    assert "eyJsecret" not in repr([one.__dict__ for one in caplog.records if one.name == "upload_progress"])
