"""Memory that grows with the tables is flat; what every update leaves behind is not."""

from __future__ import annotations

import pytest

from benchmarks.crowd.growth import Growth


def grown(bytes_per_upload: int) -> Growth:
    growth = Growth(begins_at=2.0)
    for second in range(11):
        growth.note(float(second), 1_000_000 + 100 * second * bytes_per_upload, 100 * second)
    return growth


def test_rows_alone_are_flat_and_what_stays_beside_them_is_not() -> None:
    assert grown(bytes_per_upload=0).flat
    assert grown(bytes_per_upload=10_000).flat
    assert not grown(bytes_per_upload=5 * 40_000).flat


def test_growth_is_counted_from_the_end_of_the_warm_up() -> None:
    growth = grown(bytes_per_upload=10_000)
    assert growth.bytes_per_upload == 10_000
    assert growth.share == pytest.approx(8_000_000 / 3_000_000)


def test_where_nobody_can_look_nothing_grows() -> None:
    growth = Growth(begins_at=0.0)
    growth.note(0.0, 0, 0)
    growth.note(1.0, 0, 10)
    assert (growth.share, growth.bytes_per_upload, growth.flat) == (0.0, 0.0, True)
