"""`$disconnect` forgets, whatever the gateway knows of the reason."""

import logging

import pytest

from handlers import bootstrap, connect, disconnect
from handlers.gateway_event import now_ms
from testing import gateway_events
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")


def test_the_connection_is_forgotten_and_nobody_elses(management: StubManagement) -> None:
    for user, connection_id in (("alice", "A="), ("alice", "B="), ("bob", "C=")):
        connect.handler(gateway_events.connect(user, connection_id), None)

    assert disconnect.handler(gateway_events.disconnect("alice", "A="), None) == {"statusCode": 200}

    assert [one.connection_id for one in bootstrap.connections().of_user("alice", now_ms())] == ["B="]
    assert [one.connection_id for one in bootstrap.connections().of_user("bob", now_ms())] == ["C="]
    assert management.calls == []


def test_a_second_disconnect_is_no_error() -> None:
    for _ in range(2):
        assert disconnect.handler(gateway_events.disconnect("alice", "A="), None) == {"statusCode": 200}


def test_the_code_of_a_close_is_logged_and_the_clients_own_words_are_not(caplog: pytest.LogCaptureFixture) -> None:
    event = gateway_events.disconnect("alice", "A=")
    event["requestContext"] |= {"disconnectStatusCode": 4000, "disconnectReason": "bye eyJsecret"}

    with caplog.at_level(logging.INFO):
        disconnect.handler(event, None)

    [record] = [one for one in caplog.records if one.name == "upload_progress"]
    assert (record.__dict__["code"], record.__dict__["reason"]) == (4000, "left")
    assert "eyJsecret" not in repr(record.__dict__)


def test_a_disconnect_without_a_code_is_taken() -> None:
    """The gateway leaves both out when it does not know."""
    event = gateway_events.disconnect("alice", "A=")
    del event["requestContext"]["disconnectStatusCode"], event["requestContext"]["disconnectReason"]

    assert disconnect.handler(event, None) == {"statusCode": 200}
