"""A client that says too much, or too much nonsense, is told, and then closed."""

import json
import time

import pytest

from domain.connection import MAX_FLOOD_ERRORS, ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, default
from testing import gateway_events
from testing.stub_management import StubManagement


@pytest.fixture(autouse=True)
def _connected(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time() * 1000)
    monkeypatch.setattr(default, "now_ms", lambda: now)  # a slow process stays within the time of the rules
    made = new_connection(
        "alice", "A=", connected_at=now - 60_000, token_expires_at=now + 3_600_000, limits=ConnectionLimits()
    )
    bootstrap.connections().add(made)


def say(body: str) -> None:
    default.handler(gateway_events.message("alice", "A=", body), None)


def test_a_burst_is_answered_the_rest_refused_and_a_flood_closed(management: StubManagement) -> None:
    burst = ConnectionLimits().messages_burst
    for number in range(burst + MAX_FLOOD_ERRORS + 1):
        say(json.dumps({"action": "ping", "id": number}))

    told = management.sent_to("A=")
    assert [message["type"] for message in told[:burst]] == ["pong"] * burst
    refused = told[burst:-1]
    assert [(message["type"], message["code"]) for message in refused] == [("error", 4429)] * MAX_FLOOD_ERRORS
    assert all(message["retryAfterMs"] > 0 and message["temporary"] for message in refused)
    last = told[-1]
    assert (last["type"], last["code"], last["reconnect"], last["retryAfterMs"]) == ("disconnect", 4429, True, 5000)
    assert management.closed() == ["A="]
    assert bootstrap.connections().of_user("alice", 0) == []


def test_the_third_malformed_message_in_a_minute_ends_the_connection(management: StubManagement) -> None:
    for body in ("nonsense", '{"action": "ping"}', "[]", '{"action": 7}'):
        say(body)

    told = management.sent_to("A=")
    assert [message.get("code") for message in told] == [4400, None, 4400, 4400]
    assert (told[-1]["type"], told[-1]["reason"]) == ("disconnect", "bad_request")
    assert management.closed() == ["A="]


def test_an_unknown_action_counts_as_a_mistake_not_as_an_attack(management: StubManagement) -> None:
    for _ in range(4):
        say('{"action": "fly"}')
    assert [message["code"] for message in management.sent_to("A=")] == [4404] * 4
    assert management.closed() == []
