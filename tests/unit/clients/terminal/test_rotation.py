"""When a connection has its successor: the rule, without a connection."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.rotation import LEAD_SECONDS, clock_skew, delay_seconds, epoch_seconds
from testing.vectors import VECTORS

OPENED = 1_767_268_800.0  # 2026-01-01T12:00:00Z


@pytest.mark.parametrize("case", VECTORS["rotation"], ids=str)
def test_the_delay_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    assert delay_seconds(case["closesInMs"] / 1000, case["random"]) * 1000 == case["delayMs"]


@given(st.floats(-100, 10_000), st.floats(0, 1))
def test_the_moment_is_anywhere_up_to_30_seconds_before_the_close(closes_in: float, chance: float) -> None:
    delay = delay_seconds(closes_in, chance)

    assert 0 <= delay <= max(0, closes_in - LEAD_SECONDS)
    assert delay_seconds(closes_in, 1) == max(0, closes_in - LEAD_SECONDS)


@pytest.mark.parametrize(("expires_at", "ahead"), [("13:53:00.000", -300), ("13:58:00.000", 0), ("14:03:00.000", 300)])
def test_clocks_are_compared_by_the_age_of_the_connection(expires_at: str, ahead: int) -> None:
    welcome = {"connectionExpiresAt": f"2026-01-01T{expires_at}Z", "maxConnectionSeconds": 7080}

    assert clock_skew(welcome, OPENED) == ahead


@pytest.mark.parametrize(
    "welcome",
    [{}, {"connectionExpiresAt": "2026-01-01T12:00:00Z"}, {"connectionExpiresAt": "soon", "maxConnectionSeconds": 1}],
)
def test_a_welcome_that_does_not_tell_leaves_the_clocks_alone(welcome: dict[str, object]) -> None:
    assert clock_skew(welcome, OPENED) == 0


@given(st.none() | st.integers() | st.text() | st.lists(st.integers()))
def test_what_is_no_time_is_none(value: object) -> None:
    found = epoch_seconds(value)

    assert found is None or isinstance(value, str)
