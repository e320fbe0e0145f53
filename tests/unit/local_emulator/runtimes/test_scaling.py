"""The rule by which a function gets more environments than a few."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local_emulator.runtimes.processors import LOOK_SECONDS
from local_emulator.runtimes.scaling import ENOUGH_FOR_QUICK_CALLS, PROCESSOR_COUNT, Look

SLOW = Look(ENOUGH_FOR_QUICK_CALLS, ended=0, seconds=LOOK_SECONDS, computing=lambda: 0, processors_busy=False)
QUICK_CALLS = ENOUGH_FOR_QUICK_CALLS * round(LOOK_SECONDS / 0.02)


@pytest.mark.parametrize(
    ("look", "enough"),
    [
        (SLOW, False),
        (replace(SLOW, ended=QUICK_CALLS), True),
        (replace(SLOW, ended=QUICK_CALLS - 1), False),
        (replace(SLOW, processors_busy=True), False),
        (replace(SLOW, processors_busy=True, ended=1), True),
        (replace(SLOW, processors_busy=True, computing=lambda: PROCESSOR_COUNT), True),
        (replace(SLOW, computing=lambda: PROCESSOR_COUNT), False),
        (replace(SLOW, seconds=60), True),
    ],
)
def test_more_environments_start_only_where_they_would_be_faster(look: Look, enough: bool) -> None:
    assert look.is_enough is enough
