"""The three scenarios: dropped at once, closed with an announcement, and grown old together."""

from __future__ import annotations

import json
import subprocess
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from domain.connection import ConnectionLimits
from domain.deadlines import new_connection, next_step
from domain.disconnect import INTERNAL
from domain.protocol import disconnect

SIMULATION = Path(__file__).with_name("simulate.mjs")
CONNECTIONS_PER_SECOND = 500  # API Gateway quotas: new connections per second, per account and Region; adjustable
STRETCH = 0.5  # the client waits up to half as long again as it is told
LOAD = 0.8  # of what the gateway takes: chance bunches what comes evenly on average
SWEEP_MS = 60_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway observed: moments in milliseconds since the event, each in order."""

    clients: int
    connected_before: int
    connected_after: int
    attempts: Sequence[float]
    accepted: Sequence[float]
    live: Sequence[float]

    @property
    def refused(self) -> int:
        return len(self.attempts) - len(self.accepted)

    def back_after(self, share: float) -> float:
        """When that share of the clients was live again, in milliseconds."""
        return self.live[ceil(share * self.clients) - 1]


def busiest(moments: Sequence[float], within_ms: float) -> int:
    """The most moments that lie within so long, wherever that begins."""
    return max((bisect_left(moments, at + within_ms) - index for index, at in enumerate(moments)), default=0)


def retry_after_ms(clients: int) -> int:
    """What a server must announce so that so many clients come back without being refused.

    They spread evenly from what is announced to one and a half times that, so `clients / (0.5 * retryAfter)` come per
    second; 0.8 of what the gateway takes leaves room for chance. At 500 per second: 5 ms for each client.
    """
    return ceil(1000 * clients / (STRETCH * LOAD * CONNECTIONS_PER_SECOND))


def dropped_at_once(clients: int, seed: int = 1) -> Outcome:
    """Every connection is lost in the same instant, without a word."""
    return _simulate(clients, seed, 120_000, {"type": "drop"})


def announced_close(clients: int, seed: int = 1) -> Outcome:
    """The server closes every connection and says when to come back."""
    why = replace(INTERNAL, retry_after_ms=retry_after_ms(clients))
    return _simulate(clients, seed, 2 * why.retry_after_ms, {"type": "close", "disconnect": disconnect(why)})


def grown_old_together(clients: int) -> Outcome:
    """All connected within one minute; each is warned by the first sweep that finds it old enough."""
    limits = ConnectionLimits()
    ages = [SWEEP_MS * (number + 1) // clients for number in range(clients)]
    warned = [_warning_of_age(connected_at, limits) for connected_at in ages]
    first = min(at for at, _ in warned)
    warnings = [{"afterMs": at - first, "closesInMs": closes_at - at} for at, closes_at in warned]
    lasts_ms = limits.max_connection_warning_seconds * 1000 + SWEEP_MS
    return _simulate(clients, 1, lasts_ms, {"type": "warn", "warnings": warnings})


def _warning_of_age(connected_at: int, limits: ConnectionLimits) -> tuple[int, int]:
    """When sweeps on the minute warn a busy connection of its age, and what they say of its close."""
    never = connected_at + 10 * limits.max_connection_seconds * 1000
    made = new_connection("alice", "A=", connected_at=connected_at, token_expires_at=never, limits=limits)
    warned_from = limits.max_connection_seconds - limits.max_connection_warning_seconds
    sweep = (connected_at + warned_from * 1000) // SWEEP_MS * SWEEP_MS - SWEEP_MS
    while True:
        if made.due_at <= sweep:
            step = next_step(replace(made, last_seen_at=sweep, last_active_at=sweep), sweep, limits)
            if "max_duration" in step.warnings:
                return sweep, step.warnings["max_duration"]
            made = replace(made, due_at=step.due_at)
        sweep += SWEEP_MS


def _simulate(clients: int, seed: int, lasts_ms: int, event: dict[str, Any]) -> Outcome:
    """Run the fleet in Node.js; they connected within a minute before the event."""
    fleet = {"seed": seed, "clients": clients, "connectsWithinMs": 60_000}
    scenario = fleet | {"perSecond": CONNECTIONS_PER_SECOND, "lastsMs": lasts_ms, "event": event}
    done = subprocess.run(
        ["node", str(SIMULATION)], input=json.dumps(scenario), stdout=subprocess.PIPE, text=True, check=True
    )
    seen = json.loads(done.stdout)
    return Outcome(clients, seen["before"], seen["after"], seen["attempts"], seen["accepted"], seen["live"])
