"""Whatever happens, in whatever order: the table and the truth converge, and nobody hears what is not theirs.

The functions are real, on moto's tables; the gateway is a model of the real one that knows the truth. A history may
interrupt any function between two of its calls: by another function, by time, by a throttled write, or by its death.

    make histories HISTORIES=1000
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.connection import CLOSE_RETRY_MS, PONG_WAIT_MS, Limits
from tests.life.gateway import Line
from tests.life.simulation import CAP, MINUTE, Simulation, simulated

HISTORIES = int(os.environ.get("HISTORIES", "40"))
STEPS = 25
# Two pings and their waits, each found up to a sweep late; then a close that was begun and not finished is repeated.
RUN_OUT_MS = Limits().heartbeat_seconds * 1000 + 2 * (PONG_WAIT_MS + MINUTE) + CLOSE_RETRY_MS
WANTED = {"connection_limit", "replaced", "revoked", "max_duration", "unknown_connection", "forbidden"}

USERS = st.sampled_from(["alice", "bob"])
WHICH = st.integers(0, 9)
SECONDS = st.sampled_from([1, 20, 40, 60, 119, 121, 200, 301, 1800])
INTERRUPTIONS = st.none() | st.tuples(
    st.integers(1, 8),
    st.sampled_from(["push", "sweep", "kick", "say", "drop", "vanish", "time", "throttled", "died"]),
    WHICH,
)


class History(RuleBasedStateMachine):
    """One history of two users' connections."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self.simulation = simulation
        simulation.reset()

    @rule(user=USERS, expires_in=st.sampled_from([90, 300, 3600]), attentive=st.booleans(), meanwhile=INTERRUPTIONS)
    def connect(self, user: str, expires_in: int, attentive: bool, meanwhile: Any) -> None:
        self._interrupt(meanwhile)
        self.simulation.open(user, expires_in=expires_in, attentive=attentive)

    @rule(which=WHICH, action=st.sampled_from(["ping", "pong", "keepalive", "sync"]), meanwhile=INTERRUPTIONS)
    def message(self, which: int, action: str, meanwhile: Any) -> None:
        self._say(which, meanwhile, action)

    @rule(which=WHICH, page=st.sampled_from(["page1", "page2"]), meanwhile=INTERRUPTIONS)
    def hello(self, which: int, page: str, meanwhile: Any) -> None:
        self._say(which, meanwhile, "hello", clientId=page)

    @rule(which=WHICH, seconds=st.sampled_from([60, 600]), subject=st.none() | USERS, meanwhile=INTERRUPTIONS)
    def refresh(self, which: int, seconds: int, subject: str | None, meanwhile: Any) -> None:
        self._interrupt(meanwhile)
        for line in self._line(which):
            self.simulation.refresh(line, seconds, subject)

    @rule(which=WHICH, noticed=st.sampled_from(["at once", "later", "not by us", "not by the gateway"]))
    def drop(self, which: int, noticed: str) -> None:
        for line in self._line(which):
            self.simulation.end(line, half_open=noticed == "not by the gateway")
            if line in self.simulation.gateway.disconnects and noticed != "later":
                self._disconnect(line) if noticed == "at once" else self.simulation.gateway.disconnects.remove(line)

    @rule(meanwhile=INTERRUPTIONS)
    def late_disconnect(self, meanwhile: Any) -> None:
        for line in self.simulation.gateway.disconnects[:1]:
            self._interrupt(meanwhile)
            self._disconnect(line)

    @rule(user=USERS, meanwhile=INTERRUPTIONS)
    def push(self, user: str, meanwhile: Any) -> None:
        self._interrupt(meanwhile)
        self.simulation.push(user)

    @rule(user=USERS, meanwhile=INTERRUPTIONS)
    def kick(self, user: str, meanwhile: Any) -> None:
        self._interrupt(meanwhile)
        self.simulation.kick(user)

    @rule(seconds=SECONDS, meanwhile=INTERRUPTIONS)
    def time_and_a_sweep(self, seconds: int, meanwhile: Any) -> None:
        self.simulation.pass_time(seconds * 1000)
        self._interrupt(meanwhile)
        self.simulation.sweep()

    @rule(seconds=SECONDS)
    def time(self, seconds: int) -> None:
        self.simulation.pass_time(seconds * 1000)

    @rule(which=WHICH)
    def a_row_is_lost(self, which: int) -> None:
        for line in self._line(which):
            self.simulation.lose_row(line)

    @invariant()
    def nobody_hears_what_is_not_theirs(self) -> None:
        assert self.simulation.violations == []

    @invariant()
    def no_attentive_client_is_closed_for_silence(self) -> None:
        told = {frame.message["reason"] for line in self._lines() if line.attentive for frame in line.goodbyes}
        assert told <= WANTED | {"token_expired"}

    def teardown(self) -> None:
        """When the heartbeats have run out, the table holds exactly the live connections, and no more than allowed."""
        self.simulation.converge(RUN_OUT_MS // MINUTE)
        assert set(self.simulation.rows()) == self.simulation.live()
        for user in ("alice", "bob"):
            assert len([line for line in self.simulation.lines(user) if line.is_live]) <= CAP
        assert self.simulation.violations == []

    def _lines(self) -> list[Line]:
        return self.simulation.lines()

    def _line(self, which: int) -> list[Line]:
        """One of the live connections, if there are any."""
        live = [line for line in self._lines() if line.is_live]
        return [live[which % len(live)]] if live else []

    def _say(self, which: int, meanwhile: Any, action: str, **more: Any) -> None:
        """A live connection has a row after its message, unless something came between; or it is told, and ended."""
        for line in self._line(which):
            self._interrupt(meanwhile)
            self.simulation.say(line, action, **more)
            if meanwhile is None:
                assert not line.is_live or line.connection_id in self.simulation.rows()

    def _disconnect(self, line: Line) -> None:
        self.simulation.disconnect(line)

    def _interrupt(self, meanwhile: tuple[int, str, int] | None) -> None:
        if meanwhile is not None:
            at, what, which = meanwhile
            self.simulation.interrupt_next(at, partial(self._happen, what, which))

    def _happen(self, what: str, which: int) -> None:
        simulation, user = self.simulation, ["alice", "bob"][which % 2]
        happenings: dict[str, Callable[[], Any]] = {
            "push": lambda: simulation.push(user),
            "sweep": simulation.sweep,
            "kick": lambda: simulation.kick(user),
            "say": lambda: [simulation.say(line, "keepalive") for line in self._line(which)],
            "drop": lambda: [simulation.end(line) for line in self._line(which)],
            "vanish": lambda: [simulation.end(line, half_open=True) for line in self._line(which)],
            "time": lambda: simulation.pass_time(20_000),
            "throttled": simulation.throttle,
            "died": simulation.die,
        }
        happenings[what]()


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated(MAX_CONNECTIONS_PER_USER=str(CAP)) as made:
        yield made


@pytest.mark.timeout(0)
def test_whatever_happens_the_table_and_the_truth_converge(simulation: Simulation) -> None:
    run_state_machine_as_test(
        lambda: History(simulation),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
