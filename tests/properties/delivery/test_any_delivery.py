"""For any interleaving, duplication, reordering, redelivery and partial failure: screens end with the newest state.

The functions are real, on moto's tables and queues; the gateway is a model of the real one. Any push may be interrupted
between two of its calls: by another push, by a client that connects, by a failure, or by its death.

    make deliveries DELIVERIES=1000
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.protocol import upload_fields
from handlers import bootstrap
from tests.properties.delivery.deliveries import Deliveries
from tests.properties.delivery.story import Story, stories
from tests.properties.life.simulation import Simulation, simulated

DELIVERIES = int(os.environ.get("DELIVERIES", "10"))

WHICH = st.integers(0, 30)
HAPPENINGS = st.one_of(
    st.tuples(st.just("sqs"), st.lists(WHICH, min_size=1, max_size=5)),
    st.tuples(st.sampled_from(["direct", "eventbridge"]), WHICH),
    st.tuples(st.sampled_from(["connect", "hello", "drop", "throttled", "died"]), WHICH),
    st.tuples(st.just("refused"), st.integers(1, 4)),
)
STEPS = st.lists(st.tuples(HAPPENINGS, st.none() | st.tuples(st.integers(1, 6), HAPPENINGS)), max_size=10)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    """Only calls to DynamoDB are interrupted: a post to one connection is to no other before or after anything."""
    with simulated() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(made.gateway, "_before", lambda sender: None)
        patch.setattr("infra.thread_pool.WorkerPool.map", lambda workers, do, things: [do(one) for one in things])
        yield made


class Course:
    """Carries out what happens. `lossy` says that progress may have been lost on the way."""

    def __init__(self, simulation: Simulation, deliveries: Deliveries) -> None:
        self.lossy = False
        self._simulation = simulation
        self._deliveries = deliveries
        self._happenings: dict[str, Callable[[Any], Any]] = {
            "sqs": lambda which: deliveries.through_sqs(*which),
            "direct": deliveries.directly,
            "eventbridge": deliveries.through_eventbridge,
            "connect": self._connect,
            "hello": lambda which: [simulation.say(line, "hello") for line in self._line(which)],
            "drop": lambda which: [simulation.end(line) for line in self._line(which)],
            "throttled": self._throttle,
            "died": lambda which: simulation.is_running and simulation.die(),
            "refused": self._refuse,
        }

    def happen(self, happening: tuple[str, Any], meanwhile: tuple[int, tuple[str, Any]] | None) -> None:
        if meanwhile:
            at, (name, argument) = meanwhile
            self._simulation.interrupt_next(at, lambda: self._happenings[name](argument))
        self._happenings[happening[0]](happening[1])
        self._simulation.interrupt_next(0, lambda: None)

    def _connect(self, which: int) -> None:
        self._simulation.open("alice" if which % 2 else "bob")

    def _line(self, which: int) -> list[Any]:
        lines = self._deliveries.lines()
        return [lines[which % len(lines)]] if lines else []

    def _throttle(self, which: int) -> None:
        self.lossy = True
        self._simulation.throttle()

    def _refuse(self, posts: int) -> None:
        self.lossy = True
        self._simulation.gateway.refusals += posts


@settings(max_examples=DELIVERIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(alice=stories("alice"), bob=stories("bob"), steps=STEPS, again=st.lists(WHICH, max_size=5))
def test_whatever_happens_on_the_way_every_screen_ends_with_the_newest_state(
    simulation: Simulation, alice: Story, bob: Story, steps: list[Any], again: list[int]
) -> None:
    simulation.reset()
    deliveries = Deliveries(simulation, [*alice.messages, *bob.messages])
    course = Course(simulation, deliveries)
    for user in ("alice", "bob", "alice"):
        simulation.open(user)
    for happening, meanwhile in steps:
        course.happen(happening, meanwhile)

    simulation.gateway.refusals, simulation.fails = 0, lambda operation: False
    deliveries.to_the_end()

    judge(deliveries, alice, bob, exactly=not course.lossy)
    deliveries.through_sqs(*again or [0])
    judge(deliveries, alice, bob, exactly=not course.lossy)
    assert simulation.violations == []


def judge(deliveries: Deliveries, alice: Story, bob: Story, *, exactly: bool) -> None:
    for user, story in (("alice", alice), ("bob", bob)):
        newest = upload_fields(story.end)
        [stored] = bootstrap.uploads().of_user(user)
        assert upload_fields(stored) == newest
        for line in deliveries.lines():
            if line.user_id == user:
                screen = deliveries.screens()[line.connection_id]
                assert screen.steps_back == []
                [shown] = screen.shown.values()
                assert (shown["attempt"], shown["status"]) == (newest["attempt"], newest["status"])
                assert shown == newest or not exactly
