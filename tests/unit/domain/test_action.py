"""What clients may say, and how they learn what they said wrongly."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.action import Action, parse_action
from domain.protocol import MessageRefusedError, encode, error
from testing.updates import ANY_JSON

NAMES = ["hello", "sync", "ping", "pong", "keepalive"]  # and refresh, which needs its token


def refusal(body: str | None) -> MessageRefusedError:
    with pytest.raises(MessageRefusedError) as caught:
        parse_action(body)
    return caught.value


def said(**fields: Any) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("id", [None, "a", "", "x" * 64, 0, -7, 2**53 - 1, "päge 1 📄"])
def test_an_action_is_read_with_its_id(name: str, id: str | int | None) -> None:
    assert parse_action(said(action=name, id=id)) == Action(name, id)


def test_unknown_fields_are_ignored() -> None:
    assert parse_action(said(action="ping", userId="bob", clientId=7, later=True)) == Action("ping")


@pytest.mark.parametrize("name", NAMES)
def test_everything_but_ping_and_pong_is_activity(name: str) -> None:
    assert parse_action(said(action=name)).is_activity is (name not in ("ping", "pong"))


def test_hello_may_name_its_page() -> None:
    assert parse_action(said(action="hello", clientId="a-Z_9")).client_id == "a-Z_9"
    assert parse_action(said(action="hello", clientId=None)).client_id is None
    assert parse_action(said(action="keepalive", clientId="a")).client_id is None


@pytest.mark.parametrize("value", ["", "a b", "a" * 65, "a\n", "é", 7, True, [], {}])
def test_a_bad_client_id_is_named_and_the_id_echoed(value: object) -> None:
    refused = refusal(said(action="hello", clientId=value, id=5))

    assert (refused.code, refused.name, refused.id) == (4400, "bad_request", 5)
    assert refused.message.startswith("clientId: ")


@pytest.mark.parametrize("body", [None, "", "hello", "{", "{'action': 'ping'}", "\ud800", "[" * 4000, "1" * 4090])
def test_what_is_not_json_is_a_bad_request(body: str | None) -> None:
    refused = refusal(body)

    assert (refused.code, refused.name, refused.id) == (4400, "bad_request", None)
    assert refused.message.startswith("message: must be ")


@pytest.mark.parametrize("body", ["[]", '"ping"', "null", "7", "NaN", "true", '[{"action": "ping"}]'])
def test_what_is_not_an_object_is_a_bad_request(body: str) -> None:
    assert (refusal(body).code, refusal(body).message) == (4400, "message: must be a JSON object")


@pytest.mark.parametrize("value", [None, 7, True, [], {}, ["ping"]])
def test_an_action_that_is_no_string_is_a_bad_request(value: object) -> None:
    refused = refusal(said(action=value, id="a"))

    assert (refused.code, refused.id) == (4400, "a")
    assert refused.message.startswith("action: ")


@pytest.mark.parametrize("name", ["", "PING", "ping ", "subscribe", "$connect", "__proto__"])
def test_an_unknown_action_is_told_the_known_ones(name: str) -> None:
    refused = refusal(said(action=name, id="a"))

    assert (refused.code, refused.name, refused.id) == (4404, "unknown_action", "a")
    assert all(known in refused.message for known in NAMES)


@pytest.mark.parametrize(("written", "echoed"), [("7.0", "7"), ("7e2", "700"), ("-0.0", "0"), ("7", "7")])
def test_a_whole_number_is_an_id_however_json_writes_it(written: str, echoed: str) -> None:
    action = parse_action(f'{{"action": "ping", "id": {written}}}')

    assert json.dumps(action.id) == echoed


@pytest.mark.parametrize("id", [True, 1.5, float("nan"), 1e400, 2**53, [], {}, "x" * 65, "a\n", "\ud800", "\u202e"])
def test_an_id_that_cannot_be_echoed_is_refused(id: object) -> None:
    refused = refusal(said(action="ping", id=id))

    assert (refused.code, refused.id) == (4400, None)
    assert refused.message.startswith("id: ")


@pytest.mark.parametrize("filler", ["x", "é", "\U0001f4c4"])
def test_a_message_is_measured_in_bytes(filler: str) -> None:
    room = 4096 - len('{"action":"ping","more":""}')
    fits = '{"action":"ping","more":"' + filler * (room // len(filler.encode())) + '"}'

    assert parse_action(fits + " " * (4096 - len(fits.encode()))) == Action("ping")
    refused = refusal(fits + " " * (4097 - len(fits.encode())))
    assert (refused.code, refused.name) == (4413, "too_large")
    assert refused.message == "message: must be at most 4096 bytes"


def test_what_is_too_large_is_answered_with_its_id_where_that_was_read() -> None:
    assert refusal(said(action="ping", id=7, more="x" * 4096)).id == 7
    assert refusal(said(action="ping", id=7, more="x" * 10_240)).id is None


@pytest.mark.parametrize(
    "body", [said(action="refresh", token="x" * 10_240), said(action="ping", more="x" * 32_768), "[" * 10_241]
)
def test_nothing_is_read_of_what_is_over_10_kb_so_both_limits_are_named(body: str) -> None:
    refused = refusal(body)

    assert refused.code == 4413
    assert refused.message == "message: must be at most 4096 bytes, 10240 for refresh"


@given(
    st.text() | ANY_JSON.map(json.dumps) | st.dictionaries(st.sampled_from(["action", "id"]), ANY_JSON).map(json.dumps)
)
@example(said(action="hello", id=0, clientId="x"))
def test_any_text_is_an_action_or_an_error_that_can_be_sent(body: str) -> None:
    try:
        action = parse_action(body)
    except MessageRefusedError as refused:
        assert refused.code in (4400, 4404, 4413)
        assert len(encode(error(refused, "r"))) < 1024
    else:
        assert action.name in NAMES
