"""The line that clients draw after an update (docs/protocol.md, "Prediction"). Pure."""

from dataclasses import dataclass

MAX_PERCENT = 10
SIGN_OF_LIFE_SECONDS = 5.0
LATE_AFTER_SECONDS = 120.0
LATE_FACTOR = 2
BOUND_PERCENT = 1.0
BOUND_STEPS = 1.5


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
        """Returns True if the distance of `count` is above 1 % of the bar and above 1.5 of the largest recent step.

        Between two steps the count lies up to one step away from a line that is right.
        """
        bound = max(BOUND_PERCENT / 100 * self._bar(count), BOUND_STEPS * largest_step)
        return abs(count - self.bytes_after(elapsed)) > bound

    def _bar(self, count: int) -> int:
        return count if self.total is None else self.total
