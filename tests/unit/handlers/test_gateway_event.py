"""What our functions read of events, judged by the golden ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.gateway_event import read_event, read_handshake

EVENTS = Path(__file__).parents[2] / "events"


def golden(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


AFTER_THE_AUTHORIZER = ["connect_with_authorizer", "message", "disconnect_idle"]


@pytest.mark.parametrize("name", AFTER_THE_AUTHORIZER)
def test_who_is_speaking_is_in_every_event_after_the_authorizer(name: str) -> None:
    event = golden(name)
    event["requestContext"]["authorizer"] = {"principalId": "x", "userId": "alice", "tokenExpiresAt": "1772366400000"}

    request = read_event(event)

    assert (request.user_id, request.token_expires_at) == ("alice", 1_772_366_400_000)
    assert request.connection_id == event["requestContext"]["connectionId"]
    assert request.request_id == event["requestContext"]["requestId"]
    assert request.connected_at == event["requestContext"]["connectedAt"]


@pytest.mark.parametrize("name", ["authorizer", "connect"])
def test_the_handshake_of_a_golden_event_is_read_whole(name: str) -> None:
    event = golden(name)

    handshake = read_handshake(event)

    assert handshake.headers.keys() == {header.lower() for header in event["headers"]}
    assert handshake.query == (event.get("queryStringParameters") or {})


@pytest.mark.parametrize(
    "maps",
    [
        {"headers": {"Origin": "a"}},
        {"headers": {"ORIGIN": "a"}, "multiValueHeaders": None},
        {"headers": None, "multiValueHeaders": {"origin": ["a"]}},
        {"headers": {"Origin": "a"}, "multiValueHeaders": {"Origin": ["a"]}},
    ],
    ids=str,
)
def test_either_map_of_headers_will_do_and_names_are_of_any_case(maps: dict[str, Any]) -> None:
    assert read_handshake(maps).origin == "a"


def test_all_values_of_a_repeated_header_are_read() -> None:
    """`headers` keeps the last alone (API Gateway Developer Guide)."""
    name = "Sec-WebSocket-Protocol"
    event = {"headers": {name: "b"}, "multiValueHeaders": {name: ["upload-progress.v1", "b"]}}

    assert read_handshake(event).subprotocols == ["upload-progress.v1", "b"]


def test_an_event_without_headers_or_query_is_an_empty_handshake() -> None:
    handshake = read_handshake({})

    assert (handshake.origin, handshake.subprotocols, handshake.query, handshake.user_agent) == (None, [], {}, None)
