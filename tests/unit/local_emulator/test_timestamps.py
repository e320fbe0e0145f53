"""Times as AWS writes them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from local_emulator.timestamps import iso_8601


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)))
def test_a_time_ends_in_z_and_reads_back_as_it_was(moment: datetime) -> None:
    text = iso_8601(moment)

    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert iso_8601(moment, "seconds") == f"{text[:19]}Z"
