"""Which keys of a bucket are uploads, and whose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.key_pattern import KeyPattern

PART = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("pattern", "key", "read"),
    [
        ("uploads/{userId}/{uploadId}", "uploads/alice/u1", {"userId": "alice", "uploadId": "u1"}),
        ("uploads/{userId}/{uploadId}", "uploads/alice/2026/03/u1", {"userId": "alice", "uploadId": "2026/03/u1"}),
        ("uploads/{userId}/{uploadId}", "uploads/a|b/ä +%2F", {"userId": "a|b", "uploadId": "ä +%2F"}),
        ("uploads/{userId}/{uploadId}", "uploads/alice/", None),
        ("uploads/{userId}/{uploadId}", "other/alice/u1", None),
        ("uploads/{userId}/{uploadId}", "x/uploads/alice/u1", None),
        ("{userId}/{uploadId}/source", "alice/u1/source", {"userId": "alice", "uploadId": "u1"}),
        ("{userId}/{uploadId}/source", "alice/u1/x/source", None),
        ("{userId}/{uploadId}/source", "alice/u1/source.tmp", None),
        ("a.b/{userId}/{uploadId}", "aXb/alice/u1", None),
        (
            *("in/{userId}/{day}/{uploadId}/{fileName}", "in/alice/d1/u1/a.bin"),
            {"userId": "alice", "day": "d1", "uploadId": "u1", "fileName": "a.bin"},
        ),
    ],
)
def test_placeholders_stand_for_parts_of_the_path(pattern: str, key: str, read: dict[str, str] | None) -> None:
    assert KeyPattern(pattern).read(key) == read


@pytest.mark.parametrize(
    "pattern", ["", "uploads/", "{userId}", "{uploadId}/x", "{userId}/{userId}/{uploadId}", "{userId}/{}/{uploadId}"]
)
def test_a_pattern_that_names_no_upload_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"must hold \{userId\} and \{uploadId\}"):
        KeyPattern(pattern)


@given(PART, PART)
def test_what_a_key_was_made_of_is_read_from_it(user_id: str, upload_id: str) -> None:
    made = f"uploads/{user_id}/{upload_id}"

    assert KeyPattern("uploads/{userId}/{uploadId}").read(made) == {"userId": user_id, "uploadId": upload_id}
