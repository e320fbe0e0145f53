import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter import bounds

VECTORS = json.loads((Path(__file__).parents[3] / "tests" / "vectors" / "rules.json").read_text(encoding="utf-8"))


def ids(rule: str) -> list[tuple[str, bool]]:
    return [(case["id"] * case.get("times", 1), case["valid"]) for case in VECTORS[rule]]


@pytest.mark.parametrize(("value", "valid"), ids("userIds"))
def test_a_user_id_is_what_push_and_tokens_take(value: str, valid: bool) -> None:
    if valid:
        assert bounds.user_id(value) == value
    else:
        with pytest.raises(ValueError, match="user_id"):
            bounds.user_id(value)


@pytest.mark.parametrize(("value", "valid"), ids("uploadIds"))
def test_an_upload_id_is_what_push_takes(value: str, valid: bool) -> None:
    if valid:
        assert bounds.upload_id(value) == value
    else:
        with pytest.raises(ValueError, match="upload_id"):
            bounds.upload_id(value)


@pytest.mark.parametrize("value", [None, 7, b"id"])
def test_a_user_that_cannot_be_one_is_named(value: object) -> None:
    with pytest.raises(ValueError, match="user_id must be a string"):
        bounds.user_id(value)


@pytest.mark.parametrize("value", [None, 7, b"id"])
def test_an_upload_that_cannot_be_one_is_named(value: object) -> None:
    with pytest.raises(ValueError, match="upload_id must be a string"):
        bounds.upload_id(value)


@pytest.mark.parametrize(
    "key",
    [
        "uploads/alice/mein Urlaub - 1.mp4",
        "Screenshot 2026-05-01 at 3.04.05\u202fPM.png",  # macOS 14
        "a\u00a0b\u3000c\u200cd\u200de\u00adf\u200eg\u2028h\U0001fae9.png",
        " ",
        "é" * 512,
    ],
)
def test_a_buckets_key_can_name_an_upload(key: str) -> None:
    assert bounds.upload_id(key) == key


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=256))
def test_only_control_characters_and_lone_surrogates_are_refused(key: str) -> None:
    assert bounds.upload_id(key) == key


UNKNOWN: list[object] = [0, -1, 0.0, -0.5, 0.9, True, False, math.nan, math.inf, 2**53, "*", "1000", None, [], {}]


@pytest.mark.parametrize("told", UNKNOWN)
def test_a_total_that_is_no_size_is_unknown(told: object) -> None:
    assert bounds.total(told) is None


@pytest.mark.parametrize(("told", "size"), [(1, 1), (1000.0, 1000), (2**53 - 1, 2**53 - 1)])
def test_a_total_above_0_is_a_size(told: object, size: int) -> None:
    assert bounds.total(told) == size


@pytest.mark.parametrize("value", [-1, True, "5", math.nan, None])
def test_a_size_that_cannot_be_one_is_named(value: object) -> None:
    with pytest.raises(ValueError, match="bytes_total must be an integer"):
        bounds.positive("bytes_total", value, 0)


@pytest.mark.parametrize("value", [0.09, -1, True, "5", math.nan, math.inf, 1e300, None])
def test_a_wait_that_cannot_be_one_is_named(value: object) -> None:
    with pytest.raises(ValueError, match="min_interval_seconds must be a number of seconds"):
        bounds.seconds("min_interval_seconds", value, 0.1)


@pytest.mark.parametrize("value", [5, 5.9, Decimal("5.9"), Fraction(59, 10)])
def test_a_count_may_be_a_number_of_any_type(value: object) -> None:
    assert bounds.whole(value) == 5


NO_DECIMALS = [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e999999999")]


@pytest.mark.parametrize("value", [math.inf, math.nan, *NO_DECIMALS, 1j, 2**53, -(10**400), "5", None, []])
def test_a_count_that_is_no_number_or_more_than_json_holds_is_left_out(value: object) -> None:
    assert bounds.whole(value) is None


@given(st.text(st.characters(), max_size=50), st.integers(1, 30))
def test_text_is_bounded_and_fits_a_utf8_frame(words: str, limit: int) -> None:
    kept = bounds.text(words, limit)
    assert len(kept) <= limit
    kept.encode()


def test_a_file_name_that_is_not_utf8_is_kept_readable() -> None:
    assert bounds.text(b"caf\xe9.txt".decode("utf-8", "surrogateescape"), 100) == "caf?.txt"


@pytest.mark.parametrize("value", [[1], "text", {"at": object()}, {"x": math.nan}, {"x": "y" * 9000}])
def test_a_result_that_is_no_small_json_object_is_left_out(value: Any) -> None:
    assert bounds.result(value) is None


def test_a_result_holds_text_that_push_takes() -> None:
    assert bounds.result({"path": "caf\udce9", "size": "é" * 2000}) == {"path": "caf?", "size": "é" * 2000}


def test_a_result_is_a_copy() -> None:
    original = {"versions": [1]}
    kept = bounds.result(original)
    original["versions"].append(2)
    assert kept == {"versions": [1]}
