"""Which keys of a bucket are uploads, and whose."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.key_pattern import KeyPattern
from domain.user_id import USER_ID, encode_user_id

PART = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8)
AMBIGUOUS = [
    *("uploads/{userId}-{uploadId}", "uploads/{userId}.{uploadId}", "uploads/{userId}{uploadId}"),
    *("{uploadId}-{userId}", "uploads/u-{userId}/{uploadId}", "{userId}_/{uploadId}", "a{userId}/{uploadId}"),
    *(
        "{userId}/{uploadId}{fileName}",
        "{userId}/{uploadId}-{fileName}",
        "{userId}/{day}.{uploadId}",
        "{uploadId}/{userId}-",
    ),
]
PLAIN = [
    *("uploads/{userId}/{uploadId}", "{userId}/{uploadId}", "/{userId}/{uploadId}", "in/{day}/{userId}/{uploadId}"),
    *("{userId}/{uploadId}/source", "in/{uploadId}/{userId}", "in/{uploadId}/{userId}/x", "{userId}/{uploadId}.mp4"),
    "in/{userId}/v-{uploadId}/{fileName}",
]
NAMELESS = ["", "uploads/", "{userId}", "{uploadId}/x", "{userId}/{userId}/{uploadId}", "{userId}/{}/{uploadId}"]


@pytest.mark.parametrize(
    ("pattern", "key", "read"),
    [
        ("uploads/{userId}/{uploadId}", "uploads/alice/u1", {"userId": "alice", "uploadId": "u1"}),
        ("uploads/{userId}/{uploadId}", "uploads/alice/2026/03/u1", {"userId": "alice", "uploadId": "2026/03/u1"}),
        ("uploads/{userId}/{uploadId}", "uploads/a|b/ä +%2F", {"userId": "a|b", "uploadId": "ä +%2F"}),
        *(
            ("uploads/{userId}/{uploadId}", f"uploads/{segment}/u1", {"userId": user_id, "uploadId": "u1"})
            for segment, user_id in (
                ("alice%2Bnews@example.com", "alice+news@example.com"),
                ("alice+news@example.com", "alice+news@example.com"),
                ("a%252Fb", "a%2Fb"),
                *((wrong, "") for wrong in ("a%2fb", "a%zz", "%61", "%FF", "%2E", "%0A", "a%")),
            )
        ),
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


@pytest.mark.parametrize("pattern", NAMELESS)
def test_a_pattern_that_names_no_upload_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"must hold \{userId\} and \{uploadId\}"):
        KeyPattern(pattern)


@pytest.mark.parametrize("pattern", AMBIGUOUS)
def test_a_pattern_that_reads_a_key_in_two_ways_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="slash"):
        KeyPattern(pattern)


@pytest.mark.parametrize("pattern", [*PLAIN, *AMBIGUOUS, *NAMELESS])
def test_the_template_refuses_at_deployment_what_the_code_refuses(pattern: str) -> None:
    spec = yaml.compose((Path(__file__).parents[3] / "template.yaml").read_text())
    assert isinstance(spec, yaml.MappingNode)
    allowed = _at(spec, "Parameters", "UploadKeyPattern", "AllowedPattern")

    assert (re.fullmatch(allowed, pattern) is not None) is (pattern in PLAIN)
    if pattern in PLAIN:
        assert KeyPattern(pattern)


def test_the_last_part_of_a_key_is_the_user_alone_where_the_pattern_ends_with_it() -> None:
    pattern = KeyPattern("in/{uploadId}/{userId}")

    assert pattern.read("in/u1/alice") == {"uploadId": "u1", "userId": "alice"}
    assert pattern.read("in/u1/x/alice") is None


@given(st.from_regex(USER_ID, fullmatch=True), PART)
def test_what_a_key_was_made_of_is_read_from_it(user_id: str, upload_id: str) -> None:
    made = f"uploads/{encode_user_id(user_id)}/{upload_id}"

    assert KeyPattern("uploads/{userId}/{uploadId}").read(made) == {"userId": user_id, "uploadId": upload_id}


def _at(node: yaml.MappingNode, *path: str) -> str:
    """Returns the text at this place of a template, whose tags no plain loader of YAML knows."""
    found: yaml.Node = node
    for name in path:
        assert isinstance(found, yaml.MappingNode)
        found = next(value for key, value in found.value if key.value == name)
    return str(found.value)
