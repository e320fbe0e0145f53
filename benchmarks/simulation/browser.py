"""Clients in a simulated world: they do what the browser library does with a page that is open and visible."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from benchmarks.simulation.world import World

QUIET_MS = 100_000  # clients/browser/src; tests/integration/benchmarks/test_simulation.py compares
ROTATION_LEAD_MS = 30_000
TOKEN_SECONDS = 3600
EVERYTHING = frozenset({"ping", "idle", "token_expiring", "max_duration"})


class Browser:
    """A user's one page. Without `quiet_ms` it is a client that sends no pings of its own.

    `heeds` are the messages that it answers: a page that nobody looks at does not heed `idle`.
    """

    def __init__(
        self,
        world: World,
        user_id: str,
        chance: random.Random,
        quiet_ms: int | None = QUIET_MS,
        heeds: frozenset[str] = EVERYTHING,
        page: str = "page",
    ) -> None:
        self.connection_id = ""
        self.opened = 0
        self._world = world
        self._user_id = user_id
        self._chance = chance
        self._quiet_ms = quiet_ms
        self._heeds = heeds
        self._page = page
        self._heard_at = 0

    def open(self, age_ms: int = 0, expires_in: int = TOKEN_SECONDS) -> None:
        """Open a connection, the first or the successor of one that grows old. `expires_in` seconds is its token's."""
        connection_id = self._world.new_connection_id()
        self.opened += 1
        line = _Line(self, connection_id)
        self._world.open(self._user_id, connection_id, line, expires_in=expires_in, age_ms=age_ms)
        self._world.say(connection_id, {"action": "hello", "clientId": f"{self._page}-of-{self._user_id}"})

    def hear(self, connection_id: str, message: dict[str, Any]) -> None:
        self._heard_at = self._world.now
        if message.get("reason", message["type"]) not in self._heeds | {"snapshot"}:
            return
        match message["type"]:
            case "snapshot":
                self.connection_id = connection_id
                self._watch(connection_id)
            case "ping":
                self._world.say(connection_id, {"action": "pong"})
            case "warning":
                self._heed(connection_id, message)

    def _heed(self, connection_id: str, warning: dict[str, Any]) -> None:
        match warning["reason"]:
            case "idle":
                self._world.say(connection_id, {"action": "keepalive"})
            case "token_expiring":
                token = self._world.token(self._user_id, TOKEN_SECONDS)
                self._world.say(connection_id, {"action": "refresh", "token": token})
            case "max_duration":
                closes_in = round(datetime.fromisoformat(warning["closesAt"]).timestamp() * 1000) - self._world.now
                self._world.after(round(self._chance.random() * max(0, closes_in - ROTATION_LEAD_MS)), self.open)

    def _watch(self, connection_id: str) -> None:
        """Ask whether anybody is there when nothing has been heard for a while."""
        if self._quiet_ms is None or connection_id != self.connection_id:
            return
        silent = self._world.now - self._heard_at
        if silent >= self._quiet_ms:
            self._world.say(connection_id, {"action": "ping"})
        self._world.after(
            self._quiet_ms - silent if silent < self._quiet_ms else 10_000, lambda: self._watch(connection_id)
        )


class _Line:
    """One connection's end at a browser."""

    def __init__(self, browser: Browser, connection_id: str) -> None:
        self._browser = browser
        self._connection_id = connection_id

    def heard(self, message: dict[str, Any]) -> None:
        self._browser.hear(self._connection_id, message)

    def closed(self) -> None:
        """Whoever is still wanted has a successor already, or opens one when told to."""
