"""The quick way to a MESSAGE event says, byte for byte, what the plain one says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from local_emulator import events
from local_emulator.events import ConnectionFacts
from local_emulator.message_events import MessageEvents

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
def test_the_text_of_an_event_is_that_of_the_event(
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
    quick = MessageEvents(facts, authorizer)
    quick.text("another", "message", message_id="x", request_id="y", now=1)
    assert quick.text(route_key, body, **ids) == json.dumps(plain)  # type: ignore[arg-type]
