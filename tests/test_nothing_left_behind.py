"""Whatever happens, and whatever fails while it happens: in the end the table holds exactly the live connections.

Everything is real but the time: our handlers and adapters, DynamoDB's tables, the management API over HTTP. Examples
are small; `pytest --hypothesis-profile=thorough` tries many more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from infra import bootstrap
from tests.adapter_faults import KINDS, AdapterFaults, Fault
from tests.conftest import AUDIENCE, ISSUER, read_our_template, world_of
from tests.infra.provider import SigningKey, jwks_server
from tests.simulation import MINUTE, Clock, Page, Simulation
from tests.stub_gateway import StubGateway

KEY = SigningKey("ES256", "k1")
CAP = 3
SECOND = 1000
USERS = ("ann", "bob")
MEANWHILE = ("push", "sweep", "message", "drop", "kick", "connect")

users = st.sampled_from(USERS)
picks = st.integers(0, 7)
lives = st.sampled_from([180 * MINUTE, 10 * MINUTE, 3 * MINUTE, MINUTE])
faults = st.none() | st.builds(
    Fault, kind=st.sampled_from(KINDS), nth=st.integers(0, 12), meanwhile=st.sampled_from(MEANWHILE)
)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    """One world for all examples; each begins by forgetting everything."""
    clock = Clock()
    gateway = StubGateway(clock)
    with jwks_server() as provider, pytest.MonkeyPatch.context() as patch:
        provider.publish(KEY.jwk())
        # One worker each, so that an example happens the same way again; a few shards, so that it is soon over.
        patch.setattr("infra.sweep.WORKERS", 1)
        patch.setattr("infra.management.SENDERS", 1)
        patch.setattr("handlers.sweep.DUE_SHARDS", 2)
        patch.setattr("domain.connection.DUE_SHARDS", 2)
        variables = {"JWKS_URL": provider.url, "MAX_CONNECTIONS_PER_USER": str(CAP), "MESSAGES_BURST": "5"}
        with world_of(read_our_template(), gateway, **variables), clock.in_force():
            made = Simulation(clock, gateway, AdapterFaults(), bootstrap.limits())
            made.token = lambda user, expires_at: KEY.token(sub=user, iss=ISSUER, aud=AUDIENCE, exp=expires_at // 1000)
            yield made
    gateway.stop()


def test_table_and_truth_converge_whatever_happens(simulation: Simulation) -> None:
    Lives.simulation = simulation
    thorough = settings.get_current_profile_name() == "thorough"
    examples = settings().max_examples if thorough else 60
    run_state_machine_as_test(
        Lives,
        settings=settings(max_examples=examples, stateful_step_count=40, suppress_health_check=list(HealthCheck)),
    )


class Lives(RuleBasedStateMachine):
    """Connections of two users, and all that may happen to them, each with a fault in it or none."""

    simulation: Simulation
    rev = 0

    @initialize()
    def begin(self) -> None:
        self.simulation.forget_everything()

    @rule(user=users, lives_ms=lives, loses_disconnect=st.booleans(), push_during=st.booleans(), fault=faults)
    def connect(self, user: str, lives_ms: int, loses_disconnect: bool, push_during: bool, fault: Fault | None) -> None:
        during = (lambda: self._push(user)) if push_during else (lambda: None)
        self._happen(
            fault,
            lambda: self.simulation.connect(user, lives_ms, loses_disconnect=loses_disconnect, during=during),
        )

    @rule(pick=picks, page_id=st.sampled_from([None, "p1", "p2"]), fault=faults)
    def hello(self, pick: int, page_id: str | None, fault: Fault | None) -> None:
        """Only the living open a page; what the dead said may still arrive."""
        if page := self._page(pick):
            page.page_id = page_id or page.page_id
            named = {"clientId": page_id} if page_id else {}
            self._happen(fault, lambda: self.simulation.act(page, "hello", **named))

    @rule(pick=picks, action=st.sampled_from(["sync", "ping", "pong", "keepalive", "fly"]), fault=faults)
    def message(self, pick: int, action: str, fault: Fault | None) -> None:
        if page := self._page(pick):
            self._happen(fault, lambda: self.simulation.act(page, action))

    @rule(pick=picks, times=st.integers(1, 3), fault=faults)
    def nonsense(self, pick: int, times: int, fault: Fault | None) -> None:
        if page := self._page(pick):
            for _ in range(times):
                self._happen(fault, lambda: self.simulation.talk_nonsense(page))

    @rule(pick=picks)
    def flood(self, pick: int) -> None:
        if page := self._page(pick):
            for _ in range(self.simulation.limits.messages_burst + 11):
                self.simulation.act(page, "pong")
            self.simulation.react()

    @rule(pick=picks, user=users, lives_ms=lives, fault=faults)
    def refresh(self, pick: int, user: str, lives_ms: int, fault: Fault | None) -> None:
        if page := self._page(pick):
            expires_at = self.simulation.clock.now + lives_ms
            self._happen(fault, lambda: self.simulation.refresh(page, user, expires_at))

    @rule(user=users, fault=faults)
    def push(self, user: str, fault: Fault | None) -> None:
        self._happen(fault, lambda: self._push(user))

    @rule(fault=faults)
    def sweep(self, fault: Fault | None) -> None:
        self._happen(fault, self.simulation.sweep)

    @rule(user=users, fault=faults)
    def kick(self, user: str, fault: Fault | None) -> None:
        self._happen(fault, lambda: self.simulation.kick(user))

    @rule(pick=picks, loses=st.booleans())
    def drop(self, pick: int, loses: bool) -> None:
        if page := self._live(pick):
            page.connection.loses_disconnect |= loses
            self.simulation.gateway.drop(page.connection)
            self.simulation.react()

    @rule(pick=picks)
    def vanish(self, pick: int) -> None:
        """The client is gone and the gateway does not know."""
        if page := self._live(pick):
            page.connection.half_open = True

    @rule(pick=picks)
    def lose_row(self, pick: int) -> None:
        if page := self._live(pick):
            self.simulation.lose_row(page)

    @rule(seconds=st.integers(1, 200))
    def wait(self, seconds: int) -> None:
        self.simulation.pass_time(seconds * SECOND)

    @rule(minutes=st.integers(1, 6), used=picks)
    def live(self, minutes: int, used: int) -> None:
        """Time passes as it does: a sweep every minute, and one page is used."""
        for _ in range(minutes):
            if page := self._live(used):
                self.simulation.act(page, "keepalive")
            self.simulation.pass_time(MINUTE)
            self._happen(None, self.simulation.sweep)

    @rule()
    def grow_old(self) -> None:
        self.simulation.pass_time(100 * MINUTE)

    @invariant()
    def everybody_was_treated_as_promised(self) -> None:
        self.simulation.judge()

    def teardown(self) -> None:
        self.simulation.converge()
        self.simulation.judge()

    def _happen(self, fault: Fault | None, happens: Any) -> None:
        self.simulation.clock.now += SECOND
        self.simulation.with_fault(fault, self._meanwhile, happens)

    def _meanwhile(self, name: str) -> None:
        """What comes between two calls of a function: another function's run, all of it."""
        simulation, page = self.simulation, self._live(0)
        if name == "push":
            self._push(USERS[0])
        elif name == "sweep":
            simulation.sweep()
        elif name == "kick":
            simulation.kick(USERS[0])
        elif name == "connect":
            simulation.connect(USERS[0], 60 * MINUTE)
        elif page and name == "message":
            simulation.act(page, "keepalive")
        elif page and name == "drop":
            simulation.gateway.drop(page.connection)

    def _push(self, user: str) -> None:
        self.rev += 1
        self.simulation.push(user, "u1", self.rev)

    def _page(self, pick: int) -> Page | None:
        """Any page, alive or not: what was said may arrive late."""
        pages = list(self.simulation.pages.values())
        return pages[pick % len(pages)] if pages else None

    def _live(self, pick: int) -> Page | None:
        pages = self.simulation.live_pages()
        return pages[pick % len(pages)] if pages else None
