"""Whatever happens, in whatever order: the table and the truth converge, and nobody hears what is not theirs.

The functions are real, on moto's tables; the gateway is a model of the real one, which knows the truth. A history may
interrupt any function between two of its calls: by another function, by time, by a throttled write, or by its death.

    make histories HISTORIES=1000
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.life.history import CAP, RUN_OUT_MS, USERS, History
from tests.properties.life.simulation import MINUTE, Simulation, simulated

HISTORIES = int(os.environ.get("HISTORIES", "10"))

WHO = st.sampled_from(USERS)
WHICH = st.integers(0, 5)
LIFETIMES = st.sampled_from([90, 300, 3600])
SECONDS = st.sampled_from([1, 20, 40, 60, 119, 121, 200, 301, 1800])
MEANWHILE = st.none() | st.tuples(
    st.integers(1, 5),
    st.sampled_from(["push", "push", "sweep", "kick", "say", "drop", "vanish", "stop", "time", "throttled", "died"]),
    WHICH,
)


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), st.tuples(*arguments), MEANWHILE)


PUSH_IN_HANDSHAKE = st.tuples(st.just(2), st.just("push"), WHICH)  # the row is written, the 101 not yet sent
NOTICED = st.sampled_from(["at once", "later", "never"])
STEPS = st.one_of(
    step("connect", WHO, LIFETIMES, st.booleans()),
    st.tuples(st.just("connect"), st.tuples(WHO, LIFETIMES, st.booleans()), PUSH_IN_HANDSHAKE),
    step("say", WHICH, st.sampled_from(["ping", "pong", "keepalive", "sync"])),
    step("hello", WHICH, st.sampled_from(["page1", "page2"])),
    step("refresh", WHICH, st.sampled_from([60, 600]), st.none() | WHO),
    step("drop", WHICH, NOTICED),
    step("vanish", WHICH),
    step("stop", WHICH),
    step("late_disconnect"),
    step("push", WHO),
    step("push", WHO),
    step("kick", WHO),
    step("sweep", SECONDS),
    step("sweep", SECONDS),
    step("wait", SECONDS),
    step("lose_row", WHICH),
)
BEGINNINGS = st.lists(st.tuples(WHO, LIFETIMES, st.booleans()), min_size=2, max_size=4)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated(MAX_CONNECTIONS_PER_USER=str(CAP)) as made:
        yield made


@pytest.mark.timeout(0)
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(beginning=BEGINNINGS, steps=st.lists(STEPS, min_size=20, max_size=35))
def test_whatever_happens_the_table_and_the_truth_converge(
    simulation: Simulation, beginning: list[tuple[str, int, bool]], steps: list[Any]
) -> None:
    simulation.reset()
    history = History(simulation)
    for user, lifetime, attentive in beginning:
        history.connect(user, lifetime, attentive)
    for name, arguments, meanwhile in steps:
        history.happen(name, arguments, meanwhile)
        assert simulation.violations == []
        assert history.unwanted_ends() == set()

    simulation.converge(RUN_OUT_MS // MINUTE)
    assert set(simulation.rows()) == simulation.live()
    assert max(history.live_of(user) for user in USERS) <= CAP
    assert simulation.violations == []
    assert history.unwanted_ends() == set()
