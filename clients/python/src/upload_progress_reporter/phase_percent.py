"""The percent within one phase of processing, as far as a tool knows it."""

import math
from numbers import Number

# Many tools say 100, or stop below it, while work follows: only the end of the phase is the end.
MAX_BEFORE_END = 99.0


class PhasePercent:
    """The percent of the current phase, 0 to 99; None while it is unknown. It never falls within a phase.

    A value above 100 means that the tool expected less work: the percent is then unknown for the rest of the phase.
    """

    def __init__(self) -> None:
        self.value: float | None = None
        self._highest = 0.0
        self._exceeded = False

    def set(self, percent: object, step: int = 1, steps: int = 1) -> None:
        """Records the percent of step `step` of `steps`; what is no number means that it is unknown."""
        number = _number(percent)
        self._exceeded = self._exceeded or number > 100
        if self._exceeded or math.isnan(number):
            self.value = None
            return
        share = (step - 1 + max(0.0, number) / 100) / steps
        self._highest = max(self._highest, min(MAX_BEFORE_END, round(share * 100, 1)))
        self.value = self._highest


def _number(value: object) -> float:
    """Returns a number of any type as a float; NaN if it is none."""
    try:
        return float(value) if isinstance(value, Number) and not isinstance(value, bool) else math.nan  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):  # a complex number; a Decimal that signals; a huge integer
        return math.nan
