"""The senders of webhooks: their secrets and their users."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from domain.webhook_sender import read_senders

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
VALID: dict[str, Any] = {"name": "tusd", "secrets": [SECRET], "users": ["alice"]}


def test_a_sender_may_report_for_its_users_and_its_prefix_alone() -> None:
    [named, prefixed, all_users] = read_senders(
        json.dumps(
            [
                VALID,
                {"name": "b", "secrets": [SECRET], "userPrefix": "team-1:"},
                {"name": "c", "secrets": [SECRET], "userPrefix": ""},
            ]
        )
    )
    assert [named.may_report_for(user) for user in ("alice", "alice2", "")] == [True, False, False]
    assert [prefixed.may_report_for(user) for user in ("team-1:bob", "team-10:bob", "alice")] == [True, False, False]
    assert all_users.may_report_for("anyone")


def test_no_text_of_a_sender_shows_its_secrets() -> None:
    [sender] = read_senders(json.dumps([VALID]))
    assert "secrets" not in repr(sender)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON"),
        ("{}", "not a JSON list"),
        ("[]", "1 to 50"),
        (json.dumps([VALID] * 51), "1 to 50"),
        (json.dumps([VALID, 7]), "sender 1: needs a name"),
        (json.dumps([{**VALID, "users": "alice"}]), "sender 0: users"),
        (json.dumps([{**VALID, "userPrefix": 7}]), "sender 0: userPrefix"),
        (json.dumps([{"name": "a", "secrets": [SECRET]}]), "sender 0: needs users or userPrefix"),
        (json.dumps([{**VALID, "secrets": []}]), "sender 0: secrets must be a list of 1 to 4"),
        (json.dumps([{**VALID, "secrets": [SECRET] * 5}]), "sender 0: secrets"),
        (json.dumps([{**VALID, "secrets": ["plain"]}]), "sender 0: a secret must begin with whsec_"),
    ],
)
def test_a_list_that_cannot_be_used_is_an_error_with_the_position(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as raised:
        read_senders(text)
    assert SECRET not in str(raised.value)
