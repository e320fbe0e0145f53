"""The same rules as the list's, with the same borders."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.news import age_seconds, dated, is_quiet, is_stalled
from clients.terminal.uploads import UploadList

NOW = 1_900_000_000.0
HOUR = 3600.0


def _news(age: float, skew: float = 0.0, live: bool = True) -> float:
    """How long before NOW an update counts as heard of whose `updatedAt` is so old."""
    told = dated({"updatedAt": datetime.fromtimestamp(NOW - age, UTC).isoformat()}, NOW, skew, live)
    assert isinstance(told, dict)
    return NOW - float(told["newsAt"])


def _upload(status: str, age: float) -> dict[str, Any]:
    return {"uploadId": "a", "attempt": 1, "rev": 1, "status": status, "newsAt": NOW - age}


@pytest.mark.parametrize(("age", "news"), [(0, 0), (300, 0), (301, 301), (6 * HOUR, 6 * HOUR), (-HOUR, 0)])
def test_what_comes_live_is_news_unless_it_is_older_than_a_wrong_clock_explains(age: float, news: float) -> None:
    assert _news(age) == pytest.approx(news)


@pytest.mark.parametrize(
    ("age", "skew", "news"),
    [(0, 0, 0), (1, 0, 1), (6 * HOUR, 0, 6 * HOUR), (-HOUR, 0, 0), (0, HOUR, HOUR), (0, -HOUR, 0)],
)
def test_a_row_of_a_snapshot_is_as_old_as_it_says_by_the_servers_clock(age: float, skew: float, news: float) -> None:
    assert _news(age, skew, live=False) == pytest.approx(news)


@pytest.mark.parametrize("none", [None, "", "yesterday", 7, {}])
def test_a_time_that_is_none_is_the_time_of_receipt(none: object) -> None:
    assert dated({"updatedAt": none}, NOW, 0, live=False) == {"updatedAt": none, "newsAt": NOW}


@pytest.mark.parametrize("other", [None, 7, "text", []])
def test_what_is_no_object_is_left_as_it_is(other: object) -> None:
    assert dated(other, NOW, 0, live=True) == other


@pytest.mark.parametrize("status", ["queued", "paused", "processing"])
def test_an_upload_is_quiet_from_thirty_seconds_on(status: str) -> None:
    assert [is_quiet(_upload(status, age), NOW) for age in (29.9, 30)] == [False, True]


def test_while_bytes_move_an_upload_is_quiet_a_second_after_the_sign_of_life_that_is_missing() -> None:
    late = {"startedAt": "2026-01-01T12:00:00Z", "updatedAt": "2026-01-01T12:02:00Z"}
    assert [is_quiet(_upload("uploading", age), NOW) for age in (5.9, 6)] == [False, True]
    assert [is_quiet(_upload("uploading", age) | late, NOW) for age in (10.9, 11)] == [False, True]


@pytest.mark.parametrize("status", ["uploading", "processing"])
def test_it_is_stalled_from_120_seconds_on_or_the_time_that_is_set(status: str) -> None:
    assert [is_stalled(_upload(status, age), NOW) for age in (119.9, 120)] == [False, True]
    assert [is_stalled(_upload(status, age), NOW, 10) for age in (9.9, 10)] == [False, True]
    assert is_stalled(_upload(status, 1e9), NOW, float("inf")) is False


def test_a_phase_that_may_be_silent_is_neither_quiet_nor_stalled_before_its_time() -> None:
    phase = {"stalledAfterSeconds": 600}
    for age in (30, 599.9, 600):
        upload = _upload("processing", age) | phase
        assert is_quiet(upload, NOW) is is_stalled(upload, NOW, 120) is (age >= 600)
    assert is_stalled(_upload("processing", 120) | {"stalledAfterSeconds": "600"}, NOW)


@given(st.sampled_from(["completed", "failed", "canceled"]), st.floats(0, 1e9))
def test_what_has_ended_is_neither_quiet_nor_stalled(status: str, age: float) -> None:
    upload = _upload(status, age)
    assert not is_quiet(upload, NOW) and not is_stalled(upload, NOW)


@pytest.mark.parametrize("status", ["queued", "paused"])
def test_what_need_not_move_is_not_stalled(status: str) -> None:
    assert is_stalled(_upload(status, 9999), NOW) is False


def test_the_age_of_news_is_never_negative_and_0_where_no_time_is_known() -> None:
    assert age_seconds(_upload("uploading", -5), NOW) == 0
    assert age_seconds({"status": "uploading"}, NOW) == 0


def test_a_snapshot_without_news_leaves_the_age_as_it_was() -> None:
    uploads = UploadList()
    uploads.take(_upload("uploading", 5))
    row = _upload("uploading", 240)
    uploads.page({"snapshotId": "s", "uploads": [row]})
    assert [one["newsAt"] for one in uploads] == [NOW - 5]
    uploads.page({"snapshotId": "t", "uploads": [row | {"rev": 2}]})
    assert [one["newsAt"] for one in uploads] == [NOW - 240]
