from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.backoff import AT_ONCE, backoff_ms, wait_ms
from testing.vectors import VECTORS

FAILURES = st.integers(0, 10_000)
CHANCE = st.floats(0, 1)


@pytest.mark.parametrize("case", VECTORS["backoff"], ids=str)
def test_the_back_off_is_the_vectors(case: dict[str, Any]) -> None:
    assert backoff_ms(case["failures"], case["random"]) == case["ms"]


@given(FAILURES, CHANCE)
def test_the_wait_is_anywhere_below_half_a_second_doubled_up_to_thirty(failures: int, chance: float) -> None:
    assert 0 <= backoff_ms(failures, chance) <= 30_000
    assert backoff_ms(failures, 1) == min(30_000, 500 * 2 ** min(failures, 30))


@given(FAILURES, CHANCE, st.integers(0, 600_000))
def test_what_the_server_asks_for_is_kept_and_exceeded_by_half_at_most(
    failures: int, chance: float, asked: int
) -> None:
    wait = wait_ms(failures, chance, 4500, asked)
    assert wait >= asked
    assert wait <= max(asked * 1.5, 30_000)


@given(CHANCE, st.sampled_from(sorted(AT_ONCE)))
def test_a_connection_that_is_only_too_old_comes_back_at_once_but_only_once(chance: float, code: int) -> None:
    assert wait_ms(0, chance, code) == 0
    assert wait_ms(3, chance, code) == backoff_ms(3, chance)
