"""How fast an upload moves, and how long it will take."""

import math
from collections import deque

WINDOW_SECONDS = 8.0
MIN_SPAN_SECONDS = 1.0


class Speed:
    """A moving average over the last `WINDOW_SECONDS`, from samples of (seconds, bytes so far).

    Net bytes count: a part that is sent again slows the upload, and so the estimate says. Where bytes are counted
    in lumps further apart than the window, the average is that since the last lump.
    """

    def __init__(self, window_seconds: float = WINDOW_SECONDS) -> None:
        self._window = window_seconds
        self._samples: deque[tuple[float, int]] = deque(maxlen=256)

    def restart(self, seconds: float, total: int) -> None:
        """Forgets the past, as after a pause: waiting is not slowness."""
        self._samples.clear()
        self._samples.append((seconds, total))

    def observe(self, seconds: float, total: int) -> None:
        """Records that `total` bytes were through at `seconds` (monotonic)."""
        if len(self._samples) > 1 and self._samples[-1][1] == self._samples[-2][1]:
            self._samples.pop()  # of a standstill, its beginning and its latest moment are enough
        self._samples.append((seconds, total))
        while len(self._samples) > 2 and self._samples[1][0] <= seconds - self._window:
            self._samples.popleft()

    def bytes_per_second(self) -> int | None:
        """Average in bytes per second, None until the samples span `MIN_SPAN_SECONDS`."""
        if not self._samples:
            return None
        (first, before), (last, now) = self._samples[0], self._samples[-1]
        if last - first < MIN_SPAN_SECONDS:
            return None
        return max(0, round((now - before) / (last - first)))


def eta_seconds(remaining: int, bytes_per_second: int) -> int | None:
    """Whole seconds, rounded up, until `remaining` bytes are through; None at a standstill."""
    if remaining <= 0:
        return 0
    return math.ceil(remaining / bytes_per_second) if bytes_per_second > 0 else None
