"""What our functions read of events, judged by the golden ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.gateway_event import read_event

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
