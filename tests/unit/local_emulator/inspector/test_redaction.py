import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_emulator.apigateway.rules.events import ConnectionFacts, message_event
from local_emulator.awslambda.payload import Payload, json_of
from local_emulator.inspector.redaction import MAX_CHARS, kept_answer, kept_event, kept_text
from local_emulator.redaction import HIDDEN, redacted, redacted_value

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"headers": {"Authorization": "Bearer topsecret"}}),
        json.dumps({"multiValueHeaders": {"authorization": ["Bearer topsecret", "topsecret"]}}),
        json.dumps({"headers": {"Sec-WebSocket-Protocol": "upload-progress.v1, bearer.topsecret"}}),
        json.dumps({"queryStringParameters": {"token": "topsecret"}}),
        json.dumps({"multiValueQueryStringParameters": {"access_token": ["topsecret"]}}),
        json.dumps({"headers": {"x-api-key": "topsecret", "Cookie": "a=topsecret"}}),
        json.dumps({"body": json.dumps({"action": "refresh", "token": "topsecret"})}),
        json.dumps({"outer": json.dumps({"inner": json.dumps({"clientSecret": "topsecret"})})}),
        json.dumps({"token": 'top"secret\\topsecret'}),
        "GET wss://host/ws?a=1&token=topsecret HTTP/1.1",
        "authorization failed for Bearer topsecret, try again",
        f"a log line with {JWT} inside",
        json.dumps({"anything": JWT}),
        JWT,
        f"x=eyJ{JWT}",
        '{"token": "topsecret and the rest was cut o',
        r'{"body": "{\"token\": \"topsecret and cut',
        '{"cookies": 1, "cookie": ["topsecret", "and cut',
        json.dumps({"token": "topsecret\\"}),
        json.dumps({"body": json.dumps({"token": "topsecret\\", "n": 1})}),
    ],
)
def test_no_secret_stays_in_a_text(text: str) -> None:
    hidden = redacted(text)
    assert HIDDEN in hidden
    assert "topsecret" not in hidden
    assert "eyJ" not in hidden


def test_what_was_json_stays_json_and_says_the_same_otherwise() -> None:
    event = {
        "headers": {"Authorization": "Bearer x", "Host": "h"},
        "body": '{"token": "x", "n": 1}',
        "list": [1, {"a": None}],
    }
    hidden = json.loads(redacted(json.dumps(event)))
    assert hidden["headers"] == {"Authorization": HIDDEN, "Host": "h"}
    assert json.loads(hidden["body"]) == {"token": HIDDEN, "n": 1}
    assert hidden["list"] == event["list"]


@pytest.mark.parametrize(
    "piece", ["\\", "eyJ", "eyJ.", '"', '"token"', '"token":', "?token", "bearer ", '\\"token\\":[', "[", "a-"]
)
def test_no_text_takes_long_to_be_looked_through(piece: str) -> None:
    """Time that grew with the square of the length would be minutes here, and the time-out of the test."""
    redacted(piece * (400_000 // len(piece)))


PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="?&=eE"), max_size=20)


JSON = st.recursive(
    st.none() | st.integers() | PLAIN, lambda inner: st.lists(inner) | st.dictionaries(PLAIN, inner), max_leaves=8
)


@settings(max_examples=40)
@given(JSON)
def test_what_holds_no_secret_is_left_as_it_is(value: Any) -> None:
    assert redacted(json.dumps(value)) == json.dumps(value)
    assert redacted_value(value) == value


def test_a_field_that_is_only_about_a_token_is_shown() -> None:
    text = json.dumps({"tokenExpiresAt": "2026-01-01T00:00:00Z", "reason": "token_expiring"})
    assert redacted(text) == text


def test_values_are_hidden_at_every_depth() -> None:
    row = {"user": "ann", "tokens": ["a"], "nested": [{"apiKey": "k", "note": f"is {JWT}"}]}
    assert redacted_value(row) == {
        "user": "ann",
        "tokens": ["a"],
        "nested": [{"apiKey": HIDDEN, "note": f"is {HIDDEN}"}],
    }


def test_long_texts_are_kept_at_their_beginning() -> None:
    kept = kept_text("x" * (MAX_CHARS + 7))
    assert kept.startswith("x" * MAX_CHARS)
    assert kept.endswith("… and 7 more characters")
    assert len(kept_event(Payload('{"a": "' + "y" * MAX_CHARS)).text) < MAX_CHARS + 100
    assert len(kept_event(_message("y" * MAX_CHARS)).text) < MAX_CHARS + 100


def test_a_token_is_not_kept_whatever_kind_of_text_it_came_in() -> None:
    assert "eyJ" not in kept_text(json.dumps({"token": JWT}))
    assert "eyJ" not in kept_event(_message(JWT)).text
    assert "topsecret" not in kept_event(json_of({"headers": {"Authorization": "topsecret"}})).text


def test_a_short_answer_is_kept_unless_it_holds_a_token() -> None:
    answer = json_of({"statusCode": 200, "body": "hello"})
    assert kept_answer(answer) == answer
    assert "eyJ" not in kept_answer(json_of({"statusCode": 200, "body": JWT})).text
    assert len(kept_answer(json_of({"body": "y" * MAX_CHARS})).text) < MAX_CHARS + 100


def _message(body: str) -> Payload:
    facts = ConnectionFacts("api", "dev", "domain", "connection", 1, "127.0.0.1")
    return json_of(message_event(facts, "route", body, None, message_id="message", request_id="request", now=1))
