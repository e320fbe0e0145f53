"""A reporter on a trace of callbacks, polled as its sender polls it, and the throttle without prediction beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from upload_progress_reporter import Update
from upload_progress_reporter.moment import Moment
from upload_progress_reporter.prediction import ProgressLine, interval_seconds
from upload_progress_reporter.throttle import is_due
from upload_progress_reporter.upload import STALLED, UploadState

TICK_SECONDS = 0.1


@dataclass
class Simulation:
    """The updates of one upload whose bytes are counted at `callbacks` (seconds, bytes), and the errors of its bar.

    `errors` are in percent of the bar, one per tick: the distance of the line that a client draws from the count.
    `unpredicted` is the number of updates, and `unpredicted_errors` the errors, of the throttle alone.
    """

    total: int
    updates: list[tuple[float, Update]] = field(default_factory=list)
    signs_of_life: int = 0
    errors: list[float] = field(default_factory=list)
    unpredicted: int = 0
    unpredicted_errors: list[float] = field(default_factory=list)

    @property
    def news(self) -> int:
        """The number of updates that are no signs of life."""
        return len(self.updates) - self.signs_of_life


def simulate(total: int, callbacks: list[tuple[float, int]], seconds: float) -> Simulation:
    """Returns the run of an upload over `seconds`, without its end.

    A sign of life is an update an interval after the last one, and the update that says that nothing moves.
    """
    state, run = UploadState("alice", "u1", "film.mp4", total, 1, "transfer"), Simulation(total)
    state.change(moment(0), "uploading")
    line, sent_at, next_callback = ProgressLine(0, total), 0.0, 0
    without = Unpredicted(total)
    for tick in range(1, round(seconds / TICK_SECONDS) + 1):
        now = tick * TICK_SECONDS
        while next_callback < len(callbacks) and callbacks[next_callback][0] <= now:
            state.tally.add(callbacks[next_callback][1])
            next_callback += 1
        count = min(total, state.tally.value)
        without.tick(now, count)
        if update := state.progress(moment(now)):
            run.updates.append((now, update))
            is_late = now - sent_at >= interval_seconds(sent_at) - TICK_SECONDS / 2
            run.signs_of_life += is_late or update.get("message") == STALLED
            speed = 0 if update.get("unpredictable") else update.get("bytesPerSecond", 0)
            line, sent_at = ProgressLine(update["bytesUploaded"], total, speed, interval_seconds(now)), now
        run.errors.append(100 * abs(line.bytes_after(now - sent_at) - count) / total)
        run.unpredicted_errors.append(100 * (count - without.shown) / total)
    run.unpredicted = without.sent
    return run


class Unpredicted:
    """The throttle alone: each change is sent as soon as it is due."""

    def __init__(self, total: int) -> None:
        self._total, self._sent_at = total, 0.0
        self.shown = self.sent = 0

    def tick(self, now: float, count: int) -> None:
        """Sends `count` if it changed and is due."""
        if count != self.shown and is_due(now - self._sent_at, 100 * (count - self.shown) / self._total):
            self.shown, self._sent_at, self.sent = count, now, self.sent + 1


def moment(seconds: float) -> Moment:
    """Returns a moment of both clocks."""
    return Moment(1_700_000_000_000 + round(seconds * 1000), seconds)


def at_rate(total: int, step: int, rate: Callable[[float], float]) -> list[tuple[float, int]]:
    """Returns the callbacks of `total` bytes in steps of `step` at `rate(seconds)` bytes per second."""
    callbacks, now, left = list[tuple[float, int]](), 0.0, total
    while left > 0:
        size = min(step, left)
        now, left = now + size / max(1.0, rate(now)), left - size
        callbacks.append((now, size))
    return callbacks
