from __future__ import annotations

from typing import Any

import pytest

from local_emulator.event_patterns.notes import pattern_notes
from local_emulator.event_patterns.pattern import parse_pattern

ABSENT = [{"exists": False}]


@pytest.mark.parametrize(
    ("pattern", "notes"),
    [
        ({"a": {"b": [1], "a0": ABSENT}}, ["a.a0 must be absent in every element of a list, not only where a.b is"]),
        ({"a": {"b": [1], "c": ABSENT}}, []),
        ({"b": [1], "a0": ABSENT}, []),
        ({"a": ABSENT, "b": {"c": [1]}}, []),
        ({"n": [9007199254740993]}, ["n: 9007199254740993 has more digits than a double keeps"]),
        ({"n": [9007199254740992, 0.5]}, []),
    ],
)
def test_a_pattern_that_may_surprise_has_a_note(pattern: dict[str, Any], notes: list[str]) -> None:
    found = pattern_notes(parse_pattern(pattern))

    assert len(found) == len(notes)
    assert all(one.startswith(expected) for one, expected in zip(found, notes, strict=True))
