"""The quick way to a MESSAGE event says, byte for byte, what the plain one says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.message_event import MessageEvent, MessageEvents
from local_emulator.apigateway.rules import events
from local_emulator.apigateway.rules.events import ConnectionFacts

texts = st.text(max_size=30)
maps = st.dictionaries(texts, texts, max_size=3)
facts = st.builds(
    ConnectionFacts,
    api_id=texts,
    stage=texts,
    domain_name=texts,
    connection_id=texts,
    connected_at=st.integers(0, 2**42),
    source_ip=texts,
    user_agent=st.none() | texts,
    stage_variables=maps,
)
ids = st.from_regex(r"[A-Za-z0-9_-]{15}=", fullmatch=True)


@given(facts, st.none() | maps, texts, texts, ids, ids, st.integers(0, 2**42))
def test_the_event_of_a_message_is_the_plain_one_to_the_last_byte(
    facts: ConnectionFacts,
    authorizer: dict[str, str] | None,
    route_key: str,
    body: str,
    message_id: str,
    request_id: str,
    now: int,
) -> None:
    ids = {"message_id": message_id, "request_id": request_id, "now": now}
    plain = events.message_event(facts, route_key, body, authorizer, **ids)  # type: ignore[arg-type]
    quick = MessageEvent(MessageEvents(facts, authorizer), route_key, body, message_id, request_id, now)
    assert quick.text == json.dumps(plain)
    assert quick.value() == plain


@given(facts, maps)
def test_what_a_handler_does_to_its_event_is_in_no_other(facts: ConnectionFacts, authorizer: dict[str, str]) -> None:
    message = MessageEvent(MessageEvents(facts, authorizer), "route", "body", "m", "r", 1)
    before = message.text
    _spoil(message.value())
    assert message.text == before


def _spoil(value: dict[str, Any]) -> None:
    for name, inner in value.items():
        if isinstance(inner, dict):
            _spoil(inner)
        value[name] = "spoilt"
    value["more"] = "spoilt"
