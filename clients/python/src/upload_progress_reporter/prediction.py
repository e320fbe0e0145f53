"""The line that clients draw after an update (docs/protocol.md, "Prediction"). Pure."""

from dataclasses import dataclass

from .recent_steps import RecentSteps

MAX_PERCENT = 10
SIGN_OF_LIFE_SECONDS = 5.0
LATE_AFTER_SECONDS = 120.0
LATE_FACTOR = 2
BOUND_PERCENT = 0.8
BOUND_STEPS = 1.5
STEP_PERCENT = 0.5
STEP_SECONDS = 0.25
QUICK_SECONDS = 40.0


def interval_seconds(age: float, first_seconds: float = SIGN_OF_LIFE_SECONDS) -> float:
    """Returns the interval of signs of life in an attempt of `age` seconds: it doubles after two minutes."""
    return first_seconds * LATE_FACTOR if age >= LATE_AFTER_SECONDS else first_seconds


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """The line after an update: its bytes and its speed, which clients continue for at most `seconds`."""

    count: int = 0
    total: int | None = None
    bytes_per_second: int = 0
    seconds: float = SIGN_OF_LIFE_SECONDS

    def bytes_after(self, elapsed: float) -> float:
        """Returns the bytes that clients show: at most 10 % of the bar beyond the update, and never above the total."""
        moved = self.bytes_per_second * min(max(0.0, elapsed), self.seconds)
        line = self.count + min(moved, MAX_PERCENT / 100 * self._bar(self.count))
        return line if self.total is None else min(line, self.total)

    def is_left_by(self, count: int, elapsed: float, largest_step: int) -> bool:
        """Returns True if the distance of `count` is above 0.8 % of the bar and above 1.5 of the largest recent step.

        Between two steps, the count differs from a correct line by up to one step.
        """
        return abs(count - self.bytes_after(elapsed)) > self._bound(count, largest_step)

    def _bound(self, count: int, largest_step: int) -> float:
        return max(BOUND_PERCENT / 100 * self._bar(count), BOUND_STEPS * largest_step)

    def is_unpredictable(self, steps: RecentSteps, still_seconds: float) -> bool:
        """Returns True if a flat line is nearer to the count: its steps are large and rare, or it stands still.

        Large steps are 0.5 % of the bar, and rare ones 0.25 s apart. A quick bar, of less than 40 s, is judged by its
        largest step, others by the usual one.
        """
        bar = self._bar(self.count)
        step = steps.largest() if self.bytes_per_second * QUICK_SECONDS > bar else steps.usual()
        is_stepwise = step >= STEP_PERCENT / 100 * bar and step >= STEP_SECONDS * self.bytes_per_second
        return is_stepwise or self.stands_still(steps, still_seconds)

    def stands_still(self, steps: RecentSteps, still_seconds: float) -> bool:
        """Returns True if more than the bound would have been transferred since the last step."""
        return still_seconds * self.bytes_per_second > self._bound(self.count, steps.largest())

    def _bar(self, count: int) -> int:
        return count if self.total is None else self.total
