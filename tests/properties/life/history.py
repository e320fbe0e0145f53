"""What may happen to the connections of two users, one thing after the other, or one in the midst of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.connection import ConnectionLimits
from domain.deadlines import CLOSE_RETRY_MS, PONG_WAIT_MS
from tests.properties.life.gateway import Line
from tests.properties.life.simulation import MINUTE, Simulation

USERS = ("alice", "bob")
CAP = 3
# Two pings and their waits, each found up to a sweep late; then a close that was begun and not finished is repeated.
RUN_OUT_MS = ConnectionLimits().heartbeat_seconds * 1000 + 2 * (PONG_WAIT_MS + MINUTE) + CLOSE_RETRY_MS
# What may end the connection of a client that answers whatever it is sent; its token, if no sweep warned of it.
DESERVED = {"connection_limit", "replaced", "revoked", "forbidden", "max_duration", "token_expired"}
Meanwhile = tuple[int, str, int] | None


class History:
    """Steps by name. Those about a connection take the `which`-th live one, and do nothing if there is none."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._happenings: dict[str, Callable[[int], Any]] = {
            "push": lambda which: [simulation.push(user) for user in USERS],
            "sweep": lambda which: simulation.sweep(),
            "kick": lambda which: [simulation.kick(user) for user in USERS],
            "say": lambda which: [simulation.say(line, "keepalive") for line in self._line(which)],
            "drop": lambda which: [simulation.end(line) for line in self._line(which)],
            "vanish": lambda which: [simulation.end(line, half_open=True) for line in self._line(which)],
            "stop": lambda which: [simulation.stop_reading(line) for line in self._line(which)],
            "time": lambda which: simulation.pass_time(20_000),
            "throttled": lambda which: simulation.throttle(),
            "died": lambda which: simulation.die(),
        }

    def happen(self, name: str, arguments: tuple[Any, ...], meanwhile: Meanwhile) -> None:
        """One step. `meanwhile` (at, what, which) happens just before the `at`-th call of the function that it runs."""
        if meanwhile is not None:
            at, what, which = meanwhile
            self._simulation.interrupt_next(at, lambda: self._happenings[what](which))
        getattr(self, name)(*arguments)
        self._simulation.interrupt_next(0, lambda: None)

    def connect(self, user: str, lifetime: int, attentive: bool) -> None:
        self._simulation.open(user, expires_in=lifetime, attentive=attentive)

    def say(self, which: int, action: str, **more: Any) -> None:
        """Who has spoken has a row, unless something came between, or was told to go, and is closed."""
        for line in self._line(which):
            undisturbed = not self._simulation.is_to_be_interrupted
            self._simulation.say(line, action, **more)
            if undisturbed and line.is_live and line.connection_id not in self._simulation.rows():
                self._simulation.violations.append(f"stays without a row: {line}")

    def hello(self, which: int, page: str) -> None:
        self.say(which, "hello", clientId=page)

    def refresh(self, which: int, seconds: int, subject: str | None) -> None:
        for line in self._line(which):
            self._simulation.refresh(line, seconds, subject)

    def drop(self, which: int, noticed: str) -> None:
        """The client ends the connection; `$disconnect` comes at once, later, or never."""
        for line in self._line(which):
            self._simulation.end(line)
            if noticed == "at once":
                self._simulation.disconnect(line)
            elif noticed == "never":
                self._simulation.gateway.disconnects.remove(line)

    def vanish(self, which: int) -> None:
        for line in self._line(which):
            self._simulation.end(line, half_open=True)

    def stop(self, which: int) -> None:
        for line in self._line(which):
            self._simulation.stop_reading(line)

    def late_disconnect(self) -> None:
        for line in self._simulation.gateway.disconnects[:1]:
            self._simulation.disconnect(line)

    def push(self, user: str) -> None:
        self._simulation.push(user)

    def kick(self, user: str) -> None:
        self._simulation.kick(user)

    def sweep(self, seconds: int) -> None:
        self._simulation.pass_time(seconds * 1000)
        self._simulation.sweep()

    def wait(self, seconds: int) -> None:
        self._simulation.pass_time(seconds * 1000)

    def lose_row(self, which: int) -> None:
        """Somebody else's fault, so the connection may end for it."""
        for line in self._line(which):
            line.excused = True
            self._simulation.lose_row(line)

    def unwanted_ends(self) -> set[str]:
        """For what attentive clients were closed and should not have been."""
        judged = [one for one in self._simulation.lines() if one.attentive and not (one.excused or one.half_open)]
        return {one.message["reason"] for line in judged for one in line.goodbyes} - DESERVED

    def live_of(self, user: str) -> int:
        return sum(line.is_live for line in self._simulation.lines(user))

    def _line(self, which: int) -> list[Line]:
        """One of the live connections, if there are any."""
        live = [line for line in self._simulation.lines() if line.is_live]
        return [live[which % len(live)]] if live else []
