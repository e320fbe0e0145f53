"""Random bytes, a page at a time."""

from __future__ import annotations

import os
import uuid

import pytest

from local_emulator import randomness
from local_emulator.randomness import PAGE_BYTES, Randomness, new_uuid


def test_every_byte_of_a_page_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [os.urandom(PAGE_BYTES), os.urandom(PAGE_BYTES)]
    unread = iter(pages)
    monkeypatch.setattr(randomness.os, "urandom", lambda count: next(unread))
    source = Randomness()
    taken = b"".join(source.take(8) for _ in range(PAGE_BYTES // 8 * 2))
    assert taken == b"".join(pages)


def test_a_rest_that_is_too_small_is_not_given_in_part() -> None:
    source = Randomness()
    assert {len(source.take(1000)) for _ in range(50)} == {1000}


def test_a_new_uuid_is_one_of_version_4_and_never_the_same() -> None:
    made = {new_uuid() for _ in range(1000)}
    assert len(made) == 1000
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in made} == {(4, uuid.RFC_4122)}
    assert all(str(uuid.UUID(one)) == one for one in made)
