"""Traces of uploads: the callbacks of a client, with their times. Synthetic ones are seeded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

SEED = 1
KIB = 1024
FINE_PERCENT = 0.5  # steps below this part of the bar are fine
FINE_STEPS, COARSE_STEPS = 1000, 39  # of one upload; 39 is 256 KiB of 10 MB
SYNTHETIC_SECONDS = (10, 30, 60, 120, 180, 600, 1200)

Callbacks = list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Trace:
    """The callbacks (seconds, bytes) of an upload of `total` bytes over a link of a kind."""

    link: str
    source: str
    total: int
    callbacks: Callbacks

    @property
    def seconds(self) -> float:
        """The time of the last callback."""
        return self.callbacks[-1][0]

    @property
    def is_fine(self) -> bool:
        """True if no step is 0.5 % of the bar or more."""
        return max(size for _, size in self.callbacks) < FINE_PERCENT / 100 * self.total

    @property
    def is_steady(self) -> bool:
        """True if the rate of the link does not change."""
        return self.link == "steady"


def synthetic_traces(seed: int) -> Iterator[Trace]:
    """Yields an upload for each link, duration and size of the steps."""
    for link, pauses in LINKS.items():
        for seconds in SYNTHETIC_SECONDS:
            for steps in (max(FINE_STEPS, 2 * seconds), COARSE_STEPS):
                chance = random.Random(f"{seed} {link} {seconds} {steps}")
                step = max(16 * KIB, 10_000_000 // steps)
                times = accumulate(pauses(chance, seconds / steps, steps))
                yield Trace(link, "synthetic", step * steps, [(time, step) for time in times])


def _steady(chance: random.Random, mean: float, steps: int) -> Iterator[float]:
    yield from (mean for _ in range(steps))


def _jitter(chance: random.Random, mean: float, steps: int) -> Iterator[float]:
    """Each chunk has a time of its own, a third to three times the mean."""
    yield from (mean * chance.lognormvariate(-0.125, 0.5) for _ in range(steps))


def _wandering(chance: random.Random, mean: float, steps: int) -> Iterator[float]:
    """The rate wanders over some ten seconds, as that of a shared radio link does."""
    level, now = 0.0, 0.0
    for _ in range(steps):
        pause = mean * 2.0**level
        share = min(1.0, pause / 10)
        level = level * (1 - share) + chance.gauss(0, 0.8 * share**0.5)
        now += pause
        yield pause


def _stalls(chance: random.Random, mean: float, steps: int) -> Iterator[float]:
    """Once in some thirty seconds the link is silent for one to eight seconds."""
    for _ in range(steps):
        stall = chance.uniform(1, 8) if chance.random() < mean / 30 else 0.0
        yield mean * chance.lognormvariate(-0.02, 0.2) + stall


def _cuts(chance: random.Random, mean: float, steps: int) -> Iterator[float]:
    """Some three times an upload a connection is cut: boto3 sends a part again and calls no callback meanwhile."""
    for _ in range(steps):
        part = 0.08 * steps * mean * chance.random()
        yield mean + (1 + part if chance.random() < 3 / steps else 0.0)


def _bursts(chance: random.Random, mean: float, steps: int) -> Iterator[float]:
    """Four parts are sent at once and a part's callbacks come close together."""
    for number in range(steps):
        yield mean * (0.25 if number % 4 else 3.25) * chance.uniform(0.8, 1.2)


LINKS: dict[str, Callable[[random.Random, float, int], Iterator[float]]] = {
    "steady": _steady,
    "jitter": _jitter,
    "wandering": _wandering,
    "stalls": _stalls,
    "cuts": _cuts,
    "bursts": _bursts,
}
