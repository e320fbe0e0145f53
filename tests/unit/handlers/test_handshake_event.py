"""The handshake in events, judged by the golden ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.handshake_event import read_handshake

EVENTS = Path(__file__).parents[2] / "events"


@pytest.mark.parametrize("name", ["authorizer", "connect"])
def test_the_handshake_of_a_golden_event_is_read_whole(name: str) -> None:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())

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
