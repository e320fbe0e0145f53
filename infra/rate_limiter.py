"""Limits the rate of calls, so that other callers keep their share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Allows `per_second` calls each second, across threads; further calls wait."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, calls: int = 1) -> None:
        """Waits until `calls` calls may be made at once; later callers queue behind them."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + calls * self._interval
        if turn > now:
            self._sleep(turn - now)
