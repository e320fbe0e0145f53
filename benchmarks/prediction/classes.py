"""The classes of uploads, and what a reporter and its clients reach in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean

from benchmarks.prediction.frames import Viewer
from benchmarks.prediction.replay import Sent
from benchmarks.prediction.traces import Trace
from clients.terminal.prediction import PredictionLimits

LATENCIES = ((0.05, 0.05), (0.2, 0.2), (0.5, 0.5), (0.05, 0.5))  # seconds, at least and at most
PERCENTILE = 95


@dataclass(frozen=True, slots=True)
class Class:
    """A kind of uploads. `max_share` is the goal of messages, of the former ones; `max_error` is in percent of the bar.

    Without `max_error`, the goal is the error of the former reporter.
    """

    name: str
    holds: Callable[[Trace], bool]
    max_share: float = 1.0
    max_error: float | None = None


def _is_long(trace: Trace) -> bool:
    return trace.seconds >= 171  # of uploads that are planned for 180 s, some end a little earlier


def _is_short(trace: Trace) -> bool:
    return trace.seconds < 57


CLASSES = (
    Class("3 min and more, fine, steady", lambda one: one.is_fine and one.is_steady and _is_long(one), 1 / 8, 1.0),
    Class("3 min and more, fine, all links", lambda one: one.is_fine and _is_long(one), 1 / 6, 1.0),
    Class("1 to 3 min, fine", lambda one: one.is_fine and not _is_long(one) and not _is_short(one), 1 / 5, 1.0),
    Class("under 1 min, fine", lambda one: one.is_fine and _is_short(one)),
    Class("1 min and more, coarse", lambda one: not one.is_fine and not _is_short(one)),
    Class("under 1 min, coarse", lambda one: not one.is_fine and _is_short(one)),
    Class("all", lambda one: True),
)


@dataclass(slots=True)
class Result:
    """The messages of a reporter in a class, and the distances of its clients' bars from the count."""

    messages: int = 0
    signs_of_life: int = 0
    errors: list[float] = field(default_factory=list)  # percent of the bar, one for each frame

    @property
    def news(self) -> int:
        """The messages that are no signs of life."""
        return self.messages - self.signs_of_life

    @property
    def error(self) -> float:
        """The error at the 95th percentile of the frames."""
        return percentile(self.errors)

    @property
    def mean_error(self) -> float:
        """The mean of the errors."""
        return fmean(self.errors)

    def add(self, other: Result) -> None:
        """Adds the result of one more upload."""
        self.messages += other.messages
        self.signs_of_life += other.signs_of_life
        self.errors += other.errors


def measure(trace: Trace, sent: list[Sent], limits: PredictionLimits) -> Result:
    """Returns the result of one upload for clients at each of the latencies."""
    viewers = [Viewer(limits, latency) for latency in LATENCIES]
    errors = [abs(error) for viewer in viewers for error in viewer.errors(trace, sent)]
    return Result(len(sent), sum(one.is_sign_of_life for one in sent), errors)


def percentile(values: list[float]) -> float:
    """Returns the 95th percentile."""
    return sorted(values)[len(values) * PERCENTILE // 100]
