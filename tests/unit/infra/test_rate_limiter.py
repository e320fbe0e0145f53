from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from infra.rate_limiter import RateLimiter


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=60), st.integers(1, 100))
def test_calls_are_never_closer_than_the_rate_allows_and_idle_time_buys_no_burst(gaps: list[float], rate: int) -> None:
    now = [0.0]
    passed: list[float] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = RateLimiter(rate, clock=lambda: now[0], sleep=sleep)
    for gap in gaps:
        now[0] += gap
        pace.wait()
        passed.append(now[0])
    assert all(later - earlier >= 1 / rate - 1e-9 for earlier, later in pairwise(passed))
