"""Times as AWS writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.timestamps import iso_8601, request_time


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)))
def test_a_time_ends_in_z_and_reads_back_as_it_was(moment: datetime) -> None:
    text = iso_8601(moment)

    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert iso_8601(moment, "seconds") == f"{text[:19]}Z"


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (0, "01/Jan/1970:00:00:00 +0000"),
        (1701245041798, "29/Nov/2023:08:04:01 +0000"),
        (1705751708326, "20/Jan/2024:11:55:08 +0000"),
        (1709164799999, "28/Feb/2024:23:59:59 +0000"),
        (1709164800000, "29/Feb/2024:00:00:00 +0000"),
    ],
)
def test_the_request_time_is_in_the_common_log_format(now: int, text: str) -> None:
    assert request_time(now) == text
