"""Which strings can be user ids."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.user_id import USER_ID, decode_user_id, encode_user_id, is_user_id
from testing.vectors import VECTORS, ids

USER_IDS = st.from_regex(USER_ID, fullmatch=True)
ENCODED = [(case["id"], case["encoded"]) for case in VECTORS["userIds"] if "encoded" in case]


@pytest.mark.parametrize(("value", "valid"), ids("userIds"))
def test_a_user_id_is_what_the_vectors_say(value: str, valid: bool) -> None:
    assert is_user_id(value) is valid


@given(st.none() | st.integers() | st.binary() | st.lists(st.text()))
def test_what_is_no_string_is_no_user_id(value: object) -> None:
    assert not is_user_id(value)


@pytest.mark.parametrize(("value", "encoded"), ENCODED)
def test_an_id_is_encoded_as_the_vectors_say(value: str, encoded: str) -> None:
    assert encode_user_id(value) == encoded
    assert decode_user_id(encoded) == value


@given(USER_IDS)
def test_every_encoded_id_fits_a_segment_of_a_path(value: str) -> None:
    encoded = encode_user_id(value)

    assert re.fullmatch(r"([A-Za-z0-9._~:@|-]|%[0-9A-F]{2})+", encoded)
    assert encoded not in (".", "..")


@given(USER_IDS, USER_IDS)
def test_two_ids_never_share_an_encoded_form(one: str, other: str) -> None:
    assert decode_user_id(encode_user_id(one)) == one
    assert (encode_user_id(one) == encode_user_id(other)) is (one == other)


@given(st.from_regex(r"[A-Za-z0-9._:@|-]{1,128}", fullmatch=True))
def test_ids_of_earlier_releases_are_written_as_they_were(value: str) -> None:
    assert encode_user_id(value) == value


@given(USER_IDS)
def test_an_id_that_quote_or_encode_uri_component_wrote_is_read(value: str) -> None:
    assert decode_user_id(quote(value, safe="")) == value
    assert decode_user_id(quote(value, safe="!'()*")) == value


@pytest.mark.parametrize("segment", ["%61lice", "al%2bice", "alice%40x:y", "%", "%ZZ", "%ff", "a%40b c", "%2E%2E"])
def test_an_id_that_is_encoded_in_no_usual_way_is_not_read(segment: str) -> None:
    assert decode_user_id(segment) is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_segment_is_read_as_one_id_at_most(segment: str) -> None:
    user_id = decode_user_id(segment)

    assert user_id in (None, segment) or unquote(segment) == user_id
