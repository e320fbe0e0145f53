"""Whatever an event holds where clients and pipelines have a say, a function answers or refuses; it never breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.deadlines import new_connection
from handlers import authorizer, bootstrap, connect, default, push
from handlers.gateway_event import now_ms, read_event
from handlers.handshake_event import read_handshake
from testing.gateway_events import message
from testing.lambda_context import Context
from testing.stub_management import StubManagement

GOLDEN = Path(__file__).parents[2] / "events"
WORLD = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NAMES = st.sampled_from(["Authorization", "authorization", "Origin", "Sec-WebSocket-Protocol", "User-Agent"]) | TEXT
HEADERS = st.dictionaries(NAMES, TEXT, max_size=6)
SEVERAL = st.dictionaries(NAMES, st.lists(TEXT, max_size=4), max_size=6)
QUERY = st.none() | st.dictionaries(st.just("token") | TEXT, TEXT, max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def golden_authorizer() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((GOLDEN / "authorizer.json").read_text())
    return event


@WORLD
@given(headers=HEADERS, several=SEVERAL, query=QUERY)
def test_any_handshake_is_let_in_denied_or_unauthorized(
    world: None, golden_authorizer: dict[str, Any], headers: Any, several: Any, query: Any
) -> None:
    changed = {"headers": headers, "multiValueHeaders": several, "queryStringParameters": query}

    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        authorizer.handler(golden_authorizer | changed, None)


@WORLD
@given(headers=HEADERS, several=SEVERAL, query=QUERY)
def test_any_handshake_can_be_read(headers: Any, several: Any, query: Any) -> None:
    handshake = read_handshake({"headers": headers, "multiValueHeaders": several, "queryStringParameters": query})

    assert handshake.chosen_subprotocol in (None, "upload-progress.v1")
    assert len(handshake.user_agent or "") <= 256
    assert all(handshake.subprotocols)


@WORLD
@given(headers=HEADERS, several=SEVERAL)
def test_whatever_a_client_sends_along_a_verified_user_is_connected_or_offers_no_version_of_ours(
    world: None, headers: Any, several: Any
) -> None:
    event: dict[str, Any] = json.loads((GOLDEN / "connect_with_authorizer.json").read_text())
    event["requestContext"]["authorizer"] |= {"userId": "alice", "tokenExpiresAt": "4000000000000"}

    answer = connect.handler(event | {"headers": headers, "multiValueHeaders": several}, None)

    foreign = read_handshake(event | {"headers": headers, "multiValueHeaders": several}).has_foreign_subprotocols
    assert answer["statusCode"] == (400 if foreign else 200)
    assert set(answer.get("headers", {}).values()) <= {"upload-progress.v1"}


@WORLD
@given(body=TEXT | JSON.map(json.dumps))
def test_any_message_is_answered_and_never_fails(world: None, management: StubManagement, body: str) -> None:
    bootstrap.connections().add(
        new_connection(
            "alice",
            "PJqB0fHsqRcCHlw=",
            connected_at=now_ms(),
            token_expires_at=4_000_000_000_000,
            limits=bootstrap.limits(),
        )
    )

    assert default.handler(message("alice", "PJqB0fHsqRcCHlw=", body), None) == {"statusCode": 200}

    said, management.calls[:] = management.sent_to("PJqB0fHsqRcCHlw="), []
    assert said or "pong" in body
    assert [one for one in said if one.get("code") == 4500 or one["type"] == "disconnect"] == []


@WORLD
@given(event=JSON)
def test_any_event_is_pushed_or_named_invalid(world: None, event: Any) -> None:
    answer = push.handler(event, Context())

    assert answer["received"] == answer["invalid"] == len(answer["errors"])


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("*.json") if "authorizer" not in path.name))
def test_an_event_that_no_authorizer_has_seen_is_an_error_and_not_somebody(name: str) -> None:
    event: dict[str, Any] = json.loads((GOLDEN / name).read_text())
    event["requestContext"].pop("authorizer", None)

    with pytest.raises(KeyError, match="authorizer"):
        read_event(event)
