"""The frames that a client draws of replayed updates, and their distance from the confirmed count."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from benchmarks.prediction.replay import NOON_MS, Sent
from benchmarks.prediction.traces import Trace
from clients.terminal.news import age_seconds, dated
from clients.terminal.prediction import Drawn, PredictionLimits, predicted

T = TypeVar("T")

FRAME_SECONDS = 0.1
AFTER_DEATH_SECONDS = 60.0
NO_PREDICTION = PredictionLimits()
PREDICTION = PredictionLimits(10, 5, 10, 120)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A client: its limits, the latencies of its messages, its clock's error, and when it joins."""

    limits: PredictionLimits = PREDICTION
    latency_seconds: tuple[float, float] = (0.05, 0.05)
    clock_seconds: float = 0.0
    joins_at: float = 0.0

    def errors(self, trace: Trace, sent: list[Sent], killed_at: float = math.inf) -> list[float]:
        """Returns, for each frame, the shown less the confirmed bytes, in percent of the bar."""
        news, counts = _latest(self._arrivals(sent)), _latest(_counts(trace, killed_at))
        until = trace.seconds if killed_at == math.inf else killed_at + AFTER_DEATH_SECONDS
        drawn, errors = Drawn(), list[float]()
        for frame in range(math.ceil(self.joins_at / FRAME_SECONDS) + 1, int(until / FRAME_SECONDS) + 1):
            now = frame * FRAME_SECONDS
            upload, confirmed = news(now), counts(now) or 0
            if upload is not None:
                age = age_seconds(upload, self._clock(now))
                shown, drawn = predicted(upload, age, self.limits, drawn)
                errors.append(100 * (shown["bytesUploaded"] - confirmed) / trace.total)
        return errors

    def _arrivals(self, sent: list[Sent]) -> Iterator[tuple[float, dict[str, Any]]]:
        """Yields the messages in their order: those before the client joined come as the snapshot's last state."""
        chance, arrived = random.Random(str(self.latency_seconds)), 0.0
        for one in sent:
            arrived = max(arrived, self.joins_at, one.second + chance.uniform(*self.latency_seconds))
            message = _message(one.update, sent[0].update)
            is_live = one.second >= self.joins_at
            # The server's clock is this machine's: the skew that a client measures is its own clock's error.
            upload = dated(message, self._clock(arrived), -self.clock_seconds, is_live)
            yield arrived, upload  # type: ignore[misc]  # a dict stays one

    def _clock(self, second: float) -> float:
        return NOON_MS / 1000 + second + self.clock_seconds


def _counts(trace: Trace, killed_at: float) -> Iterator[tuple[float, int]]:
    confirmed = 0
    for second, size in trace.callbacks:
        if second > killed_at:
            return
        confirmed += size
        yield second, confirmed


def _latest(events: Iterator[tuple[float, T]]) -> Callable[[float], T | None]:
    """Returns a function that gives the last of `events` until a time; its times must not fall."""
    following = next(events, None)
    value: T | None = None

    def until(now: float) -> T | None:
        nonlocal following, value
        while following is not None and following[0] <= now:
            value, following = following[1], next(events, None)
        return value

    return until


def _message(update: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """Returns the update as push broadcasts it, as far as bars need it."""
    total, count = update["bytesTotal"], update["bytesUploaded"]
    times = {"startedAt": _time(first["rev"]), "updatedAt": _time(update["rev"])}
    return update | times | {"attempt": 1, "percent": math.floor(count * 1000 / total) / 10}


def _time(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
