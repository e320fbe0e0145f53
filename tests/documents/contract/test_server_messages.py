"""What servers say keeps to the contract; whatever tests hear besides is judged where they hear it."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.push_counts import PushCounts
from domain import protocol
from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from domain.disconnect import DISCONNECTS, Disconnect
from domain.protocol import MessageRefusedError, disconnect, error, snapshot, upload_message, welcome
from handlers import push_log
from testing.contract import SCHEMAS, SERVER, breaches, closed, validator
from testing.updates import NOW, fold, updates

IDS = st.none() | st.text(max_size=64) | st.integers(-(2**53) + 1, 2**53 - 1)
FACTS = {
    "fileName": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    "bytesTotal": st.none() | st.integers(100, 200),
    "error": st.none() | st.just({"code": "E", "message": "m", "more": [1]}),
    "result": st.none() | st.dictionaries(st.sampled_from("ab"), st.integers()),
    **{name: st.none() | st.text("ab", max_size=9) for name in ("phase", "message")},
    **{name: st.none() | st.integers(0, 9) for name in ("bytesPerSecond", "etaSeconds")},
    "correlationId": st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
}


@given(st.lists(updates(**FACTS), min_size=1, max_size=4), IDS)
def test_every_state_is_told_as_the_contract_says(said: list[Any], id: Any) -> None:
    state = fold(None, said).state
    assert state is not None

    for message in [upload_message(state), *snapshot("alice", [state], "s", NOW, id)]:
        assert breaches(message) == []


@given(st.builds(ConnectionLimits), IDS)
def test_so_are_the_terms_of_a_connection(limits: ConnectionLimits, id: Any) -> None:
    made = new_connection("alice", "A=", connected_at=NOW, token_expires_at=NOW + 1, limits=ConnectionLimits())

    assert breaches(welcome(made, ConnectionLimits(), 1, id)) == []


@pytest.mark.parametrize("why", DISCONNECTS.values(), ids=lambda why: why.reason)
def test_so_is_every_farewell(why: Disconnect) -> None:
    assert breaches(disconnect(why)) == []


def test_the_contract_knows_the_codes_that_we_use_and_no_others() -> None:
    told = SCHEMAS["server-message.json"]["definitions"]
    farewell = told["disconnect"]["properties"]

    assert set(farewell["reason"]["enum"]) == set(DISCONNECTS)
    assert set(farewell["code"]["enum"]) == {why.code for why in DISCONNECTS.values()}
    assert set(told["warning"]["properties"]["reason"]["enum"]) == {"idle", "token_expiring", "max_duration"}


@given(st.sampled_from([4400, 4404, 4413, 4429, 4500]), IDS, st.none() | st.integers(0, 9))
def test_so_is_every_refusal(code: int, id: Any, wait: int | None) -> None:
    names = {4400: "bad_request", 4404: "unknown_action", 4413: "too_large", 4429: "rate_limited", 4500: "internal"}

    assert breaches(error(MessageRefusedError(code, names[code], "m", id=id, retry_after_ms=wait), "r")) == []


def test_every_message_that_the_protocol_can_make_is_in_the_contract() -> None:
    functions = [thing for thing in vars(protocol).values() if inspect.isfunction(thing)]
    made = {one.__name__ for one in functions if one.__module__ == protocol.__name__ and one.__name__[0] != "_"}

    parts = {"channel", "encode", "upload_fields", "upload_message"}
    assert made - parts | {"status", "progress"} == set(SERVER)


def test_a_field_that_the_contract_does_not_know_is_a_breach_for_us_and_none_for_a_client() -> None:
    assert breaches({"type": "pong", "more": 1}) and breaches({"type": "news"}) and breaches({"type": "warning"})
    assert validator("server-message.json").is_valid({"type": "pong", "more": 1})
    assert closed({"type": "object", "properties": {}}) == {
        **{"type": "object", "properties": {}},
        "additionalProperties": False,
    }


def test_push_answers_with_the_counts_of_the_contract() -> None:
    answer = SCHEMAS["push-answer.json"]

    assert answer["required"] == [*(one.name for one in fields(PushCounts)), "errors"] == list(answer["properties"])
    assert answer["properties"]["errors"]["maxItems"] == push_log.MAX_ERRORS
