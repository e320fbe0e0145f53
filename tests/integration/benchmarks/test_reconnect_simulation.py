"""How fleets come back, in simulated time: real clients, a simulated gateway, and a seed that makes it repeatable."""

import shutil
from functools import cache

import pytest

from benchmarks.clients.reconnect.scenarios import (
    CONNECTIONS_PER_SECOND,
    Outcome,
    announced_close,
    busiest,
    dropped_at_once,
    grown_old_together,
    retry_after_ms,
)

CLIENTS = 10_000
pytestmark = [pytest.mark.node, pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")]


@cache
def dropped() -> Outcome:
    return dropped_at_once(CLIENTS)


@cache
def announced() -> Outcome:
    return announced_close(CLIENTS)


@cache
def grown_old() -> Outcome:
    return grown_old_together(CLIENTS)


def test_ten_thousand_dropped_at_once_are_all_back_within_ninety_seconds() -> None:
    outcome = dropped()
    assert outcome.connected_before == outcome.connected_after == CLIENTS
    assert len(outcome.live) == CLIENTS
    assert outcome.back_after(1) < 90_000


def test_meanwhile_the_gateway_refuses_what_is_above_its_quota() -> None:
    outcome = dropped()
    assert outcome.refused > 0
    assert busiest(outcome.accepted, 1000) <= 2 * CONNECTIONS_PER_SECOND  # a full bucket, and what refills it


@pytest.mark.parametrize("seed", [1, 2])
def test_after_an_announced_close_attempts_stay_below_the_quota_and_none_is_refused(seed: int) -> None:
    outcome = announced() if seed == 1 else announced_close(CLIENTS, seed)
    assert busiest(outcome.attempts, 1000) < CONNECTIONS_PER_SECOND
    assert outcome.refused == 0
    assert len(outcome.attempts) == len(outcome.live) == CLIENTS


def test_nobody_comes_back_before_the_announced_time_or_after_one_and_a_half_of_it() -> None:
    wait = retry_after_ms(CLIENTS)
    assert wait == 5 * CLIENTS
    assert wait <= announced().attempts[0]
    assert announced().attempts[-1] <= 1.5 * wait


def test_a_fleet_that_connected_within_a_minute_does_not_rotate_within_a_minute() -> None:
    outcome = grown_old()
    assert len(outcome.attempts) == len(outcome.live) == CLIENTS
    assert outcome.attempts[-1] - outcome.attempts[0] > 6 * 60_000
    assert busiest(outcome.attempts, 60_000) < CLIENTS / 5
    assert outcome.refused == 0


def test_rotation_leaves_one_connection_for_each_client() -> None:
    assert grown_old().connected_after == CLIENTS


def test_the_same_seed_gives_the_same_outcome() -> None:
    assert dropped_at_once(200, seed=7) == dropped_at_once(200, seed=7)
    assert dropped_at_once(200, seed=7) != dropped_at_once(200, seed=8)
