from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter.phase_percent import PhasePercent


def after(*percents: object) -> float | None:
    percent = PhasePercent()
    for value in percents:
        percent.set(value)
    return percent.value


@pytest.mark.parametrize("value", [None, "40", True, float("nan"), [4], 1j, 10**400, Decimal("sNaN")])
def test_what_is_no_number_is_unknown_and_no_zero(value: object) -> None:
    assert after(value) is None
    assert after(40, value) is None
    assert after(40, value, 30) == 40


@pytest.mark.parametrize("value", [99, 99.9, 100, Decimal("99.9"), Fraction(999, 10)])
def test_only_the_end_of_the_phase_ends_it(value: float) -> None:
    assert after(value) == 99


def test_a_value_above_100_makes_it_unknown_for_the_rest_of_the_phase() -> None:
    assert after(40, 100.1) is None
    assert after(40, float("inf"), 50) is None


def test_a_value_below_0_is_0() -> None:
    assert after(-3) == 0


def test_steps_share_one_percent() -> None:
    percent = PhasePercent()
    shown = []
    for step in (1, 2):
        for value in (0, 50, 100):
            percent.set(value, step, 2)
            shown.append(percent.value)
    assert shown == [0, 25, 50, 50, 75, 99]


@given(st.lists(st.none() | st.floats(-10, 100)))
def test_it_never_falls(values: list[float | None]) -> None:
    percent = PhasePercent()
    shown = []
    for value in values:
        percent.set(value)
        if percent.value is not None:
            shown.append(percent.value)
    assert all(one <= other for one, other in pairwise(shown))
    assert all(0 <= one <= 99 for one in shown)
