"""What ends a user's connections."""

from typing import Any

import pytest

from domain.disconnect import REVOKED
from domain.disconnect_request import DisconnectRequest, is_disconnect_request, parse_disconnect_request
from domain.update import InvalidUpdateError


def test_a_request_names_a_user_and_perhaps_a_reason_to_read() -> None:
    plain = parse_disconnect_request({"disconnect": {"userId": "alice"}}, 3)
    banned = parse_disconnect_request({"disconnect": {"userId": "alice", "reason": "Signed out everywhere."}})

    assert plain == DisconnectRequest("alice", None, 3) and plain.disconnect == REVOKED
    assert (banned.disconnect.code, banned.disconnect.reason, banned.disconnect.reconnect) == (4403, "revoked", False)
    assert banned.disconnect.message == "Signed out everywhere."


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (None, "disconnect"),
        ("alice", "disconnect"),
        ({}, "disconnect.userId"),
        ({"userId": "a\n"}, "disconnect.userId"),
        ({"userId": "alice", "reason": 7}, "disconnect.reason"),
        ({"userId": "alice", "reason": "x" * 124}, "disconnect.reason"),
        ({"userId": "alice", "reason": "\ud800"}, "disconnect.reason"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(asked: Any, field: str) -> None:
    with pytest.raises(InvalidUpdateError) as refused:
        parse_disconnect_request({"disconnect": asked})

    assert refused.value.field == field and refused.value.reason


def test_only_an_object_with_that_name_is_one() -> None:
    assert is_disconnect_request({"disconnect": None})
    assert not any(is_disconnect_request(other) for other in (None, "disconnect", ["disconnect"], {"userId": "a"}))
