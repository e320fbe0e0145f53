"""Signatures of webhooks, beside the reference library of Standard Webhooks."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from domain.webhook_signature import MAX_SIGNATURES, UnsignedMessageError, read_message, read_secret

NOW = 1_772_366_400
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


def headers(body: str = "{}", secret: str = SECRET, at: int = NOW, message_id: str = "msg_1") -> dict[str, str]:
    signature = Webhook(secret).sign(message_id, datetime.fromtimestamp(at, UTC), body)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signature}


@given(
    body=st.text(),
    key=st.binary(min_size=24, max_size=64),
    message_id=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64),
)
def test_what_the_reference_library_signs_is_signed(body: str, key: bytes, message_id: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    try:
        data = body.encode()
    except UnicodeEncodeError:
        return
    message = read_message(headers(body, secret, message_id=message_id), data, NOW)
    assert message.is_signed_with(read_secret(secret))
    assert not message.is_signed_with(read_secret(SECRET)) or key == bytes(range(32))


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({}, b"{} "),
        ({"webhook-id": "msg_2"}, b"{}"),
        ({"webhook-timestamp": str(NOW + 1)}, b"{}"),
        ({"webhook-signature": "v1,"}, b"{}"),
        ({"webhook-signature": "v1,***"}, b"{}"),
    ],
)
def test_nothing_that_is_signed_may_change(changed: dict[str, str], body: bytes) -> None:
    message = read_message(headers() | changed, body, NOW)
    assert not message.is_signed_with(read_secret(SECRET))


def test_one_of_several_signatures_is_enough() -> None:
    signatures = [headers(secret=OTHER)["webhook-signature"], "v2,abc", headers()["webhook-signature"]]
    message = read_message(headers() | {"webhook-signature": " ".join(signatures)}, b"{}", NOW)
    assert message.is_signed_with(read_secret(SECRET)) and message.is_signed_with(read_secret(OTHER))


def test_the_number_of_signatures_is_bounded() -> None:
    signature = " ".join(["v1,abcd"] * MAX_SIGNATURES + [headers()["webhook-signature"]])
    assert not read_message(headers() | {"webhook-signature": signature}, b"{}", NOW).is_signed_with(
        read_secret(SECRET)
    )


@pytest.mark.parametrize("away", [-300, 0, 300])
def test_five_minutes_are_within_the_window(away: int) -> None:
    assert read_message(headers(at=NOW + away), b"{}", NOW).sent_at == NOW + away


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-timestamp": str(NOW - 301)},
        {"webhook-timestamp": str(NOW + 301)},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "١٢٣"},
        {"webhook-timestamp": ""},
        {"webhook-id": ""},
        {"webhook-id": "m" * 257},
        {"webhook-signature": ""},
        {"webhook-signature": "v1a,abc"},
    ],
)
def test_missing_and_old_headers_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(UnsignedMessageError, match="webhook-"):
        read_message(headers() | changed, b"{}", NOW)


@pytest.mark.parametrize("text", [None, "", "abc", "whsec_", "whsec_*", "whsec_c2hvcnQ=", "whsec_" + "A" * 120])
def test_a_secret_that_is_none_is_an_error_without_the_secret(text: object) -> None:
    with pytest.raises(ValueError, match=r"^must ") as problem:
        read_secret(text)
    assert not text or len(str(text)) < 8 or str(text) not in str(problem.value)
