"""We take exactly what the contract says that we take, as far as JSON Schema can say it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.action import NAMES, parse_action
from domain.client_report import parse_report
from domain.disconnect_request import parse_disconnect_request
from domain.protocol import MessageRefusedError
from domain.push_batch import check_items
from domain.update import FIELDS, MAX_INTEGER, InvalidUpdateError, parse_update
from handlers.push_event import read_push_event
from testing.contract import SCHEMAS, validator
from testing.updates import ANY_JSON, NOW, VALID

UPDATE, MESSAGE = validator("update.json"), validator("client-message.json")
REQUEST, EVENT = validator("disconnect-request.json"), validator("push-event.json")

# What JSON Schema cannot say of a value; the schema's description says it in words.
BEYOND_SCHEMA = ("bytes", "RFC 3339", "Unicode", "NaN", "bytesTotal")

EDGES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(0, 1, -1, 7.0, 7.5, True, MAX_INTEGER, MAX_INTEGER + 1, float("nan"), "", "x", "completed", "7"),
        *("a" * length for length in (64, 65, 123, 124, 128, 129, 256, 257, 1000, 1001, 1024, 1025)),
        *("a\n", "a b", "é", "~", "!", "2026-03-01T12:00:00Z", "2026-03-01t12:00:00.5+01:00", "2026-03-01"),
        *("100", "100.0", "99.95", "0", "07", "9" * 15, "9" * 16, "CANCELLED", "Paused", "20260301T1200-0130"),
        *("2026-03-01T12:00:00,5+01", "2026-03-01T12:00", "20260301T12:00Z", "2026-03-01T29:00Z"),
        *("٢026-03-01T12:00:00Z", "2026-03-01T12:00:00Z\n", "2026-02-30T12:00:00Z"),
        *({}, {"code": "c"}, {"code": "c", "message": "m"}, {"code": "a" * 65, "message": "m"}, [], None),
    ]
)
RAW_UPDATES = st.fixed_dictionaries(
    {name: st.just(value) | st.just(value) | EDGES for name, value in VALID.items()},
    optional={name: EDGES | ANY_JSON for name in sorted(FIELDS - VALID.keys())} | {"unknown": ANY_JSON},
)
SPOILED = st.builds(lambda name, value: {**VALID, name: value}, st.sampled_from(sorted(FIELDS)), EDGES | ANY_JSON)


@given(SPOILED | RAW_UPDATES | ANY_JSON)
def test_an_update_is_taken_if_it_keeps_to_its_schema(raw: Any) -> None:
    try:
        parse_update(raw, received_at=NOW)
    except InvalidUpdateError as refused:
        assert not UPDATE.is_valid(raw) or any(word in refused.reason for word in BEYOND_SCHEMA), refused
    else:
        assert UPDATE.is_valid(raw)


def test_the_schema_describes_every_field_of_an_update() -> None:
    assert set(SCHEMAS["update.json"]["properties"]) == FIELDS


@given(EDGES | st.fixed_dictionaries({}, optional={"userId": EDGES | st.just("alice"), "reason": EDGES}))
def test_a_request_to_disconnect_is_taken_if_it_keeps_to_its_schema(asked: Any) -> None:
    try:
        parse_disconnect_request({"disconnect": asked})
    except InvalidUpdateError as refused:
        assert not REQUEST.is_valid({"disconnect": asked}) or "Unicode" in refused.reason
    else:
        assert REQUEST.is_valid({"disconnect": asked})


ITEMS = st.just(VALID) | st.just({"disconnect": {"userId": "alice"}}) | SPOILED


@given(ITEMS | st.lists(ITEMS, max_size=3) | st.fixed_dictionaries({"updates": st.lists(ITEMS, max_size=3)}) | EDGES)
def test_an_event_of_which_push_takes_everything_keeps_to_its_schema(event: Any) -> None:
    invalid = check_items(read_push_event(event, NOW).items).invalid

    if not invalid:
        assert EVENT.is_valid(event)
    elif not any(word in one.reason for one in invalid for word in BEYOND_SCHEMA):
        assert not EVENT.is_valid(event)


NUMBERS = st.integers() | st.floats() | st.sampled_from([7.0, -0.0, 7.5, 2.0**53 - 1, 2.0**53, -(2.0**53)])
IDS: st.SearchStrategy[Any] = st.none() | NUMBERS | st.text("ab\n", max_size=66) | st.booleans() | st.just([])
REPORTED = {"uploadId": "u1", "status": "uploading"}
UPLOADS = st.builds(
    lambda name, value: {**REPORTED, name: value}, st.sampled_from([*sorted(FIELDS), "source"]), EDGES | ANY_JSON
)
MESSAGES = st.fixed_dictionaries(
    {"action": st.sampled_from(sorted(NAMES)) | EDGES},
    optional={"id": IDS, "clientId": EDGES, "token": EDGES, "unknown": EDGES},
) | st.fixed_dictionaries(
    {"action": st.just("report"), "upload": st.just(REPORTED) | UPLOADS | EDGES},
    optional={"id": IDS, "userId": st.just("alice"), "unknown": EDGES},
)


@given(MESSAGES | EDGES)
def test_a_message_of_a_client_is_honoured_if_it_keeps_to_its_schema(message: Any) -> None:
    try:
        action = parse_action(json.dumps(message))
        if action.name == "report":
            parse_report(action, "alice", NOW)
    except MessageRefusedError as refused:
        beyond = any(word in refused.message for word in ("printable", *BEYOND_SCHEMA))
        assert not MESSAGE.is_valid(message) or beyond, refused.message
    else:
        assert MESSAGE.is_valid(message)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_action_is_in_the_contract(name: str) -> None:
    assert name in SCHEMAS["client-message.json"]["definitions"]
