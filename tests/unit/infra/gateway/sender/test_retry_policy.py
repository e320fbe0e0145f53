"""Which outcome is tried again, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.gateway.sender.outcome import NoResponse, Outcome
from infra.gateway.sender.retry_policy import (
    CAP_SECONDS,
    MAX_TRIES,
    MAX_UNANSWERED_TRIES,
    pause,
    retry_after_seconds,
)

REFUSED_FOR_NOW = [408, 429, 500, 502, 503, 504, 599]
MAYBE_ARRIVED = [NoResponse.LOST, NoResponse.TIMED_OUT]
FINAL: list[Outcome] = [
    *(200, 204, 301, 400, 401, 403, 404, 410, 413, 499),
    *(NoResponse.UNREACHABLE, NoResponse.UNTRUSTED, NoResponse.OUT_OF_TIME),
]
CHANCE = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize("outcome", FINAL, ids=str)
def test_what_the_gateway_has_decided_stands(outcome: Outcome) -> None:
    assert pause(outcome, 1, None, 0.5) is None


@given(outcome=st.sampled_from(REFUSED_FOR_NOW), chance=CHANCE)
def test_a_refusal_for_now_is_tried_five_times_in_all(outcome: int, chance: float) -> None:
    waits = [pause(outcome, tries, None, chance) for tries in range(1, MAX_TRIES + 1)]

    assert waits[-1] is None and None not in waits[:-1]


@given(outcome=st.sampled_from(REFUSED_FOR_NOW), chance=CHANCE)
def test_only_a_429_is_the_clients_own_where_most_was_taken(outcome: int, chance: float) -> None:
    waits = [pause(outcome, tries, None, chance, among_taken=True) for tries in range(1, MAX_TRIES)]

    assert waits[0] is not None
    assert (None in waits) == (outcome == 429)


@given(outcome=st.sampled_from(MAYBE_ARRIVED), chance=CHANCE)
def test_what_may_have_arrived_is_sent_twice_in_all(outcome: NoResponse, chance: float) -> None:
    assert pause(outcome, MAX_UNANSWERED_TRIES - 1, None, chance) is not None
    assert pause(outcome, MAX_UNANSWERED_TRIES, None, chance) is None


@given(tries=st.integers(1, MAX_TRIES - 1), asked=st.none() | st.floats(0, 100), chance=CHANCE)
def test_a_pause_is_what_was_asked_for_and_a_share_of_a_range_that_doubles(
    tries: int, asked: float | None, chance: float
) -> None:
    wait = pause(429, tries, asked, chance)

    assert wait is not None
    assert wait == pytest.approx((asked or 0) + chance * min(CAP_SECONDS, 0.1 * 2**tries))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, now=1_767_225_600) == seconds
