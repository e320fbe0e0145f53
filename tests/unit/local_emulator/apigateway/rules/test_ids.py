from base64 import urlsafe_b64decode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.ids import is_connection_id, new_connection_id, new_message_id, new_request_id

# Ids in public captures of events, and the one in AWS's own examples.
SEEN_CONNECTION_IDS = ["R1kmxc2VNjMCFIA=", "PJqB0fHsqRcCHlw=", "JC1dgf9yoAMCK-g=", "L0SM9cOFvHcCIhw="]
MAKERS: list[Callable[[], str]] = [
    new_connection_id,
    new_request_id,
    lambda: new_message_id(new_connection_id()),
]
ids = st.sampled_from(MAKERS).map(lambda maker: maker())


@given(ids)
def test_an_id_is_eleven_bytes_in_base64url_with_its_pad(made: str) -> None:
    assert len(made) == 16
    assert made.endswith("=") and not made.endswith("==")
    assert len(urlsafe_b64decode(made)) == 11


@given(ids)
def test_an_id_ends_as_those_in_captures_do(made: str) -> None:
    assert made[-2] in "AQgw"


def test_byte_8_tells_connections_and_messages_from_requests() -> None:
    connection_id = new_connection_id()
    assert urlsafe_b64decode(connection_id)[8] == 0x02
    assert urlsafe_b64decode(new_message_id(connection_id))[8] == 0x02
    assert urlsafe_b64decode(new_request_id())[8] == 0x05


@pytest.mark.parametrize("connection_id", SEEN_CONNECTION_IDS)
def test_a_message_id_ends_in_the_three_bytes_its_connection_ends_in(connection_id: str) -> None:
    message_id = new_message_id(connection_id)
    assert urlsafe_b64decode(message_id)[-3:] == urlsafe_b64decode(connection_id)[-3:]
    assert message_id != connection_id


def test_ids_do_not_repeat() -> None:
    connection_id = new_connection_id()
    made = [maker() for maker in MAKERS for _ in range(500)]
    made += [new_message_id(connection_id) for _ in range(500)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("connection_id", [*SEEN_CONNECTION_IDS, "AAAAAAAAAAAAAAA="])
def test_ids_of_the_right_shape_are_connection_ids(connection_id: str) -> None:
    assert is_connection_id(connection_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "R1kmxc2VNjMCFIA",
        "R1kmxc2VNjMCFIA==",
        "R1kmxc2VNjMCFIA=\n",
        "R1kmxc2VNjMCFIA%3D",
        "R1kmxc2VNjMC+IA=",
        "R1kmxc2VNjMC/IA=",
        "R1kmxc2VNjMCFIÄ=",
        "9b2f1e1c-7e5a-4f0c-9d36-2f1f7a2c0b55",
        "cjld2cjxh0000qzrmn831i7rn",
    ],
)
def test_ids_of_another_shape_are_not(text: str) -> None:
    assert not is_connection_id(text)


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert is_connection_id(text) in (True, False)
