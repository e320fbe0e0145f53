"""The rule by which a function gets more environments than a few."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from local_emulator.runtimes.processors import LOOK_SECONDS

PROCESSOR_COUNT = os.cpu_count() or 1
# More at once would only keep each other from the processors. Measured with two processors and fifty connections, for
# a call that posts by boto3. Its CPU is 1.1 ms in one of 4 environments, 1.5 ms in one of 8, 1.8 ms in one of 33.
ENOUGH_FOR_QUICK_CALLS = 2 * PROCESSOR_COUNT
QUICK_CALL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Look:
    """The environments of a function since the look before, while events wait.

    `ended` is the number of calls that ended in `seconds`. `computing` counts the `environments` that use a processor
    now, at the cost of a file read for each. `processors_busy`: the processors had no time left.
    """

    environments: int
    ended: int
    seconds: float
    computing: Callable[[], int]
    processors_busy: bool

    @property
    def is_enough(self) -> bool:
        """Returns True if more environments would not be faster, or if the look before is too old to tell.

        They would not if the calls are quick. Where the processors were busy, they would not if any call has ended, or
        if an environment computes for each processor.
        """
        if self.seconds > 2 * LOOK_SECONDS or self.ended * QUICK_CALL_SECONDS >= self.seconds * self.environments:
            return True
        return self.processors_busy and (self.ended > 0 or self.computing() >= PROCESSOR_COUNT)
