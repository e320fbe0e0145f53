"""A moment, read from both clocks at once."""

import time
from typing import NamedTuple


class Moment(NamedTuple):
    """The wall clock in epoch milliseconds, for `rev`, and the monotonic clock in seconds, for durations."""

    epoch_ms: int
    seconds: float


def read_clocks() -> Moment:
    """Reads both clocks; no other code of this package does."""
    return Moment(time.time_ns() // 1_000_000, time.monotonic())
