from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter.speed import WINDOW_SECONDS, Speed, eta_seconds


def test_nothing_is_said_before_the_samples_span_a_second() -> None:
    speed = Speed()
    speed.restart(100.0, 0)
    assert speed.bytes_per_second() is None
    speed.observe(100.7, 700)
    assert speed.bytes_per_second() is None
    speed.observe(101.0, 1000)
    assert speed.bytes_per_second() == 1000


def test_only_the_window_counts() -> None:
    speed = Speed()
    speed.restart(0.0, 0)
    for tick in range(1, 601):
        seconds = tick / 10
        speed.observe(seconds, round(seconds * 100) if seconds <= 30 else 3000 + round((seconds - 30) * 5))
    assert speed.bytes_per_second() == 5


def test_a_part_sent_again_slows_down_and_never_below_zero() -> None:
    speed = Speed()
    speed.restart(0.0, 1000)
    speed.observe(2.0, 500)
    assert speed.bytes_per_second() == 0


@given(st.integers(1, 10**9), st.lists(st.floats(0.05, 3), min_size=30, max_size=100))
def test_a_constant_speed_is_measured_whatever_the_rhythm(per_second: int, pauses: list[float]) -> None:
    speed, seconds = Speed(), 0.0
    speed.restart(0.0, 0)
    for pause in pauses:
        seconds += pause
        speed.observe(seconds, round(seconds * per_second))
    measured = speed.bytes_per_second()
    if seconds >= WINDOW_SECONDS:
        assert measured is not None and abs(measured - per_second) <= 1 + per_second * 1e-6


def test_eta_is_rounded_up_and_unknown_at_a_standstill() -> None:
    assert eta_seconds(1001, 100) == 11
    assert eta_seconds(0, 0) == 0
    assert eta_seconds(1, 0) is None
