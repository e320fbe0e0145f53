"""The speed of an upload, and the time that is left."""

import math
from collections import deque

from .bounds import MAX_INTEGER

WINDOW_SECONDS = 8.0
MIN_SPAN_SECONDS = 0.8
PAUSE_FACTOR = 1.5


class Speed:
    """A moving average over the last `WINDOW_SECONDS`, from samples of (seconds, bytes so far).

    If bytes arrive in steps further apart than the window, the average covers the time since the last step.
    A pause up to 1.5 times as long as the one before belongs to the rhythm and does not lower the average.
    """

    def __init__(self, window_seconds: float = WINDOW_SECONDS) -> None:
        self._window = window_seconds
        self._samples: deque[tuple[float, int]] = deque(maxlen=256)
        self._stepped_at = self._pause = 0.0

    def restart(self, seconds: float, total: int) -> None:
        """Discards the samples, as after a pause, a silence or a step back."""
        self._samples.clear()
        self._samples.append((seconds, total))
        self._stepped_at, self._pause = seconds, 0.0

    def observe(self, seconds: float, total: int) -> None:
        """Records that `total` bytes were transferred at `seconds` (monotonic)."""
        if self._samples and total != self._samples[-1][1]:
            self._stepped_at, self._pause = seconds, seconds - self._stepped_at
        elif seconds - self._stepped_at <= PAUSE_FACTOR * self._pause:
            return
        if len(self._samples) > 1 and self._samples[-1][1] == self._samples[-2][1]:
            self._samples.pop()  # of a standstill, its beginning and its latest moment are enough
        self._samples.append((seconds, total))
        while len(self._samples) > 2 and self._samples[1][0] <= seconds - self._window:
            self._samples.popleft()

    def bytes_per_second(self) -> int | None:
        """Returns the average in bytes per second; None until the samples span `MIN_SPAN_SECONDS`."""
        if not self._samples:
            return None
        (first, before), (last, now) = self._samples[0], self._samples[-1]
        if last - first < MIN_SPAN_SECONDS:
            return None
        return min(max(0, round((now - before) / (last - first))), MAX_INTEGER)


def eta_seconds(remaining: int, bytes_per_second: int) -> int | None:
    """Returns whole seconds, rounded up, until `remaining` bytes are transferred; None at a standstill."""
    if remaining <= 0:
        return 0
    return math.ceil(remaining / bytes_per_second) if bytes_per_second > 0 else None
