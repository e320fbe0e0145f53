import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.throttling import Rates, TokenBucket
from local_emulator.deployment import Route, WebSocketApi

ROUTE = Route("limited", "AWS_PROXY")


def api(**settings):
    return WebSocketApi("Api", "abc", "Api", "$request.body.action", "dev", {"limited": ROUTE}, **settings)


@given(
    st.floats(0, 100),
    st.integers(0, 50),
    st.lists(st.floats(0, 5, allow_subnormal=False), max_size=80),
)
def test_no_more_pass_than_the_burst_and_the_rate_since(rate, burst, waits):
    now, passed = 0.0, 0
    bucket = TokenBucket(rate, burst, now)
    for wait in waits:
        now += wait
        passed += bucket.take(now)
        assert passed <= burst + rate * now + 1e-6


@given(st.integers(1, 50), st.integers(1, 50))
def test_a_full_burst_passes_at_once_and_a_rate_refills_it(rate, burst):
    bucket = TokenBucket(rate, burst, 0)
    assert [bucket.take(0) for _ in range(burst + 1)] == [True] * burst + [False]
    assert bucket.take(1 / rate + 1e-6)


def test_the_account_is_not_counted_unless_asked_for():
    rates = Rates(GatewayLimits(requests_burst=0, connects_per_second=0), lambda: 0)
    assert rates.call() is None and rates.connect(api()) is None


def test_a_route_has_its_own_rate_or_that_of_the_stage():
    rates = Rates(GatewayLimits(), lambda: 0)
    stage = api(
        default_route_settings={"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1},
        route_settings={"limited": {"ThrottlingBurstLimit": 1}},
    )
    other = Route("other", "AWS_PROXY")
    assert [rates.route(stage, ROUTE) is None for _ in range(2)] == [True, False]
    assert [rates.route(stage, other) is None for _ in range(3)] == [True, True, False]


def test_a_rate_of_nothing_lets_nobody_through():
    stage = api(default_route_settings={"ThrottlingBurstLimit": 0, "ThrottlingRateLimit": 0})
    assert Rates(GatewayLimits(), lambda: 0).route(stage, ROUTE) is not None


def test_a_stage_cannot_lift_the_accounts_limit():
    stage = api(default_route_settings={"ThrottlingBurstLimit": 9_999})
    rates = Rates(GatewayLimits(requests_burst=2, requests_per_second=0), lambda: 0)
    assert [rates.route(stage, ROUTE) is None for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("settings", [{}, {"DetailedMetricsEnabled": True}])
def test_settings_without_throttling_count_nothing(settings):
    rates = Rates(GatewayLimits(requests_burst=1), lambda: 0)
    assert all(rates.route(api(default_route_settings=settings), ROUTE) is None for _ in range(5))
