"""Which strings can be user ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.user_id import USER_ID, is_user_id
from testing.vectors import ids


@pytest.mark.parametrize(("value", "valid"), ids("userIds"))
def test_a_user_id_is_what_the_vectors_say(value: str, valid: bool) -> None:
    assert is_user_id(value) is valid


@given(st.none() | st.integers() | st.binary() | st.lists(st.text()))
def test_what_is_no_string_is_no_user_id(value: object) -> None:
    assert not is_user_id(value)


@given(st.from_regex(USER_ID, fullmatch=True))
def test_every_id_fits_a_segment_of_a_path(value: str) -> None:
    assert is_user_id(value)
    assert "/" not in value
    assert value not in (".", "..")
